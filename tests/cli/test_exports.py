"""`sockbench report -o FILE` and `--format junit`: a file is whole or as it was, and what cannot be is one sentence."""

from __future__ import annotations

import os
import resource
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from sockbench.store import save
from tests.cli.command import SMALL, sockbench
from tests.cli.here import called
from tests.report import samples
from tests.report.test_junit import endings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(samples.RESULT, [], tmp_path / "results")
    return tmp_path


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("format", ["table", "markdown", "csv", "json", "junit"])
def test_a_file_holds_what_is_printed(folder: Path, format: str) -> None:
    (folder / "out").write_text("before")
    (folder / "out").chmod(0o640)
    written = called("report", "last", "--format", format, "-o", "out", cwd=folder)
    assert (written.returncode, written.stdout) == (0, "")
    printed = called("report", "last", "--format", format, cwd=folder).stdout
    assert (folder / "out").read_text() == printed != ""
    assert (folder / "out").stat().st_mode & 0o777 == 0o640
    assert called("report", "last", "--format", format, "-o", "-", cwd=folder).stdout == printed
    assert hidden(folder) == []


def test_a_link_stays_one_and_what_is_no_file_is_written_to(folder: Path) -> None:
    (folder / "link").symlink_to("new.md")
    assert sockbench("report", "last", "-o", "link", cwd=folder).returncode == 0
    assert (folder / "link").is_symlink()
    assert (folder / "new.md").read_text().startswith("udp10: ")
    (folder / "stdout").symlink_to("/proc/self/fd/1")
    done = sockbench("report", "last", "-o", "stdout", cwd=folder)
    assert done.stdout.startswith("udp10: ")
    assert (folder / "stdout").is_symlink()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("results", "'results': is a directory; choose another file"),
        ("none/report.md", "'none/report.md': there is no folder 'none'; make it, or choose another file"),
        ("a file/report.md", "'a file/report.md': not a directory; choose another file"),
        ("/dev/full", "'/dev/full': no space left on device; choose another file"),
        ("x" * 300, "file name too long; choose another file"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(folder: Path, file: str, said: str) -> None:
    (folder / "a file").write_text("")
    assert not file.startswith("/dev/") or Path(file).is_char_device()
    done = called("report", "last", "-o", file, cwd=folder)
    assert (done.returncode, done.stdout) == (106, "")
    assert done.stderr.startswith("sockbench: the report cannot be written to ")
    assert done.stderr.endswith(f"{said}\n")
    assert len(done.stderr.splitlines()) == 1
    assert hidden(folder) == []


def test_a_disk_that_takes_half_of_it_leaves_what_was_there(folder: Path) -> None:
    (folder / "out.json").write_text("before")
    done = sockbench(
        *("report", "last", "--format", "json", "-o", "out.json"),
        cwd=folder,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert (done.returncode, done.stdout) == (106, "")
    assert done.stderr == "sockbench: the report cannot be written to 'out.json': file too large; choose another file\n"
    assert (folder / "out.json").read_text() == "before"
    assert hidden(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_file_that_may_not_be_written_is_not_replaced(folder: Path) -> None:
    (folder / "out").write_text("before")
    (folder / "out").chmod(0o400)
    assert "permission denied" in called("report", "last", "-o", "out", cwd=folder).stderr
    assert (folder / "out").read_text() == "before"


def test_half_of_a_pair_in_a_name_is_no_traceback(folder: Path) -> None:
    save(replace(samples.RESULT, started="2026-11-22T00:00:00Z", name="half \ud800"), [], folder / "results")
    for format in ("json", "junit", "markdown"):
        done = called("report", "last", "--format", format, "-o", "out", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\\ud800" in (folder / "out").read_text()


def test_a_run_prints_the_junit_that_a_report_prints_again(tmp_path: Path) -> None:
    thresholds = "thresholds: [lost < 50%, rtt.p99 < 1ns, rtt.p999 < 1s]\n"
    (tmp_path / "small.yaml").write_text(SMALL.replace("100/s", "150/s") + thresholds)
    run = sockbench(
        "run", "small.yaml", "--duration", "300ms", "-q", "--format", "junit", cwd=tmp_path, SOCKBENCH_CACHE="c"
    )
    assert run.returncode == 99, run.stderr
    told = endings(run.stdout)
    assert [name for name, _, _ in told] == ["verdict", "lost < 50%", "rtt.p99 < 1ns", "rtt.p999 < 1s"]
    assert [(ending, kind) for _, ending, kind in told[1:]] == [
        ("passed", ""),
        ("error", "withheld"),
        ("error", "withheld"),
    ]
    assert Xml.fromstring(run.stdout).tag == "testsuites"
    again = sockbench("report", "last", "--format", "junit", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, run.stdout)
