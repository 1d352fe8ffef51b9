"""Files that have no end, or that nobody writes: a sentence at once, and no process that waits or fills the memory."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.command import COMMAND, sockbench


def test_a_result_that_has_no_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = sockbench("compare", "/dev/zero", tmp_path / "pipe")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "sockbench: '/dev/zero' holds no result (it is no regular file): give the folder that "
    )


def test_a_result_that_nobody_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "result.json")
    done = sockbench("report", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"sockbench: {tmp_path / 'result.json'} is no regular file; it was cut, changed, or ")


def test_a_scenario_that_has_no_end() -> None:
    done = sockbench(command=("sh", "-c", '"$0" check - < /dev/zero', COMMAND))
    assert done.returncode == 104
    assert done.stderr == "<stdin>: it is larger than 1048576 bytes: write a smaller scenario\n"
