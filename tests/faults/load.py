"""A `sockbench run` that lasts until the test has done its harm, and what it saved."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import PATIENCE, Running, running, saved_result, wait_until

HEAVY = pytest.mark.skipif(not os.environ.get("SOCKBENCH_HEAVY"), reason="takes long: SOCKBENCH_HEAVY=1 runs it")
LONG = 50
"""Seconds of load, far more than any test takes: it is interrupted when it has seen enough."""


class Load:
    """A run that goes on. `result` and `rows` are what it saved, once it is stopped."""

    def __init__(self, command: Running, folder: Path) -> None:
        self.command = command
        self.pids = command.children()
        self.result: dict[str, Any] = {}
        self.rows: list[dict[str, str]] = []
        self.out = self.err = ""
        self._folder = folder

    def stop(self) -> None:
        """Interrupt it, and wait for its end."""
        self.command.process.send_signal(signal.SIGINT)
        self.out, self.err = self.command.end(expected=105)
        self.result = saved_result(self._folder / "results")
        with (self._folder / "rows.csv").open(newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))

    def group(self, name: str) -> dict[str, Any]:
        """One group of the result."""
        groups: list[dict[str, Any]] = self.result["runs"][0]["groups"]
        return next(group for group in groups if group["name"] == name)

    def story(self, name: str) -> list[str]:
        """The outcomes of a group's requests in the order in which they were due, each change once. What the end of the
        run cut off is left out.
        """
        rows = sorted((float(row["due_s"]), row["outcome"]) for row in self.rows if row["group"] == name)
        told: list[str] = []
        for _, outcome in rows:
            if outcome not in ("unfinished", *told[-1:]):
                told.append(outcome)
        return told


@contextlib.contextmanager
def silent() -> Iterator[tuple[socket.socket, str]]:
    """A UDP socket that never answers, and a group that sends it one request: who has that knows that a load began."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(PATIENCE)
        yield bound, f'{{name: sign, target: "udp://127.0.0.1:{bound.getsockname()[1]}", timeout: {LONG}s}}'


@contextlib.contextmanager
def load(folder: Path, *groups: str, within: Sequence[str] = (), more: str = "") -> Iterator[Load]:
    """Start a run of these `groups`, each a mapping of YAML, and `more` of a scenario; wait until it has a worker."""
    (folder / "scenario.yaml").write_text(
        f"duration: {LONG}s\ndrain: 200ms\n{more}clients:\n" + "".join(f"  - {g}\n" for g in groups)
    )
    files = ("--results", folder / "results", "--samples", folder / "rows.csv")
    with running("run", folder / "scenario.yaml", *files, within=within) as command:
        wait_until(lambda: "worker" in command.children())
        yield Load(command, folder)
