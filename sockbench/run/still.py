"""Did this process stand still: stopped by a signal, without a processor, or kept waiting by what it called?

A task that sleeps in short steps wakes late when it did. What the process computed meanwhile is taken off: to be busy
is something else (`busy`). Measures, and judges nothing.
"""

from __future__ import annotations

import time

import trio

STEP = 0.1
"""Seconds of a sleep: a stop is measured short by so much at most, and ten a second cost next to nothing."""


class StillMeter:
    """`longest` is the most seconds that the process stood still at a time."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Look until cancelled."""
        now, spent = time.perf_counter(), time.process_time()
        while True:
            await trio.sleep(STEP)
            before, spent_before = now, spent
            now, spent = time.perf_counter(), time.process_time()
            self.longest = max(self.longest, now - before - STEP - (spent - spent_before))
