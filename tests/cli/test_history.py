"""`sockbench history` and `sockbench report` on saved results: what they print, exit codes, one sentence a mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.result import Result, Run, Verdict
from sockbench.store import save
from tests.cli.command import sockbench
from tests.cli.here import called
from tests.report.samples import RESULT
from tests.stats.runs import group_of, run_of

FIRST = datetime(2026, 11, 1, 10)


def saved(folder: Path, hour: int, *runs: Run, **changes: Any) -> Path:
    started = (FIRST + timedelta(hours=hour)).isoformat() + "Z"
    result: Result = replace(RESULT, started=started, runs=runs or (run_of(group_of()),), thresholds=(), **changes)
    return save(result, [], folder)


def series(folder: Path, values: Sequence[float], name: str = "udp10", hours: int = 12) -> None:
    for number, value in enumerate(values):
        saved(folder, number * hours, run_of(group_of(p99=value)), name=name)


def noisy(*levels: tuple[float, int]) -> list[float]:
    chance = random.Random(8)
    return [level * chance.lognormvariate(0, 0.02) for level, count in levels for _ in range(count)]


def names_of(text: str) -> list[str]:
    """The names of the folders in CSV, in their order."""
    return [Path(row["folder"]).name for row in csv.DictReader(io.StringIO(text))]


def test_newest_first_by_name_and_date(tmp_path: Path) -> None:
    for hour, name in ((0, "udp10"), (30, "ping"), (60, "udp-many"), (90, "udp10")):
        saved(tmp_path / "results", hour, name=name)
    everything = [
        "20261105T040000Z-udp10",
        "20261103T220000Z-udp-many",
        "20261102T160000Z-ping",
        "20261101T100000Z-udp10",
    ]
    for flags, wanted in (
        ([], everything),
        (["--name", "udp*"], [everything[0], everything[1], everything[3]]),
        (["--name", "udp10"], [everything[0], everything[3]]),
        (["--since", "2026-11-03"], everything[:2]),
        (["--until", "2026-11-02"], everything[2:]),
        (["--since", "2026-11-02T16:00", "--until", "2026-11-03"], everything[1:3]),
        (["--limit", "1"], everything[:1]),
    ):
        done = called("history", "--format", "csv", *flags, cwd=tmp_path)
        assert (done.returncode, done.stderr, names_of(done.stdout)) == (0, "", wanted), flags
    shown = called("history", cwd=tmp_path).stdout.splitlines()
    assert shown[0].startswith(
        "when (UTC)        name      verdict  runs  groups  clients  requests/s  RTT p50  RTT p99  "
    )
    assert shown[0].endswith("  folder")
    assert shown[2].split()[:3] == ["2026-11-05", "04:00", "udp10"]
    assert shown[2].endswith("  results/20261105T040000Z-udp10")
    rows = json.loads(called("history", "--format", "json", cwd=tmp_path).stdout)
    assert rows[0]["started"] == "2026-11-05T04:00:00Z"
    assert (rows[0]["rtt_p99_s"], rows[0]["lost_share"], rows[0]["interrupted"]) == (0.004, 0.0, False)


def test_more_than_are_shown(tmp_path: Path) -> None:
    series(tmp_path, [0.004] * 22)
    done = called("history", "--results", tmp_path)
    assert done.stderr == "sockbench: these are the newest 20; --limit NUMBER shows more\n"
    assert len(done.stdout.splitlines()) == 22
    assert called("history", "--results", tmp_path, "--limit", "30").stderr == ""


def test_what_is_no_result_is_told_and_skipped(tmp_path: Path) -> None:
    saved(tmp_path, 0)
    for number in range(8):
        (tmp_path / f"2026110{number + 1}T000000Z-x").mkdir()
    (tmp_path / "20261101T000000Z-x" / "result.json").write_text('{"schema": 7}')
    (tmp_path / "note.txt").write_text("a file")
    done = called("history", "--results", tmp_path)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == f"sockbench: '{tmp_path}/20261108T000000Z-x' holds no result.json; it is skipped"
    assert len(lines) == 6
    assert lines[5] == "sockbench: 3 more are no results and are skipped, too"
    assert "udp10" in done.stdout


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--results", "none"], 2, "there are no results: 'none' does not exist; name another with --results DIR"),
        (["--results", "empty"], 0, "there is no result in 'empty': `sockbench run` saves one"),
        (["--results", "a file"], 2, "there are no results: 'a file' is no folder; name another with --results DIR"),
        (["--name", "udp11"], 0, "no result in 'results' is of a scenario called 'udp11', did you mean \"udp10\"?"),
        (["--since", "2027-01-01"], 0, "there is no result in 'results' in that time: `sockbench run` saves one"),
        (["--since", "soon"], 2, "Invalid value for --since: 'soon' is no moment: write a day like 2026-11-01"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], 2, "for --until: it is before --since 2026-11-02"),
        (["--limit", "0"], 2, "Invalid value for '--limit': '0' is not a whole number from 1 up"),
        (["--trend", "rtt.p98"], 2, '"rtt.p98": "p98" is not a statistic of rtt, did you mean "p99"?'),
        (["--trend", "rtt"], 2, '"rtt": rtt needs a statistic: write rtt.'),
        (["--trend", "nobody.rtt.p99"], 2, '"nobody.rtt.p99": no group is called "nobody": write askers'),
        (["--trend", ""], 2, "Invalid value for --trend: it names no figure: write one like rtt.p99"),
        (["--trend", "rtt.p99"], 2, "these are results of 2 scenarios, and a trend is of one: choose by --name"),
        (["--trend", "lost", "--limit", "201"], 2, "for --limit: a trend is drawn of at most 200 results"),
        (["--trend", "lost", "--min-effect", "5"], 2, 'Invalid value for --min-effect: "5" has no unit: write 5%'),
        (["--trend", "rtt.p99", "--name", "two"], 2, "there are several (a, b): name one, --trend a.rtt.p99"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, flags: list[str], code: int, said: str) -> None:
    saved(tmp_path / "results", 0)
    saved(tmp_path / "results", 1, run_of(group_of(name="a"), group_of(name="b")), name="two")
    if flags[:1] == ["--trend"] and "nobody" in flags[1]:
        saved(tmp_path / "results", 2)
        flags = [*flags, "--name", "udp10"]
    (tmp_path / "empty").mkdir()
    (tmp_path / "a file").write_text("")
    done = called("history", *flags, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == ""


def test_a_trend(tmp_path: Path) -> None:
    series(tmp_path, noisy((0.004, 6), (0.0045, 7)))
    saved(tmp_path, 1000, verdict=Verdict("invalid", ("the tool was late",)))
    saved(tmp_path, 1001, name="ping")
    done = called("history", "--results", tmp_path, "--name", "udp10", "--trend", "askers.rtt.p99")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("udp10: rtt.p99 of askers, 13 results\n\nrtt.p99, ms\n")
    assert "the scale begins at 3." in done.stdout
    said = " ".join(done.stdout.split())
    assert "1: rtt.p99 rose by 1" in said
    assert "% between 2026-11-03 22:00 and 2026-11-04 10:00 (6 results before, 7 after; median " in said
    assert "left out: 1 result whose verdict is invalid" in done.stdout
    assert done.stdout.isascii()
    wanted = json.loads(
        called("history", "--results", tmp_path, "--name", "udp10", "--trend", "p99", "--format", "json").stdout
    )
    (trend,) = wanted["trends"]
    assert [(change["last"], change["first"]) for change in trend["changes"]] == [(5, 6)]
    rows = called("history", "--results", tmp_path, "--name", "udp10", "--trend", "p99", "--format", "csv").stdout
    assert [row["change"] for row in csv.DictReader(io.StringIO(rows))] == ["no"] * 6 + ["yes"] + ["no"] * 6
    markdown = called(
        "history",
        "--results",
        tmp_path,
        "--name",
        "udp10",
        "--trend",
        "p99",
        "--min-effect",
        "50%",
        "--format",
        "markdown",
    )
    assert "```text\nrtt.p99, ms\n" in markdown.stdout
    assert "- no change of 50% or more was found" in markdown.stdout


def test_a_report_is_what_the_run_printed(tmp_path: Path) -> None:
    run = sockbench(
        "run", "udp10", "--duration", "300ms", "--set", "warmup=0s", "-q", cwd=tmp_path, SOCKBENCH_CACHE="c"
    )
    assert run.returncode in (0, 99), run.stderr
    (folder,) = (tmp_path / "results").iterdir()
    for name in ("last", "latest", folder.name, f"results/{folder.name}", "udp10", folder.name[:6]):
        done = sockbench("report", name, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, run.stdout, ""), name
    whole = sockbench("report", folder / "result.json", "--format", "json", cwd=tmp_path).stdout
    assert whole == (folder / "result.json").read_text()
    written = sockbench("report", "last", "--format", "markdown", "-o", "report.md", cwd=tmp_path)
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "report.md").read_text() == sockbench(
        "report", "last", "--format", "markdown", cwd=tmp_path
    ).stdout
    rows = sockbench("report", "last", "--format", "csv", cwd=tmp_path).stdout
    assert len(list(csv.DictReader(io.StringIO(rows)))) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none"], 2, "there is no result at 'none': give the folder that a run saved, such as results/2026"),
        (["last", "--results", "empty"], 2, "there is no result in 'empty' yet: `sockbench run` saves one"),
        (["last", "--results", "nowhere"], 2, "there is no result in 'nowhere' yet: `sockbench run` saves one"),
        (
            ["2026"],
            2,
            "'2026' is the beginning of 2 results (20261101T110000Z-ping, 20261101T100000Z-udp10): write more",
        ),
        (["results"], 2, "'results' holds 2 results, and is none itself"),
        (["newer"], 2, "reads schema 1 only; a newer version wrote it: read it with that"),
        (["cut"], 2, "is not JSON"),
        (["ping", "-o", "empty"], 106, "the report cannot be written to 'empty': is a directory; choose another file"),
        (["ping", "-o", ""], 2, "Invalid value for --output: it must name a file"),
        ([""], 2, "there is no result at ''"),
    ],
)
def test_reports_of_nothing(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    saved(tmp_path / "results", 0)
    saved(tmp_path / "results", 1, name="ping")
    for name, text in (("empty", None), ("newer", '{"schema": 2}'), ("cut", '{"schema": 1, "name": "x')):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "result.json").write_text(text)
    done = called("report", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith(("sockbench:", "Error:"))]) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_result_that_may_not_be_read(tmp_path: Path) -> None:
    saved(tmp_path, 0).chmod(0)
    assert "permission denied; it is skipped" in called("history", "--results", tmp_path).stderr


def test_the_last_two_are_compared_by_the_beginning_of_their_names(tmp_path: Path) -> None:
    for hour, name in ((0, "before"), (1, "after")):
        saved(tmp_path, hour, *(run_of(group_of(), repetition=number) for number in range(1, 6)), name=name)
    done = called("compare", "before", "last", "--results", tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("comparison of before and after\n")
