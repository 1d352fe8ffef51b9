"""From tallies to the numbers of a result: units, rates, and null where nothing is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.outcome import Outcome
from sockbench.model.result import Counts, GroupResult, Jitter
from sockbench.stats.histogram import Histogram
from sockbench.stats.summary import interval, summarize, times
from sockbench.stats.tally import Tally
from tests.stats.samples import NO_TIMES
from tests.stats.test_histogram import of
from tests.stats.test_tally import MS, folded


def summary(tally: Tally, elapsed_s: float = 2.0) -> GroupResult:
    return summarize(
        name="students",
        server="registry",
        transport="udp",
        clients=3,
        unregistered=1,
        tally=tally,
        warmup=folded([(0, 1, 2, Outcome.OK)]),
        elapsed_s=elapsed_s,
        tells_way=True,
        rfc3550_s=0.25,
    )


def test_nothing_recorded_is_nothing_known() -> None:
    assert times(Histogram()) == NO_TIMES


def test_times_are_seconds_and_percentiles_need_their_sample() -> None:
    found = times(of(*range(MS, 1001 * MS, MS)))
    assert (found.n, found.min_s, found.p999_s, found.max_s) == (1000, 0.001, None, 1.0)
    assert found.mean_s == pytest.approx(0.5005)
    assert (found.p50_s, found.p90_s, found.p99_s) == pytest.approx((0.5, 0.9, 0.99), rel=1e-3)


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=300))
def test_times_never_fall_from_min_to_max(durations: list[int]) -> None:
    found = times(of(*durations))
    steps = [found.min_s, found.p50_s, found.p90_s, found.p99_s, found.p999_s, found.max_s]
    known = [step for step in steps if step is not None]
    assert known == sorted(known)
    assert found.mean_s is not None
    assert known[0] <= found.mean_s <= known[-1]


def test_a_group() -> None:
    tally = folded(
        [(0, 1 * MS, 3 * MS, Outcome.OK)] * 3
        + [(0, 1 * MS, 3 * MS, Outcome.LATE), (0, 1 * MS, 3 * MS, Outcome.CORRUPT)]
        + [(0, 0, -1, Outcome.LOST), (0, -1, -1, Outcome.SKIPPED)]
    )
    tally.duplicate, tally.reordered, tally.stray, tally.bytes_sent, tally.bytes_received = 1, 2, 3, 4, 5
    tally.ipdv = of(*[2 * MS] * 3)
    tally.lost_up = 1
    group = summary(tally)
    assert group == GroupResult(
        name="students",
        server="registry",
        transport="udp",
        clients=3,
        unregistered=1,
        counts=Counts(ok=3, late=1, lost=1, corrupt=1, skipped=1),
        warmup=Counts(ok=1),
        duplicate=1,
        reordered=2,
        stray=3,
        lost_up=1,
        lost_down=0,
        lost_unknown=0,
        bytes_sent=4,
        bytes_received=5,
        requests_per_s=3.0,
        replies_per_s=2.5,
        rtt=times(of(2 * MS, 2 * MS, 2 * MS)),
        response=times(of(3 * MS, 3 * MS, 3 * MS)),
        lag=times(of(0, MS, MS, MS, MS, MS)),
        late_rtt=times(of(2 * MS)),
        jitter=Jitter(rfc3550_s=0.25, ipdv_mean_s=0.002, ipdv_p99_s=None),
    )


def test_no_time_gives_no_rate() -> None:
    group = summary(Tally(), elapsed_s=0.0)
    assert (group.requests_per_s, group.replies_per_s, group.jitter.ipdv_mean_s) == (None, None, None)


def test_an_interval() -> None:
    tally = folded([(0, 1 * MS, 3 * MS, Outcome.OK)])
    tally.went_out = 1
    found = interval("students", 1.0, 2.0, tally)
    assert (found.group, found.start_s, found.end_s) == ("students", 1.0, 2.0)
    assert found.counts == Counts(ok=1)
    assert found.rtt == times(of(2 * MS))
    assert (found.requests_per_s, found.went_out, found.timed_out) == (1.0, 1, 0)
    assert interval("students", 1.0, 1.25, tally).requests_per_s == 4.0
    assert interval("students", 1.0, 1.0, tally).requests_per_s is None
