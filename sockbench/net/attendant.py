"""The attendant of one server: one Trio task that reads all its sockets as soon as they are ready. Linux only.

It decides nothing: what is done with a ready socket is the affair of whoever had it attended to.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import trio

from sockbench.net.turns import EVENTS, YIELD, ReadySet

if TYPE_CHECKING or sys.platform == "linux":
    from select import EPOLLIN


class Attendant:
    """Calls what each ready socket is to have called. Nothing that it calls may wait."""

    def __init__(self) -> None:
        self._set = ReadySet()
        self._calls: dict[int, Callable[[], None]] = {}  # by descriptor

    def attend(self, descriptor: int, call: Callable[[], None]) -> None:
        """From now on, `call` whenever that descriptor can be read."""
        self._calls[descriptor] = call
        self._set.sockets.register(descriptor, EPOLLIN)

    def leave(self, descriptor: int) -> None:
        """Call nothing more for it; to be said before it is closed."""
        if self._calls.pop(descriptor, None) is not None and not self._set.sockets.closed:
            self._set.sockets.unregister(descriptor)

    async def run(self) -> NoReturn:
        """Attend, until cancelled."""
        poll, calls, now = self._set.sockets.poll, self._calls, time.perf_counter_ns
        yielded = now()
        was_called = False  # for its own sockets or a neighbour's
        try:
            while True:
                events = poll(0, EVENTS)
                for descriptor, _ in events:
                    if (call := calls.get(descriptor)) is not None:
                        call()
                if not events and not was_called:
                    was_called = self._set.wait_here()
                    if not was_called:
                        await self._set.wait()
                        yielded = now()
                elif not events or now() - yielded > YIELD:
                    await trio.lowlevel.checkpoint()
                    was_called, yielded = False, now()
                else:
                    was_called = False
        finally:
            self._set.close()
