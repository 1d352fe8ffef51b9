"""How long something is waited for, where whoever waits may be stopped meanwhile (Ctrl-Z, SIGSTOP) and go on later.

What was said during that time is still in the pipes, so the time does not count.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

STEP = 0.25
"""Seconds between two looks at the time."""


class Patience:
    """A block is left at the `deadline` (Trio's time), which may change while it goes on; `is_over` when it was."""

    def __init__(self) -> None:
        self.deadline = math.inf
        self.is_over = False
        self._stopped = 0.0  # seconds in which this process was not running

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """The block."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, nursery.cancel_scope)
            yield
            nursery.cancel_scope.cancel()

    async def _watch(self, block: trio.CancelScope) -> None:
        before = trio.current_time()
        while before < self.deadline + self._stopped:
            await trio.sleep(STEP)
            now = trio.current_time()
            if now - before > 2 * STEP:
                self._stopped += now - before - STEP
            before = now
        self.is_over = True
        block.cancel()
