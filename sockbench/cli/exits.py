"""How an error becomes one sentence on standard error and an exit code, and which errors are those of printing.

Standard output that takes no more is told. Standard error that takes no more is left alone: there is nowhere to say so,
and a run whose terminal is gone is to be saved all the same.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click


class OutputError(Exception):
    """Standard output took no more, by the `cause`. Not an OSError, which click would handle.

    `is_closed`: nobody reads it any more.
    """

    def __init__(self, cause: OSError, is_closed: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.is_closed = is_closed


class _Errors(io.BufferedWriter):
    """Standard error: what it does not take goes nowhere."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self._refused(error)
            return len(data)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        """What is still to be written, here and at the end of the process, goes nowhere."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
        except OSError:  # no descriptor is left: each further piece is refused in its turn
            return
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


class _Output(_Errors):
    """Standard output, which tells its own errors from everybody else's."""

    def _refused(self, error: OSError) -> None:
        # A terminal that is gone is an input/output error; so is a broken disk, which is told.
        is_gone = error.errno == errno.EIO and stat.S_ISCHR(os.fstat(self.fileno()).st_mode)
        super()._refused(error)
        raise OutputError(error, is_gone or error.errno in (errno.EPIPE, errno.ECONNRESET)) from None


def guard_outputs() -> None:
    """From now on printing raises OutputError, and a terminal that lacks a letter is no reason to stop."""
    for name, kind in (("stdout", _Output), ("stderr", _Errors)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            guarded = kind(io.FileIO(stream.fileno(), "w", closefd=False))
            text = io.TextIOWrapper(
                guarded, stream.encoding, errors="backslashreplace", line_buffering=stream.line_buffering
            )
            setattr(sys, name, text)


@contextmanager
def unread() -> Iterator[None]:
    """Whoever reads what the block prints may have read enough: that ends the block, and changes no exit code."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except OutputError as error:
        if not error.is_closed:
            raise


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong, and exit with `code`."""
    complain(text)
    raise SystemExit(code)


def complain(text: str) -> None:
    """Say on standard error what is wrong."""
    click.echo(shown(f"sockbench: {text}"), err=True)


def shown(text: str) -> str:
    """A sentence, or several lines of them, that commands no terminal: it may quote what somebody else has named."""
    from sockbench.report.cells import plain

    return "\n".join(map(plain, text.split("\n")))


def reason(error: OSError) -> str:
    """Why this machine did not do something, as the end of a sentence."""
    return (error.strerror or str(error)).lower()
