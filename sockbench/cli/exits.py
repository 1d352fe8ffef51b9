"""How an error becomes one sentence on standard error and an exit code, and which errors are those of printing."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, NoReturn

import click


class OutputError(Exception):
    """Standard output or standard error took no more, by the `cause`. Not an OSError, which click would handle."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause

    @property
    def is_closed(self) -> bool:
        """Whether nobody reads it any more."""
        return self.cause.errno == errno.EPIPE


class _Output(io.BufferedWriter):
    """An output that tells its own errors from everybody else's."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise self._refused(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> OutputError:
        """What is still to be written, here and at the end of the process, goes nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        return OutputError(error)


def guard_outputs() -> None:
    """From now on printing raises OutputError, and a terminal that lacks a letter is no reason to stop."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            guarded = _Output(io.FileIO(stream.fileno(), "w", closefd=False))
            text = io.TextIOWrapper(
                guarded, stream.encoding, errors="backslashreplace", line_buffering=stream.line_buffering
            )
            setattr(sys, name, text)


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong, and exit with `code`."""
    click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)


def reason(error: OSError) -> str:
    """Why this machine did not do something, as the end of a sentence."""
    return (error.strerror or str(error)).lower()
