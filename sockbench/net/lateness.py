"""How late a sleep until a due time ends, in the two ways in which clients are driven. Measures, and judges nothing."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Awaitable, Callable
from typing import cast

import trio

from sockbench.net.alarm import open_alarm
from sockbench.net.clock import MonotonicClock, sleep_until
from sockbench.net.lane_driver import LaneDriver
from sockbench.net.lanes import Lane, _wake_exactly

GAP = 1_150_000
"""Nanoseconds from one due time to the next: long enough for a lane to fall asleep, which takes a millisecond."""


async def trio_lateness(length: int) -> array[int]:
    """Of a task of its own, as in the driver `tasks`, in ns, for `length` ns."""
    async with trio.open_nursery() as nursery:
        alarm = open_alarm()
        if alarm is not None:
            nursery.start_soon(alarm.run)
        clock = MonotonicClock(alarm)

        async def sleep(when: int) -> None:
            clock.alarm(when)
            while clock.now() < when:  # a deadline is in floating point, and may come a moment early
                await sleep_until(clock, when)

        found = await _measure(sleep, length)
        nursery.cancel_scope.cancel()
    return found


async def lane_lateness(length: int) -> array[int] | None:
    """Of a lane, in ns, for `length` ns; None where there are no lanes."""
    if sys.platform != "linux":
        return None
    lane = _IdleLane(MonotonicClock())
    _wake_exactly()  # as a lane does when it runs
    try:
        return await _measure(lane.sleep_until, length)
    finally:
        lane.close()


class _IdleLane(Lane):
    """A lane with nobody on it, which waits as one does between two requests."""

    async def sleep_until(self, when: int) -> None:
        """Return at `when`."""
        self._calendar[:] = [(when, 0, cast(LaneDriver, None))]
        while self._clock.now() < when:
            if self._ready.sockets.poll(0):
                self._timer.clear()
            await self._wait()

    def close(self) -> None:
        """Give the descriptors back."""
        self._ready.close()
        self._timer.close()


async def _measure(sleep: Callable[[int], Awaitable[None]], length: int) -> array[int]:
    now = time.perf_counter_ns
    found = array("q")
    when = now() + GAP
    end = when + length
    while when < end:
        await sleep(when)
        found.append(now() - when)
        when = max(when + GAP, now() + GAP // 2)  # never one that has come already
    return found
