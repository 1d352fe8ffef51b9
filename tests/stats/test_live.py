"""What went on lately: how long `now` is, what a second is made of, and that nothing grows."""

from __future__ import annotations

import pytest

from sockbench.model.live import Pace
from sockbench.stats.live import MOST_RATES, MOST_SLOTS, Recent
from sockbench.stats.tally import Tally


def tally(went_out: int, *rtts: int) -> Tally:
    made = Tally()
    made.went_out = went_out
    made.rtt.record_all(rtts)
    return made


def test_before_anything_is_told_nothing_is_known() -> None:
    recent = Recent(["a"])
    assert recent.now("a") == recent.so_far("a", tally(0).rtt) == Pace()
    assert recent.rates("a") == ()


def test_rates_are_of_the_last_second_of_the_whole_time_and_of_each_second() -> None:
    recent = Recent(["a", "b"])
    for slot, went_out in enumerate([10, 20, 30, 40, 50]):
        recent.add(slot, {"a": tally(went_out), "b": tally(1)}, workers=1)
    assert recent.now("a").requests_per_s == 90
    assert recent.now(None).requests_per_s == 92
    assert recent.so_far("a", tally(0).rtt).requests_per_s == 150 / 2.5
    assert recent.rates("a") == (30, 70)  # the third second is not over
    assert recent.rates(None) == (32, 72)


def test_the_first_half_second_alone_is_half_a_second() -> None:
    recent = Recent(["a"])
    recent.add(0, {"a": tally(7)}, workers=1)
    assert recent.now("a").requests_per_s == recent.so_far("a", tally(0).rtt).requests_per_s == 14


def test_half_a_second_is_known_when_every_worker_has_told_of_it() -> None:
    recent = Recent(["a"])
    recent.add(0, {"a": tally(7)}, workers=2)
    assert recent.now("a") == Pace()
    recent.add(1, {"a": tally(5)}, workers=2)
    recent.add(0, {"a": tally(3)}, workers=2)
    assert recent.now("a").requests_per_s == 20
    recent.add(2, {"a": tally(9)}, workers=1)  # the other one died: what it owes is waited for no more
    assert recent.now("a").requests_per_s == 5 + 9
    recent.add(1, {"a": tally(100)}, workers=1)  # too late to be news
    assert recent.now("a").requests_per_s == 5 + 9
    assert recent.rates("a") == (15,)


@pytest.mark.parametrize(
    ("a_slot", "p50_s", "p99_s"),
    [
        (600, 21e-6, 22e-6),  # the last second has 1,200 samples, enough for both
        (100, 21e-6, 22e-6),  # 200 in the last second; ten half seconds for a p99, which takes 1,000
        (10, 21e-6, None),  # 200 in 10 s
        (1, 12e-6, None),  # p50 takes 20: all that is kept
    ],
)
def test_a_percentile_is_of_the_shortest_time_that_tells(a_slot: int, p50_s: float, p99_s: float | None) -> None:
    recent = Recent(["a"])
    for slot in range(23):
        recent.add(slot, {"a": tally(a_slot, *[slot * 1_000] * a_slot)}, workers=1)
    found = recent.now("a")
    assert found.p50_s == pytest.approx(p50_s, rel=0.05)
    assert found.p99_s == (None if p99_s is None else pytest.approx(p99_s, rel=0.01))


def test_nothing_grows_with_the_run() -> None:
    recent = Recent(["a"])
    for slot in range(1_000):
        recent.add(slot, {"a": tally(1, 5)}, workers=1 if slot < 500 else 2)  # the second one never tells
    assert len(recent.rates("a")) == MOST_RATES
    assert len(recent._slots) == MOST_SLOTS
    assert len(recent._open) <= MOST_SLOTS
    assert recent.so_far("a", tally(0).rtt).requests_per_s == pytest.approx(2)
