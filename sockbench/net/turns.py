"""How a task that serves many sockets through its own readiness set takes turns with Trio's other tasks. Linux only.

A task that waits in Trio is woken some 50 us after its socket is ready. One that waits in the kernel is woken at once,
but holds up every other task of its thread meanwhile. So it waits there for a moment only, where the next message is
likely to come soon, and ends that wait for the sockets of its neighbours too.
"""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING or sys.platform == "linux":
    from select import EPOLLIN, epoll

YIELD = 1_000_000
"""Nanoseconds after which Trio's other tasks get their turn."""
EVENTS = 64
"""Ready sockets that are served before anything else is looked at."""
MOMENT = 200_000
"""Nanoseconds to wait in the kernel, for a message or a due time."""

_everyone: trio.lowlevel.RunVar[epoll] = trio.lowlevel.RunVar("sockbench readiness sets")


class ReadySet:
    """The sockets of one task, and the wait for them. `sockets` may be changed while nobody waits."""

    def __init__(self) -> None:
        try:
            self._all = _everyone.get()
        except LookupError:
            self._all = epoll()
            _everyone.set(self._all)
        self.sockets = epoll()
        self._all.register(self.sockets, EPOLLIN)

    def wait_here(self, nanoseconds: int = MOMENT) -> bool:
        """Wait in the kernel, for so long at most. Gives whether a socket is ready, of this task or of another."""
        # Not its own `poll`: that counts whole milliseconds.
        return bool(select.select([self._all], (), (), nanoseconds / 1e9)[0])

    async def wait(self) -> None:
        """Wait in Trio."""
        await trio.lowlevel.wait_readable(self.sockets.fileno())

    def close(self) -> None:
        """Give the descriptor back."""
        trio.lowlevel.notify_closing(self.sockets.fileno())
        self.sockets.close()
