"""What else the machine did: the first line of /proc/stat, and the difference between two looks."""

from __future__ import annotations

import os
import sys
import time

import pytest

from sockbench.run.machine import Look, Readings, Ticks, cpu_of, difference, look, parse_ticks, ticks_per_second

NOW = Look(wall=1_000.0, monotonic=50.0, own_cpu=2.0, ticks=Ticks(processes=5_000, stolen=10, total=100_000))


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("cpu  100 20 30 4000 50 6 7 8 0 0\ncpu0 1 1 1 1\n", Ticks(150, 8, 4221)),
        ("cpu  100 20 30 4000 50 6 7 8 90 9\n", Ticks(150, 8, 4221)),  # guests are in user and nice already
        ("cpu 1 2 3 4", Ticks(6, 0, 10)),  # before Linux 2.6
        ("cpu  0 0 0 0 0 0 0 0 0 0\n", None),  # sandboxes that tell nothing
        ("cpu 1 2 3", None),
        ("cpu 1 2 3 x", None),
        ("intr 1 2 3 4 5", None),
        ("", None),
    ],
)
def test_the_first_line(text: str, ticks: Ticks | None) -> None:
    assert parse_ticks(text) == ticks


def later(processes: int, stolen: int, total: int, own: float, wall: float = 10.0) -> Look:
    """Ten seconds after NOW, with so many more ticks and so much more own time."""
    ticks = Ticks(5_000 + processes, 10 + stolen, 100_000 + total)
    return Look(NOW.wall + wall, NOW.monotonic + 10.0, NOW.own_cpu + own, ticks)


@pytest.mark.parametrize(
    ("after", "readings"),
    [
        (later(1000, 0, 2000, own=10.0), Readings(0.0, 0.0, 0.0)),  # all of it was ours
        (later(1500, 0, 2000, own=10.0), Readings(0.25, 0.0, 0.0)),
        (later(990, 0, 2000, own=10.0), Readings(0.0, 0.0, 0.0)),  # ours is rounded otherwise: never below 0
        (later(0, 40, 2000, own=0.0), Readings(0.0, 0.02, 0.0)),
        (later(0, -1, 2000, own=0.0, wall=10.5), Readings(0.0, 0.0, 0.5)),
        (later(40, 0, 49, own=0.0, wall=9.5), Readings(None, None, -0.5)),  # too few ticks to tell
        (Look(1_010.0, 60.0, 2.0, None), Readings(None, None, 0.0)),
    ],
)
def test_the_difference_of_two_looks(after: Look, readings: Readings) -> None:
    assert difference(NOW, after, 100) == readings


def test_without_ticks_before_there_are_no_shares() -> None:
    assert difference(Look(0.0, 0.0, 0.0, None), later(0, 0, 0, 0.0), 100).other_cpu_share is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/stat")
def test_what_this_process_does_is_its_own() -> None:
    """Ticks and own time grow while it works; how fast depends on who else is here."""
    before = look()
    after = look()
    while after.own_cpu - before.own_cpu < 0.2:
        after = look()
    assert before.ticks is not None
    assert after.ticks is not None
    assert after.ticks.total > before.ticks.total
    readings = difference(before, after, ticks_per_second())
    assert 0 <= (readings.other_cpu_share or 0.0) <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_processor_time_of_a_process_is_what_it_says_itself() -> None:
    while (mine := time.process_time()) < 0.05:
        pass
    found = cpu_of(os.getpid())
    assert found is not None
    assert mine - 0.03 <= found <= time.process_time() + 0.03  # a tick is 10 ms, of user and of system time
    assert cpu_of(2**22 + 1) is None  # there is no such process: the largest id is 2 ** 22
