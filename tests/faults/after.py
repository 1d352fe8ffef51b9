"""What must hold after every fault: each request has one outcome, no process is left, no descriptor is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sockbench.model.outcome import OUTCOME_NAMES
from tests.cli.command import is_running, wait_until

VARIABLE = "FAULT_TEST_TAG"


class Tag:
    """Marks every process that the test starts from now on, and all of theirs: an environment is inherited."""

    def __init__(self, value: str) -> None:
        self._entry = f"{VARIABLE}={value}".encode()

    def living(self) -> list[int]:
        """The marked processes that have not ended."""
        return [pid for pid in _processes() if pid != os.getpid() and is_running(pid) and self._marks(pid)]

    def _marks(self, pid: int) -> bool:
        try:
            return self._entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False  # it ended meanwhile, or is somebody else's


def check_after(result: dict[str, Any], tag: Tag | None = None) -> None:
    """Every request of `result` has one outcome, and no marked process lives on; to be called when all have ended."""
    assert result["runs"], "no run was saved"
    for run in result["runs"]:
        for group in run["groups"]:
            for phase in (group, group["warmup"]):
                assert phase["planned"] == sum(phase[name] for name in OUTCOME_NAMES), group["name"]
                assert phase["sent"] == phase["planned"] - phase["skipped"], group["name"]
            assert group["rtt"]["n"] == group["ok"], group["name"]
    if tag is not None:
        assert tag.living() == []


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def wait_for_descriptors(pid: int, number: int) -> None:
    """Return when the process has exactly so many open; one that leaks never has."""
    wait_until(lambda: descriptors(pid) == number)


def _processes() -> Iterator[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
