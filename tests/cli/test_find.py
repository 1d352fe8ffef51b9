"""`run --find`: real searches, of a link whose rate is known beforehand."""

from __future__ import annotations

import csv
import io
import json
import signal
from pathlib import Path

import pytest

from sockbench.store import load
from tests.cli.command import result_of, running, saved_result, sockbench
from tests.cli.here import called
from tests.cli.terminal import Terminal

NARROW = """\
name: narrow
duration: 300ms
servers: {echo: {service: echo, transport: udp, impair: {up: {rate: 100kB/s, queue: 2kB}}}}
clients:
  - {name: askers, count: 4, server: echo, payload: {size: 140B}, arrivals: {rate: 300/s}, timeout: 200ms}
"""
CAPACITY = 100_000 / 200
"""Requests per second: an envelope's header is 60 bytes."""
MOST = CAPACITY + 10 / 0.3 + CAPACITY / 10
"""The queue holds ten besides, and a tenth may be lost."""


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.yaml"
    path.write_text(NARROW)
    return path


def test_the_rate_of_a_link_is_found(tmp_path: Path, narrow: Path) -> None:
    done = sockbench(
        *("run", narrow, "--find", "rate", "--while", "lost < 10%", "--from", "200/s", "--to", "3200/s"),
        *("--resolution", "50%", "--results", tmp_path / "r"),
    )
    assert done.returncode == 0, done.stderr
    find = (result := saved_result(tmp_path / "r"))["find"]
    assert (find["what"], find["path"], find["group"]) == ("rate", "clients.0.arrivals.rate", "askers")
    assert find["confirmed"]
    # Noise may take something from it; nothing adds to what a link lets through.
    assert 0.5 * CAPACITY <= find["value"] <= 1.1 * MOST
    assert [step["run"] for step in find["steps"]] == list(range(len(result["runs"])))
    assert [run["variant"]["rate"] for run in result["runs"]] == [f"{step['value']:g}/s" for step in find["steps"]]
    assert sum(step["answer"] == "kept" for step in find["steps"] if step["value"] == find["value"]) == 3
    lines = [line for line in done.stderr.splitlines() if line.startswith("run ")]
    assert len(lines) == len(find["steps"])
    assert lines[0].startswith("run 1, start: 200/s: offered ")
    assert f"found: {find['value']:,.10g}/s keeps lost < 10%, in 3 of" in " ".join(done.stdout.split())
    (folder,) = (tmp_path / "r").iterdir()
    again = load(folder).find
    assert again is not None
    assert (again.value, len(again.steps)) == (find["value"], len(lines))
    assert [one.expression for one in again.question.conditions] == ["lost < 10%"]


def test_clients_are_searched_as_well(narrow: Path) -> None:
    flags = ("--find", "clients", "--while", "planned < 1000", "--to", "6", "--resolution", "50%", "--no-save")
    done = sockbench("run", narrow, *flags, "--set", "clients.0.arrivals.rate=50/s", "--format", "csv", "--quiet")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["clients"] for row in rows] == ["4", "6", "6", "6"]
    assert {row["answer"] for row in rows} == {"kept"}


def test_nothing_is_found_where_the_lowest_fails(tmp_path: Path, narrow: Path) -> None:
    flags = ("--find", "rate", "--while", "planned < 1 and lost < 100%", "--from", "100/s", "--results", tmp_path / "r")
    done = sockbench("run", narrow, *flags, "--format", "json")
    assert done.returncode == 99, done.stderr
    find = result_of(done)["find"]
    assert (find["value"], find["limit"], [step["answer"] for step in find["steps"]]) == (None, 100, ["failed"] * 2)
    text = " ".join(called("report", "last", "--results", tmp_path / "r").stdout.split())
    assert "found: nothing. Even 100/s does not keep planned < 1 and lost < 100%: planned < 1: 30;" in text


def test_an_interrupted_search_saves_what_it_walked(tmp_path: Path, narrow: Path) -> None:
    flags = ("--find", "rate", "--while", "lost < 10%", "--results", tmp_path / "r")
    with running("run", narrow, *flags) as command:
        assert command.process.stderr is not None
        assert command.process.stderr.readline().startswith(b"run 1, start: 300/s: ")
        command.process.send_signal(signal.SIGINT)
        out, _ = command.end(105)
    result = saved_result(tmp_path / "r")
    assert result["interrupted"]
    assert not result["find"]["confirmed"]
    assert result["find"]["steps"][0]["answer"] in ("kept", "failed", "tool")
    assert "the search was interrupted" in json.dumps(result["verdict"])
    assert "300.0" in out


def test_at_a_terminal_each_line_stands_above_the_progress(narrow: Path) -> None:
    flags = ("--find", "rate", "--while", "planned < 1000", "--from", "100/s", "--to", "100/s", "--no-save")
    terminal = Terminal("run", str(narrow), *flags)
    terminal.wait_for("narrow: run 1: rate=100/s")
    terminal.wait_for("run 1, start: 100/s: offered ")
    terminal.wait_for("verdict:")
    assert terminal.end() == 0
    before = terminal.screen.partition("run 1, start:")[0]
    assert before.endswith(("\n", "\r", "\x1b[2K"))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--while", "lost < 1%"), "--while: it goes with --find"),
        (("--from", "1/s"), "--from: it goes with --find"),
        (("--find", "rate"), "--find: it goes with --while"),
        (("--find", "speed", "--while", "lost < 1%"), '"speed" cannot be searched'),
        (("--find", "rate", "--while", "lsot < 1%"), '"lsot" is not a metric, did you mean "lost"?'),
        (("--find", "rate", "--while", "lost < 1%", "--from", "9"), '--from: "9" has no unit'),
        (("--find", "rate", "--while", "lost < 1%", "--from", "9/s", "--to", "1/s"), "exchange them"),
        (("--find", "rate", "--while", "lost < 1%", "--resolution", "0%"), "--resolution: "),
        (("--find", "rate", "--while", "lost < 1%", "--repeat", "3"), "leave repeat out"),
        (("--find", "rate", "--while", "lost < 1%", "--samples", "x.csv"), "a search keeps no requests"),
        (("--find", "rate", "--while", "lost < 1%", "--set", "clients.0.arrivals=closed"), "has a rate: give it one"),
        (
            (
                *("--find", "rate", "--while", "lost < 1%"),
                *("--set", "matrix.n=[1, 2]", "--set", "clients.0.count=${n}"),
            ),
            "a search takes a scenario without a matrix",
        ),
    ],
)
def test_wrong_use_is_one_sentence(narrow: Path, flags: tuple[str, ...], words: str) -> None:
    done = called("run", narrow, *flags)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert done.stderr.count("Error: ") == 1
