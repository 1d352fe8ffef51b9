"""The installed `sockbench` command in a process of its own, as a person starts it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("sockbench")
PATIENCE = 60.0
"""Seconds after which a command that should have ended has failed."""

SMALL = """\
name: small
duration: 1s
servers:
  echo: {service: echo, transport: udp}
clients:
  - {name: askers, count: 3, server: echo, arrivals: {rate: 100/s}, timeout: 500ms}
"""
"""A run of one second."""


def sockbench(
    *arguments: str | Path,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    before: Callable[[], None] | None = None,
    command: Sequence[str | Path] = (COMMAND,),
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. `before` is called in the child before the command replaces it."""
    done = subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=os.environ | environment,
        preexec_fn=before,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def result_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What `--format json` printed."""
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def saved_result(results: Path) -> dict[str, Any]:
    """The one result saved in a folder."""
    (folder,) = results.iterdir()
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return result


class Running:
    """A command that goes on while the test does something to it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def children(self) -> dict[str, int]:
        """Role -> process id of its child processes."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _parent(entry) == self.process.pid:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"sockbench.run.child" in words:
                    found[words[-2].decode()] = int(entry.name)
        return found

    def end(self, expected: int) -> tuple[str, str]:
        """Wait for the end, which must have the exit code `expected`. Gives both outputs."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == expected, err.decode()
        assert b"Traceback" not in err, err.decode()
        return out.decode(), err.decode()


@contextlib.contextmanager
def running(*arguments: str | Path, within: Sequence[str] = ()) -> Iterator[Running]:
    """Start the command, behind the words of `within`; it is ended with the block if it has not ended by itself."""
    with subprocess.Popen(
        [*within, COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def loaded(folder: Path, *flags: str | Path) -> Iterator[Running]:
    """`sockbench run` of a long scenario, with its load under way: a target that never answers has heard from it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(PATIENCE)
        group = f'{{name: ignored, target: "udp://127.0.0.1:{silent.getsockname()[1]}", timeout: 40s}}'
        path = folder / "long.yaml"
        path.write_text(SMALL.replace("duration: 1s", "duration: 50s") + f"  - {group}\n")
        with running("run", path, *flags) as command:
            silent.recv(100)
            yield command


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when `condition()` holds; fail when it does not within the patience."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process exists that is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
