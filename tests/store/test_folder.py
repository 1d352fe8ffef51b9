"""Saving is all or nothing, whatever interrupts it; loading refuses what is no result."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats import hlog
from sockbench.stats.hlog import LogLine
from sockbench.store import ResultError, load, save
from sockbench.store.folder import dumps, folder_name
from tests.report.samples import EVERY_KIND, RELAY, RESULT
from tests.stats.test_histogram import of

LINES = [LogLine("students", 0.0, 1.0, of(412_000, 680_000))]
STARTED = datetime(2026, 11, 21, 6, 50, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def test_a_result_is_a_folder_and_comes_back(tmp_path: Path) -> None:
    folder = save(RESULT, LINES, tmp_path / "deep" / "results")
    assert folder == tmp_path / "deep" / "results" / "20261121T065000Z-udp10"
    assert sorted(path.name for path in folder.iterdir()) == ["latency.hlog", "result.json"]
    assert load(folder) == RESULT
    assert load(folder / "result.json") == RESULT
    text = (folder / "result.json").read_text(encoding="utf-8")
    assert text.endswith("\n}\n")
    assert "Olá, servidor!" in text
    log = (folder / "latency.hlog").read_text(encoding="utf-8")
    assert "#[StartTime: 1795243800.000 " in log
    assert [line.tag for line in hlog.parse(log)] == ["students"]


def test_results_of_the_same_second_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "20261121T065000Z-udp10-2").write_text("somebody's file")
    names = [save(RESULT, [], tmp_path).name for _ in range(3)]
    assert names == ["20261121T065000Z-udp10", "20261121T065000Z-udp10-3", "20261121T065000Z-udp10-4"]
    assert (tmp_path / "20261121T065000Z-udp10-2").read_text() == "somebody's file"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("udp10", "udp10"),
        ("tcp_vs-udp", "tcp_vs-udp"),
        ("../../etc/passwd", "------etc-passwd"),
        ("números 1", "numeros-1"),
        ("日本", "--"),
        ("", "result"),
        ("x" * 300, "x" * 60),
    ],
)
def test_the_name_of_the_folder(name: str, slug: str) -> None:
    assert folder_name(STARTED, name) == f"20261121T065000Z-{slug}"


def test_the_time_is_utc() -> None:
    assert folder_name(STARTED.astimezone(timezone(timedelta(hours=-3))), "a") == "20261121T065000Z-a"


@given(st.text(max_size=100))
def test_any_name_is_one_plain_folder(name: str) -> None:
    assert re.fullmatch(r"20261121T065000Z-[A-Za-z0-9_-]{1,60}", folder_name(STARTED, name))


@pytest.mark.parametrize(
    "started", ["2026-11-21T06:50:00", "2026-11-21T06:50:00.123456+00:00", "2026-11-21T03:50-03:00"]
)
def test_ways_to_write_the_same_time(started: str, tmp_path: Path) -> None:
    assert save(replace(RESULT, started=started), [], tmp_path).name == "20261121T065000Z-udp10"


def test_a_name_that_no_encoding_has_is_saved(tmp_path: Path) -> None:
    result = replace(RESULT, name="half \ud800 and 日本")
    assert load(save(result, [LogLine("\ud800", 0.0, 1.0, of(1))], tmp_path)) == result


def test_a_result_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    broken = replace(RESULT, runs=(replace(RESULT.runs[0], elapsed_s=float("nan")),))
    with pytest.raises(ValueError, match="JSON compliant"):
        save(broken, LINES, tmp_path)
    with pytest.raises(ValueError, match="isoformat"):
        save(replace(RESULT, started="yesterday"), LINES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_a_file_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("mine")
    with pytest.raises(OSError, match="results"):
        save(RESULT, LINES, tmp_path / "results")
    assert (tmp_path / "results").read_text() == "mine"


SAVING = """
import os, resource, signal, sys
from pathlib import Path
from sockbench.store import save
from tests.report.samples import RESULT
from tests.store.test_folder import LINES

class Killed(list):
    def __iter__(self):  # the histograms are asked for when half of the folder is written
        assert any(Path(sys.argv[1]).glob(".tmp-*/result.json"))
        os.kill(os.getpid(), signal.SIGKILL)

def full_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # no file may grow past this
    return LINES

save(RESULT, Killed(LINES) if sys.argv[2] == "killed" else full_disk(), Path(sys.argv[1]))
"""


def saving(how: str, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(SAVING), str(directory), how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="kills and file size limits are POSIX")
def test_a_killed_process_leaves_the_old_state(tmp_path: Path) -> None:
    before = save(RESULT, LINES, tmp_path)
    text = (before / "result.json").read_bytes()
    assert saving("killed", tmp_path).returncode == -signal.SIGKILL
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".tmp-")] == [before]
    assert (before / "result.json").read_bytes() == text
    assert save(RESULT, LINES, tmp_path).name == "20261121T065000Z-udp10-2"


@pytest.mark.skipif(sys.platform == "win32", reason="kills and file size limits are POSIX")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    done = saving("full", tmp_path)
    assert "OSError: [Errno 27] File too large" in done.stderr
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\xff", b"[" * 100_000, b"[]", b'{"schema": NaN}', b'{"schema": 2}', b"1" * 10_000],
)
def test_what_is_no_result_is_refused_with_its_path(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(content)
    with pytest.raises(ResultError, match=r"result\.json"):
        load(tmp_path)


def test_an_empty_folder_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path)


def test_every_field_is_explained_in_the_readme() -> None:
    text = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
    document = json.loads(dumps(replace(RESULT, scenario=EVERY_KIND, runs=(replace(RESULT.runs[0], relays=(RELAY,)),))))
    missing = {name for name in field_names(document) if f"`{name}`" not in text}
    assert missing == set()


def field_names(value: object) -> set[str]:
    """Every key of `result.json` that the schema fixes: not the names of libraries, sysctls, servers."""
    if isinstance(value, list):
        return set().union(*map(field_names, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    free = ("libraries", "sysctl", "variant")
    found = set(value)
    for key, inner in value.items():
        if key == "servers" and isinstance(inner, dict):
            found |= field_names(list(inner.values()))
        elif key not in free:
            found |= field_names(inner)
    return found
