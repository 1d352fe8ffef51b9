"""A file that grows while a run goes on, so that memory need not.

A disk that fills up ends the file after the last piece that fitted, and not the run: what went wrong is remembered.
"""

from __future__ import annotations

import os
from contextlib import suppress


class GrowingFile:
    """The file at `path`, made anew with `heading` in it. OSError when it cannot be written at all; `problem` is what
    went wrong later.
    """

    def __init__(self, path: str, heading: str) -> None:
        self.problem: OSError | None = None
        was_there = os.path.lexists(path)
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - `close` does
        self._whole = 0  # bytes of it that are whole pieces
        try:
            self._put(heading)
        except OSError:
            self._file.close()
            if not was_there:
                with suppress(OSError):
                    os.unlink(path)
            raise

    def write(self, piece: str) -> None:
        """Add a piece, the whole of it or nothing; after a problem nothing more is added."""
        if self.problem is not None:
            return
        try:
            self._put(piece)
        except OSError as problem:
            self.problem = problem
            with suppress(OSError):
                os.truncate(self._file.fileno(), self._whole)

    def close(self) -> None:
        """Nothing more will be written."""
        try:
            self._file.close()
        except OSError as problem:
            self.problem = self.problem or problem

    def _put(self, piece: str) -> None:
        data = piece.encode("utf-8", "backslashreplace")  # half of a surrogate pair has no UTF-8
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]
        self._whole += len(data)
