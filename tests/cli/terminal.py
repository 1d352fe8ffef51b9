"""The command at a pseudo-terminal, as a person sees and types it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cli.command import COMMAND, PATIENCE


class Terminal:
    """A running command whose standard streams are a terminal of 120 columns; to be ended with `end`. With `size`
    the terminal itself tells its columns and lines.
    """

    def __init__(
        self,
        *arguments: str,
        command: Sequence[str | Path] = (COMMAND,),
        size: tuple[int, int] | None = None,
        **environment: str,
    ) -> None:
        self._terminal, theirs = pty.openpty()
        if size is not None:
            self.resize(*size)
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=os.environ | {"TERM": "xterm", "COLUMNS": "120", "LINES": "40"} | environment,
        )
        os.close(theirs)
        self.screen = ""
        self._seen = 0

    def wait_for(self, text: str) -> None:
        """Return when `text` is on the screen, after what was waited for before."""
        end = time.monotonic() + PATIENCE
        while (found := self.screen.find(text, self._seen)) < 0:
            assert time.monotonic() < end, self.screen
            assert self._read(), self.screen
        self._seen = found + len(text)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size from now on."""
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self) -> int:
        """Wait for the end; its exit code."""
        while self._read():
            pass
        os.close(self._terminal)
        assert "Traceback" not in self.screen
        return self.process.wait(PATIENCE)

    def interrupt(self) -> None:
        """Ctrl-C from elsewhere."""
        self.process.send_signal(signal.SIGINT)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], PATIENCE)
        try:
            piece = os.read(self._terminal, 10_000) if ready else b""
        except OSError:
            piece = b""  # the other side is closed
        self.screen += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)
