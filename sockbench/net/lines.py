"""Lines of text from a file descriptor, without a thread: a terminal, a pipe or a file, under Trio.

A terminal gives a line when it is ended, so its own editing (backspace, Ctrl-U, Ctrl-D) works as everywhere.
"""

from __future__ import annotations

import os
import stat

import trio

_PIECE = 65_536
_ERRORS = "surrogateescape"


class Lines:
    """The lines of descriptor `source`."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._rest = b""
        self._ended = False
        try:
            mode = os.fstat(source).st_mode
        except OSError:  # closed: there is nothing to read
            self._ended, mode = True, 0
        # Files, and devices that are no terminal, are always readable, and epoll refuses them.
        self._waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (not self._ended and os.isatty(source))

    async def next(self) -> str | None:
        """The next line without its ending; None when there are no more."""
        while b"\n" not in self._rest and not self._ended:
            if self._waits:
                await trio.lowlevel.wait_readable(self._source)
            piece = os.read(self._source, _PIECE)
            self._ended = not piece
            self._rest += piece
        await trio.lowlevel.checkpoint()
        if not self._rest:
            return None
        line, _, self._rest = self._rest.partition(b"\n")
        return line.removesuffix(b"\r").decode(errors=_ERRORS)
