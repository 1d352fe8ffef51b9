"""A disk without room: the reason is one sentence, the tables are printed, and nothing is left that is not whole."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sockbench.store.folder import save
from sockbench.store.growing_file import GrowingFile
from tests.cli.command import COMMAND, PATIENCE, sockbench
from tests.faults.scene import HEAVY, SHORT
from tests.report.samples import RESULT

ROOM = 64 * 1024
"""Bytes of the disk, of which none is left."""


@dataclass(frozen=True)
class FullDisk:
    """A disk in a mount namespace of its own, where `command` runs; `seen` is the same folder from out here."""

    folder: Path
    seen: Path
    command: Sequence[str | Path]

    def names(self) -> set[str]:
        """What is on it, besides what fills it."""
        return {str(path.relative_to(self.seen)) for path in self.seen.rglob("*")} - {"fill"}


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[FullDisk]:
    """It ends with the process that holds its namespace, and so with the test, whatever ends that."""
    if sys.platform != "linux":
        pytest.skip("mount namespaces are Linux's")
    folder = tmp_path / "disk"
    folder.mkdir()
    script = f"mount -t tmpfs -o size={ROOM} sockbench-test '{folder}' && echo ready && exec cat"
    with contextlib.ExitStack() as stack:
        try:
            holder = stack.enter_context(
                subprocess.Popen(
                    ["unshare", "-m", "sh", "-c", script],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        except FileNotFoundError:
            pytest.skip("unshare is not installed")
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != "ready\n":
            pytest.skip(f"no disk can be mounted here: {holder.stderr.read().strip()}")
        seen = Path(f"/proc/{holder.pid}/root{folder}")
        with (seen / "fill").open("wb", buffering=0) as fill, contextlib.suppress(OSError):
            while fill.write(bytes(4096)):
                pass
        yield FullDisk(folder, seen, ("nsenter", "-t", str(holder.pid), "-m", COMMAND))
        holder.communicate()


def limited(size: int) -> Callable[[], None]:
    """Called in a child: no file may grow past so many bytes, which is how a disk fills up without root."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def no_room(why: str, results: Path, samples: Path, html: Path) -> str:
    return (
        f"sockbench: the result could not be saved in '{results}': {why}; choose another with --results DIR\n"
        f"sockbench: the report cannot be written to '{html}': {why}; choose another file\n"
        f"sockbench: the samples in '{samples}' end early: {why}; choose another file with --samples FILE\n"
    )


def test_a_run_on_a_full_disk(full_disk: FullDisk, tmp_path: Path) -> None:
    """A file has one page here at least, so the heading of the samples, which came first, may have found room."""
    (tmp_path / "s.yaml").write_text(SHORT)
    disk = full_disk.folder
    (full_disk.seen / "fill").write_bytes(bytes(ROOM - 4096))  # room for a page: the samples take it
    results, samples, html = disk / "results", disk / "s.csv", disk / "h.html"
    done = sockbench(
        *("run", tmp_path / "s.yaml", "--results", results, "--samples", samples, "--html", html),
        command=full_disk.command,
    )
    assert done.returncode == 106
    assert "askers" in done.stdout
    assert "saved:" not in done.stdout
    assert done.stderr == no_room("no space left on device", results, samples, html)
    assert full_disk.names() <= {"results", "s.csv"}
    assert (full_disk.seen / "s.csv").read_text().count("\n") == 1  # whole rows only


def test_reports_on_a_full_disk(full_disk: FullDisk, tmp_path: Path) -> None:
    result = save(RESULT, [], tmp_path / "results")
    disk = full_disk.folder
    for flags in (("--html", disk / "h.html"), ("--format", "json", "-o", disk / "r.json")):
        done = sockbench("report", result, *flags, command=full_disk.command)
        assert done.returncode == 106
        assert done.stdout == ""
        assert done.stderr == (
            f"sockbench: the report cannot be written to '{flags[-1]}': no space left on device; choose another file\n"
        )
    assert full_disk.names() == set()
    with (full_disk.seen / "out").open("wb") as out:
        told = subprocess.run(
            [COMMAND, "report", result, "--format", "json"], stdout=out, stderr=subprocess.PIPE, timeout=PATIENCE
        )
    assert told.returncode == 106
    assert told.stderr == b"sockbench: the output cannot be written: no space left on device\n"


@HEAVY
def test_a_floor_on_a_full_disk(full_disk: FullDisk) -> None:
    done = sockbench("calibrate", "--cache", full_disk.folder / "cache", command=full_disk.command)
    assert done.returncode == 106
    assert done.stdout.startswith("this machine's own floor, ")
    assert "no space left on device; choose another with --cache DIR" in done.stderr
    assert full_disk.names() <= {"cache"}


def test_a_run_whose_files_may_not_grow(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SHORT)
    results, samples, html = tmp_path / "results", tmp_path / "s.csv", tmp_path / "h.html"
    html.write_text("as it was")
    done = sockbench(
        *("run", tmp_path / "s.yaml", "--results", results, "--samples", samples, "--html", html),
        before=limited(2000),
    )
    assert done.returncode == 106
    assert "askers" in done.stdout
    assert done.stderr == no_room("file too large", results, samples, html)
    assert list(results.iterdir()) == []
    assert html.read_text() == "as it was"
    assert samples.stat().st_size <= 2000
    assert samples.read_text().endswith("\n")  # whole rows only
    assert {path.name for path in tmp_path.iterdir()} == {"s.yaml", "results", "s.csv", "h.html"}


def test_samples_that_cannot_even_begin_leave_no_file(full_disk: FullDisk) -> None:
    with pytest.raises(OSError, match="No space left"):
        GrowingFile(str(full_disk.seen / "s.csv"), "group,client\n")
    assert full_disk.names() == set()
