"""What the faults of disk, processes, signals and clock have in common: a short run, a long one, and what must hold."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.outcome import OUTCOME_NAMES
from tests.cli.command import Running, is_running, running, wait_until

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and stops processes by their ids")
HEAVY = pytest.mark.skipif(not os.environ.get("SOCKBENCH_HEAVY"), reason="takes long: SOCKBENCH_HEAVY=1 runs it")

SHORT = """\
name: short
duration: 300ms
servers:
  echo: {service: echo, transport: udp}
clients:
  - {name: askers, count: 2, server: echo, arrivals: {rate: 200/s}, timeout: 5s}
"""
LONG = SHORT.replace("300ms", "50s")
"""It is interrupted when the test has seen enough."""


@contextlib.contextmanager
def under_way(folder: Path, scenario: str = LONG, *flags: str | Path) -> Iterator[Running]:
    """`sockbench run` that saves in `folder/results`, at a moment when its load has begun: there are samples."""
    (folder / "s.yaml").write_text(scenario)
    samples = folder / "samples.csv"
    with running(
        *("run", folder / "s.yaml", "-q", "--results", folder / "results", "--samples", samples), *flags
    ) as command:
        wait_until(lambda: samples.exists() and samples.read_bytes().count(b"\n") > 1)
        yield command


def saved(folder: Path) -> dict[str, Any]:
    """The one result saved in `folder/results`, where nothing else is; every request in it has one outcome."""
    (made,) = (folder / "results").iterdir()
    result: dict[str, Any] = json.loads((made / "result.json").read_text())
    assert result["runs"]
    for group in groups_of(result):
        assert group["planned"] == sum(group[name] for name in OUTCOME_NAMES)
        assert group["sent"] == group["planned"] - group["skipped"]
        assert group["rtt"]["n"] == group["ok"]
    return result


def groups_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Of all its runs."""
    return [group for run in result["runs"] for group in run["groups"]]


def children_of(command: Running) -> list[int]:
    """Its child processes, of whatever role."""
    path = Path(f"/proc/{command.process.pid}/task/{command.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def role_of(pid: int) -> str:
    """servers, relays or worker."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-2].decode()


def all_end(pids: list[int]) -> bool:
    """Whether all of them do, in time."""
    wait_until(lambda: not any(map(is_running, pids)))
    return True
