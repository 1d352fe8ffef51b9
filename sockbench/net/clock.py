"""The clock that times requests, and how it maps to the clock that Trio's deadlines are given in.

One clock a process: `time.perf_counter_ns`, monotonic, whole nanoseconds. Tests use `TrioClock`, which follows
Trio's own clock, so that a virtual one drives everything.
"""

from __future__ import annotations

import math
import time
from typing import Protocol

import trio

from sockbench.net.alarm import Alarm


class Clock(Protocol):
    """What a driver needs to know about time."""

    def now(self) -> int:
        """The time in nanoseconds."""

    def deadline(self, when: int | None) -> float:
        """A time of this clock as a deadline for `trio.CancelScope`; None is never."""

    def alarm(self, when: int) -> None:
        """Have the loop awake at `when`, as exactly as the system can."""


class MonotonicClock:
    """`time.perf_counter_ns`."""

    def __init__(self, alarm: Alarm | None = None) -> None:
        self._offset = trio.current_time() - time.perf_counter()
        self._alarm = alarm

    now = staticmethod(time.perf_counter_ns)

    def deadline(self, when: int | None) -> float:
        """`when` by Trio's clock."""
        return math.inf if when is None else when / 1e9 + self._offset

    def alarm(self, when: int) -> None:
        """Set the alarm, if there is one."""
        if self._alarm is not None:
            self._alarm.at(when)


class TrioClock:
    """Trio's own clock, virtual or not."""

    def now(self) -> int:
        """The time in nanoseconds."""
        return round(trio.current_time() * 1e9)

    def deadline(self, when: int | None) -> float:
        """`when` in seconds."""
        return math.inf if when is None else when / 1e9

    def alarm(self, when: int) -> None:
        """Trio's own time is exact to itself."""


async def sleep_until(clock: Clock, when: int) -> None:
    """Return at `when`, or at the next checkpoint if that is past."""
    await trio.sleep_until(clock.deadline(when))
