"""The command line in the process of the test: what it prints and its exit code, for a tenth of what a process costs.

For what only reads, prints and complains, and for runs of which only the result counts: their servers and clients have
processes of their own as ever. Signals, limits, terminals, broken streams and conversations (`send` reads descriptor 0)
are for `tests.cli.command`. `test_here` holds the two side by side, for each command and each of its exit codes.
"""

from __future__ import annotations

import faulthandler
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sockbench.cli.main import run
from tests.cli.command import PATIENCE


def called(
    *arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. The outputs are files, as `sockbench.cli.exits` expects of them."""
    words = ["sockbench", *map(str, arguments)]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        open(out.fileno(), "w", encoding="utf-8", closefd=False) as stdout,
        open(err.fileno(), "w", encoding="utf-8", closefd=False) as stderr,
        io.TextIOWrapper(io.BytesIO(stdin), "utf-8") as source,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, stream in (("stdin", source), ("stdout", stdout), ("stderr", stderr)):
            patch.setattr(sys, name, stream)
        patch.setattr(sys, "argv", words)
        patch.setenv("COLUMNS", "80")  # a process asks its output, which is no terminal
        for name, value in environment.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        faulthandler.dump_traceback_later(PATIENCE, exit=True, file=2)  # what hangs is ended, as a process is
        try:
            code = run()
        finally:
            faulthandler.cancel_dump_traceback_later()
        sys.stdout.flush()
        sys.stderr.flush()
        return subprocess.CompletedProcess(words, code, _text(out), _text(err))


def _text(file: io.BufferedRandom) -> str:
    file.seek(0)
    return file.read().decode()
