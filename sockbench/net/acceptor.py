"""Accepting connections, also by a process that is out of file descriptors: who then comes is turned away, not left
to wait for ever.

One descriptor is kept back for that. It decides neither who is served nor what a peer is told.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import socket
import time
from collections.abc import Callable

import trio

from sockbench.net.addresses import SocketAddress

NO_DESCRIPTOR = {errno.EMFILE, errno.ENFILE}
NO_ROOM = NO_DESCRIPTOR | {errno.ENOBUFS, errno.ENOMEM}
PAUSE = 0.1
"""Seconds to wait when not even a refusal is possible: for memory, or for the descriptor that was kept back."""
TELL_EVERY = 60.0
"""Seconds in which a shortage is told once, however many connections it costs."""

TurnAway = Callable[[socket.socket, SocketAddress], None]
"""Refuses a connection, at once; it is closed after that, at the latest."""


class Shortage:
    """Descriptors are short: `tell` hears of it now and then."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._told = -math.inf

    def note(self) -> None:
        """Somebody found none."""
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            self._tell()


class Acceptor:
    """A listening socket, and the descriptor that is kept back for it.

    `turn_away` is called with a connection for which there is no descriptor, `tell` when that begins.
    """

    def __init__(self, listener: socket.socket, turn_away: TurnAway, tell: Callable[[], None] = lambda: None) -> None:
        self._listener = listener
        self._turn_away = turn_away
        self.shortage = Shortage(tell)
        self._reserve: int | None = None
        self._keep()

    async def accept(self) -> tuple[socket.socket, SocketAddress]:
        """The next connection that has a descriptor. OSError when the listener is broken."""
        comes = False
        while True:
            try:
                connection, peer = self._listener.accept()
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._listener.fileno())
            except ConnectionError:
                continue  # that peer is gone
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                if comes:
                    await self._do_without(error.errno)
                else:  # the system says so even when nobody comes
                    await trio.lowlevel.wait_readable(self._listener.fileno())
                comes = not comes
            else:
                connection.setblocking(False)
                return connection, peer

    def close(self) -> None:
        """Give the descriptor back."""
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None

    async def _do_without(self, number: int) -> None:
        """Turn the next one away, over the descriptor that was kept back."""
        self._keep()
        if number not in NO_DESCRIPTOR or self._reserve is None:
            await trio.sleep(PAUSE)
            return
        self.shortage.note()
        self.close()
        with contextlib.suppress(OSError):
            connection, peer = self._listener.accept()
            with connection:
                connection.setblocking(False)
                self._turn_away(connection, peer)
        self._keep()

    def _keep(self) -> None:
        if self._reserve is None:
            with contextlib.suppress(OSError):
                self._reserve = os.open(os.devnull, os.O_RDONLY)
