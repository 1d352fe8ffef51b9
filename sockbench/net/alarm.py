"""Exact times to wake at. Linux only; elsewhere Trio's own deadlines are what there is.

A deadline of Trio is a timeout of epoll, which counts whole milliseconds, and which the kernel may stretch by 0.1% of
its length (`select_estimate_accuracy` in fs/select.c): 10 ms after a sleep of 10 s. A timer of timerfd_create(2) is
exact. This one does nothing but wake Trio's loop when a deadline has come, and a moment before, so that the machine is
awake by then; the loop then finds the deadline by itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import heapq
import os
import sys
import time

import trio

AHEAD = 2_000_000
"""Nanoseconds before a time at which the loop is woken first, where the wait is long."""
LONG = 5_000_000

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC if sys.platform == "linux" else 0


class _Itimerspec(ctypes.Structure):
    """`struct itimerspec`: the interval, then the time, each in seconds and nanoseconds."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class Timer:
    """A descriptor that is readable once the time it was set to has come: `time.perf_counter_ns`, which is
    CLOCK_MONOTONIC on Linux. OSError or AttributeError where the system has none.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor: int = self._libc.timerfd_create(_CLOCK_MONOTONIC, _FLAGS)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")

    def set(self, when: int) -> None:
        """Be readable from `when` on, at once if that is past; any other time is forgotten."""
        seconds, nanoseconds = divmod(max(1, when), 1_000_000_000)  # 0 would never come
        value = _Itimerspec(0, 0, seconds, nanoseconds)
        if self._libc.timerfd_settime(self.descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(value), None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def clear(self) -> None:
        """Be readable no more, until the next time that it is set to."""
        with contextlib.suppress(BlockingIOError):  # it was set anew meanwhile
            os.read(self.descriptor, 8)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)


class Alarm:
    """One timer, for many times."""

    def __init__(self) -> None:
        self._timer = Timer()
        self._times: list[int] = []

    def at(self, when: int) -> None:
        """Wake the loop at `when`."""
        earliest = self._times[0] if self._times else None
        if when - time.perf_counter_ns() > LONG:
            heapq.heappush(self._times, when - AHEAD)
        heapq.heappush(self._times, when)
        if self._times[0] != earliest:
            self._timer.set(self._times[0])

    async def run(self) -> None:
        """Be woken, for as long as the task lives."""
        try:
            while True:
                await trio.lowlevel.wait_readable(self._timer.descriptor)
                self._timer.clear()
                now = time.perf_counter_ns()
                while self._times and self._times[0] <= now:
                    heapq.heappop(self._times)
                if self._times:
                    self._timer.set(self._times[0])
        finally:
            trio.lowlevel.notify_closing(self._timer.descriptor)
            self._timer.close()


def open_alarm() -> Alarm | None:
    """An alarm, where the system has one."""
    if sys.platform != "linux":
        return None
    try:
        return Alarm()
    except (OSError, AttributeError):
        return None
