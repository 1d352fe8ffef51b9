"""The alarm: it wakes the loop, never too early, in whatever order its times are set. How late is for benchmarks."""

from __future__ import annotations

import pytest
import trio

from sockbench.net.alarm import Alarm, open_alarm
from sockbench.net.clock import MonotonicClock

MS = 1_000_000


@pytest.fixture
def alarm() -> Alarm:
    made = open_alarm()
    if made is None:
        pytest.skip("this system has no timerfd")
    return made


async def test_deadlines_are_found_when_they_come_and_not_before(alarm: Alarm) -> None:
    clock = MonotonicClock(alarm)
    start = clock.now()
    woken: dict[int, int] = {}

    async def nap(after: int) -> None:
        when = start + after
        clock.alarm(when)
        with trio.CancelScope(deadline=clock.deadline(when)):
            await trio.sleep_forever()
        woken[after] = clock.now()

    naps = [30 * MS, 1 * MS, 12 * MS, 0, 12 * MS + 1, 3 * MS]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarm.run)
        async with trio.open_nursery() as sleepers:
            for after in naps:
                sleepers.start_soon(nap, after)
        nursery.cancel_scope.cancel()
    assert sorted(woken) == sorted(naps)
    assert all(at >= start + after - MS // 100 for after, at in woken.items())
