"""`run` with a matrix and repetitions: real runs of 0.3 s each, one after the other."""

from __future__ import annotations

import contextlib
import csv
import re
import signal
import socket
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sockbench.load.order import order_of
from sockbench.stats.hlog import parse
from tests.cli.command import PATIENCE, is_running, result_of, running, saved_result, sockbench
from tests.cli.here import called

MATRIX = """\
name: both
matrix: {transport: [udp, tcp]}
repeat: 2
seed: 5
duration: 300ms
servers:
  echo: {service: echo, transport: "${transport}"}
clients:
  - name: askers
    count: 3
    server: echo
    payload: {digits: 1..30}
    arrivals: {rate: 200/s, pattern: poisson}
    timeout: 500ms
  - {name: "${transport} talkers", count: 2, server: echo, arrivals: {every: 20ms}, timeout: 500ms}
thresholds: ["lost < 50%", "${transport} talkers.planned == 30", "askers.planned < 1"]
"""


@pytest.fixture
def both(tmp_path: Path) -> Path:
    path = tmp_path / "both.yaml"
    path.write_text(MATRIX)
    return path


def names_of(result: dict[str, Any]) -> list[tuple[str, int]]:
    return [(run["variant"]["transport"], run["repetition"]) for run in result["runs"]]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_variant_is_run_as_often_and_offers_the_same(tmp_path: Path, both: Path, workers: str) -> None:
    rows_file = tmp_path / "rows.csv"
    done = sockbench(
        *("run", both, "--results", tmp_path / "r", "--format", "json", "--samples", rows_file, "--workers", workers)
    )
    assert done.returncode == 99, done.stderr
    result = result_of(done)
    expected = [(("udp", "tcp")[place], repetition) for place, repetition in order_of(2, 2, 5)]
    assert names_of(result) == expected
    assert result["scenario"]["repeat"] == 2
    assert [variant["values"] for variant in result["scenario"]["variants"]] == [
        {"transport": "udp"},
        {"transport": "tcp"},
    ]
    for run in result["runs"]:
        transport = run["variant"]["transport"]
        assert [group["transport"] for group in run["groups"]] == [transport] * 2
        assert [server["transport"] for server in run["servers"]] == [transport]
        assert run["groups"][1]["name"] == f"{transport} talkers"
    for group in (0, 1):
        assert len({run["groups"][group]["planned"] for run in result["runs"]}) == 1
        assert len({run["groups"][group]["bytes_sent"] for run in result["runs"]}) == 1  # numbers of 1 to 30 digits
    comparison = result["comparison"]
    assert [(side["label"], side["runs"]) for side in comparison["sides"]] == [
        ("transport=udp", 2),
        ("transport=tcp", 2),
    ]
    assert [group["names"] for group in comparison["groups"]] == [
        ["askers"] * 2
    ]  # the others have a name for each variant
    check_rows(rows_file, expected)
    check_thresholds(result, expected)


def check_rows(path: Path, runs: list[tuple[str, int]]) -> None:
    """Every run has its rows, and they are due at the same times, to the nanosecond."""
    due: dict[tuple[str, int], list[tuple[str, str, str]]] = defaultdict(list)
    identities: dict[str, set[tuple[str, int]]] = defaultdict(set)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            run = row["variant_transport"], int(row["repetition"])
            group = row["group"].removeprefix(f"{run[0]} ")
            due[run].append((group, row["client"], row["due_s"]))
            identities[row["id"]].add(run)
    assert list(due) == runs
    assert len({tuple(sorted(rows)) for rows in due.values()}) == 1
    assert all(len(found) == 1 for found in identities.values())  # no reply to another run is taken for one's own


def check_thresholds(result: dict[str, Any], runs: list[tuple[str, int]]) -> None:
    held = [(one["variant"]["transport"], one["repetition"]) for one in result["thresholds"]]
    assert held == [run for run in runs for _ in range(3)]
    assert {one["expression"]: one["ok"] for one in result["thresholds"]} == {
        "lost < 50%": True,
        "udp talkers.planned == 30": True,
        "tcp talkers.planned == 30": True,
        "askers.planned < 1": False,
    }


def test_what_is_printed_and_saved(tmp_path: Path, both: Path) -> None:
    done = sockbench("run", both, "--results", tmp_path, "--intervals")
    assert done.returncode == 99, done.stderr
    announced = [line for line in done.stderr.splitlines() if line.startswith("run ")]
    assert announced == [
        f"run {number} of 4: transport={('udp', 'tcp')[place]}, repetition {repetition}"
        for number, (place, repetition) in enumerate(order_of(2, 2, 5), start=1)
    ]
    assert "300 ms a run, 2 variants x 2 repetitions = 4 runs, seed 5, 1 worker" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("udp ", "tcp "))]
    assert [row[:2] for row in rows[:4]] == [["udp", "askers"], ["udp", "udp"], ["tcp", "askers"], ["tcp", "tcp"]]
    assert re.search(r"^askers.planned < 1 +tcp +✗ FAILED in 2 of 2 runs", done.stdout, re.MULTILINE)
    assert "Nothing can be said of differences between the variants: 2 runs of each is too few" in done.stdout
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    tags: dict[str, list[float]] = defaultdict(list)
    for line in parse((folder / "latency.hlog").read_text()):
        tags[line.tag].append(line.start_s)
    assert set(tags) == {
        "transport=udp/askers", "transport=udp/udp talkers", "transport=tcp/askers", "transport=tcp/tcp talkers"
    }  # fmt: skip
    for starts in tags.values():
        assert len(starts) == 2
        assert starts[1] > starts[0] + 0.3


def test_a_row_of_csv_for_each_group_of_each_run(both: Path) -> None:
    done = sockbench(
        "run", both, "--no-save", "--format", "csv", "--set", "matrix.transport=[udp]", SOCKBENCH_REPEAT="3"
    )
    rows = list(csv.DictReader(done.stdout.splitlines()))
    found = [(row["variant_transport"], row["repetition"], row["name"]) for row in rows]
    assert found == [("udp", str(number), name) for number in (1, 2, 3) for name in ("askers", "udp talkers")]


def test_a_relay_in_some_variants(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        MATRIX.replace("[udp, tcp]", "[udp, tcp], loss: [0%, 50%]\nexclude: [{transport: tcp, loss: 50%}]")
        .replace("50%]\nexclude", "50%]}\nexclude")
        .replace("50%}]}", "50%}]")
        .replace("repeat: 2", "repeat: 1")
        .replace('"${transport}"}', '"${transport}", impair: {loss: "${loss}"}}')
    )
    done = sockbench("run", path, "--no-save", "--format", "json", "--set", "thresholds=[]")
    assert done.returncode == 0, done.stderr
    lost = {
        (run["variant"]["transport"], run["variant"]["loss"]): sum(group["lost"] for group in run["groups"])
        for run in result_of(done)["runs"]
    }
    assert set(lost) == {("udp", "0%"), ("udp", "50%"), ("tcp", "0%")}
    assert lost["udp", "50%"] > 20
    assert lost["udp", "0%"] == lost["tcp", "0%"] == 0
    assert all(len(run["relays"]) == 1 for run in result_of(done)["runs"])


def two_targets(ports: list[int], repeat: int, group: str = "timeout: 100ms") -> str:
    """The first variant takes 0.3 s, the second is to be ended by somebody."""
    return f"""\
name: two
seed: {seed_of([0, 1], repeat)}
matrix: {{port: {ports}, length: [300ms, 50s], format: [text, envelope]}}
exclude:
  - {{port: {ports[0]}, length: 50s}}
  - {{port: {ports[1]}, length: 300ms}}
  - {{port: {ports[0]}, format: envelope}}
  - {{port: {ports[1]}, format: text}}
repeat: {repeat}
duration: "${{length}}"
drain: 100ms
clients:
  - name: ignored
    target: "udp://127.0.0.1:${{port}}"
    format: "${{format}}"
    window: 1
    arrivals: {{every: 50ms}}
    {group}
"""


@pytest.fixture
def silent() -> Iterator[list[socket.socket]]:
    """Two targets that never answer."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
        for one in found:
            one.bind(("127.0.0.1", 0))
            one.settimeout(PATIENCE)
        yield found


def seed_of(first: list[int], repeat: int) -> int:
    """A seed whose first block is in this order."""
    return next(
        seed for seed in range(100) if [place for place, _ in order_of(len(first), repeat, seed)][: len(first)] == first
    )


@pytest.mark.parametrize("repeat", [1, 2])
def test_ctrl_c_in_the_second_run_keeps_what_was_measured(
    tmp_path: Path, silent: list[socket.socket], repeat: int
) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(two_targets([one.getsockname()[1] for one in silent], repeat))
    rows = tmp_path / "rows.csv"
    with running("run", path, "--results", tmp_path / "r", "--samples", rows) as command:
        for one in silent:
            one.recv(100)
        command.process.send_signal(signal.SIGINT)
        out, _ = command.end(105)
    result = saved_result(tmp_path / "r")
    assert result["interrupted"] is True
    assert [run["variant"]["length"] for run in result["runs"]] == ["300ms", "50s"]
    whole, ended = (run["groups"][0] for run in result["runs"])
    assert whole["planned"] == whole["lost"] + whole["skipped"] == 6
    assert whole["unfinished"] == 0
    assert 1 <= ended["planned"] < 1000
    told = " ".join(out.split())
    if repeat == 1:
        assert "not made" not in told
    else:
        assert "interrupted in run 2; 2 runs were not made" in told
        assert "2 variants x 2 repetitions = 4 runs of which 2 were made" in told
    assert "repetition" in rows.read_text().splitlines()[0]


def test_a_second_ctrl_c_in_the_second_run_keeps_the_first(tmp_path: Path, silent: list[socket.socket]) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(two_targets([one.getsockname()[1] for one in silent], 1, 'timeout: "${length}"'))
    with running("run", path, "--results", tmp_path / "r") as command:
        for one in silent:
            one.recv(100)
        children = command.children()
        command.process.send_signal(signal.SIGINT)
        command.process.send_signal(signal.SIGTERM)
        out, _ = command.end(105)
    result = saved_result(tmp_path / "r")
    assert result["interrupted"] is True
    assert [run["variant"]["length"] for run in result["runs"]] == ["300ms"]
    assert "interrupted in run 2; 1 run was not made" in " ".join(out.split())
    assert children
    assert not any(is_running(pid) for pid in children.values())


def test_ctrl_c_before_the_second_load_begins_keeps_the_first(tmp_path: Path, silent: list[socket.socket]) -> None:
    """The second variant's client asks for a place that nobody gives, so its run is not under way."""
    path = tmp_path / "two.yaml"
    path.write_text(two_targets([one.getsockname()[1] for one in silent], 1, 'timeout: 100ms\n    register: "a"'))
    with running("run", path, "--results", tmp_path / "r") as command:
        for one in silent:
            one.recv(100)
        command.process.send_signal(signal.SIGINT)
        command.end(105)
    result = saved_result(tmp_path / "r")
    assert result["interrupted"] is True
    assert [run["variant"]["length"] for run in result["runs"]] == ["300ms"]
    assert result["runs"][0]["groups"][0]["planned"] == 6


def test_a_run_that_cannot_be_made_leaves_the_others(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        path = tmp_path / "s.yaml"
        text = f"""\
matrix: {{port: [0, {port}]}}
duration: 300ms
servers:
  echo: {{service: echo, transport: udp, port: "${{port}}"}}
clients:
  - {{name: askers, server: echo, arrivals: {{rate: 100/s}}, timeout: 100ms}}
"""
        path.write_text(f"seed: {seed_of([0, 1], 1)}\n{text}")
        done = sockbench("run", path, "--results", tmp_path / "r", "--strict", "--set", "thresholds=[planned < 1]")
        assert done.returncode == 106  # before 99 and 107, which are about what was measured
        assert f"sockbench: run 2 of 2: port={port}: " in done.stderr
        result = saved_result(tmp_path / "r")
        assert [run["variant"] for run in result["runs"]] == [{"port": "0"}]
        assert result["verdict"]["status"] == "invalid"
        assert result["verdict"]["reasons"][0].startswith(f"1 run was not made: run 2 of 2: port={port}: ")
        path.write_text(f"seed: {seed_of([1, 0], 1)}\n{text}")
        done = sockbench("run", path, "--results", tmp_path / "none")
        assert done.returncode == 106
        assert done.stderr.startswith(f"sockbench: run 1 of 2: port={port}: ")
        assert done.stdout == ""
        assert not (tmp_path / "none").exists()


def test_a_variant_that_no_machine_can_run_is_told_before_anything_begins(tmp_path: Path, both: Path) -> None:
    done = called("run", both, "--no-save", "--driver", "lanes", "--set", "matrix.c=[once, per-request]",
        "--set", "matrix.transport=[tcp]", "--set", "clients.0.connect=${c}")  # fmt: skip
    assert done.returncode == 106
    assert "transport=tcp, c=per-request: the driver 'lanes' cannot drive group 'askers'" in done.stderr


def test_serve_starts_one_set_of_servers(tmp_path: Path, both: Path) -> None:
    done = called("serve", "--scenario", both)
    assert done.returncode == 104
    assert "has other servers in each variant of its matrix" in done.stderr


def test_check_says_what_all_runs_would_do(both: Path) -> None:
    done = called("check", both)
    assert done.returncode == 0, done.stderr
    assert "2 variants x 2 repetitions = 4 runs, all variants once and then again" in done.stdout
    assert "takes at most 4.2 s, and what the processes of 4 runs take to start" in done.stdout
    assert "all runs together: 360 requests" in done.stdout
    rows = [line.split()[:3] for line in done.stdout.splitlines() if line.startswith(("udp ", "tcp "))]
    assert rows[:4] == [
        ["udp", "askers", "3"],
        ["udp", "udp", "talkers"],
        ["tcp", "askers", "3"],
        ["tcp", "tcp", "talkers"],
    ]
    done = called("check", both, "--set", "servers.echo.transport=udp")
    assert done.returncode == 0
    wrong = called("check", both, "--set", "clients.0.connect=per-request")
    assert wrong.returncode == 104
    assert '"per-request" is for TCP only, and this is UDP: leave it out (with transport=udp)' in wrong.stderr
