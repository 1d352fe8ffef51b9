"""Loads that change and clients that come and go, through the command, over real sockets."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import loaded, result_of, saved_result
from tests.cli.here import called

CHANGING = """\
warmup: 300ms
servers:
  echo: {service: echo, transport: udp}
  registry: {service: registry, transport: udp, max_clients: 3, idle: 600ms}
clients:
  - {name: ramp, count: 3, server: echo,
     arrivals:
       {stages: [{duration: 500ms, rate: 0/s..400/s}, {duration: 300ms, rate: 0/s}, {duration: 500ms, rate: 100/s}]}}
  - {name: bursts, count: 2, server: echo, arrivals: {rate: 100/s, pattern: burst, burst: 20}, stop: 500ms}
  - {name: late, count: 3, server: registry, register: "a{index}", arrivals: {rate: 100/s}, start: 1s}
  - {name: thinkers, count: 2, server: echo, think: 5ms..20ms}
"""

CHURN = """\
duration: 1s
servers:
  echo: {service: echo, transport: TRANSPORT}
  registry: {service: registry, transport: TRANSPORT, max_clients: 3}
clients:
  - {name: open, count: 4, server: echo, arrivals: {rate: 200/s}, timeout: 10s, churn: 200ms}
  - {name: closed, count: 2, server: echo, think: 1ms, timeout: 10s, churn: 200ms}
  - {name: registered, count: 3, server: registry, register: "a{index}", arrivals: {rate: 90/s}, timeout: 10s,
     churn: 300ms}
"""


def groups_of(text: str, *flags: str) -> dict[str, dict[str, Any]]:
    done = called("run", "-", "--no-save", "--format", "json", *flags, stdin=text.encode())
    assert done.returncode == 0, done.stderr
    return {group["name"]: group for group in result_of(done)["runs"][0]["groups"]}


def test_the_load_is_what_the_scenario_says() -> None:
    groups = groups_of(CHANGING)
    # The bursts go on from the warm-up: of those at 0, 200, 400, 600 ms the last two are measured.
    planned = {name: group["planned"] for name, group in groups.items() if name != "thinkers"}
    assert planned == {"ramp": 150, "bursts": 40, "late": 30}
    assert groups["ramp"]["warmup"]["planned"] == 120
    assert groups["late"]["warmup"]["planned"] == 0
    assert groups["late"]["corrupt"] == groups["late"]["refused"] == 0
    assert groups["thinkers"]["ok"] > 0
    assert [group["churned"] for group in groups.values()] == [0] * 4


def test_check_says_how_many_requests_it_will_be() -> None:
    done = called("check", "-", stdin=CHANGING.encode())
    assert done.returncode == 0
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert [lines[name][-3] for name in ("ramp", "bursts", "late")] == ["150", "40", "30"]
    assert lines["thinkers"][-2:] == ["-", "-"]
    assert "takes at most 2.85 s: a warm-up of 300 ms, 1.3 s of load, a drain of up to 1 s" in done.stdout


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_churn_fails_no_request(transport: str, workers: str) -> None:
    groups = groups_of(CHURN.replace("TRANSPORT", transport), "--workers", workers)
    assert groups["open"]["planned"] == 200
    assert groups["registered"]["planned"] == 90
    for group in groups.values():
        assert group["churned"] > 0
        wrong = {name: group[name] for name in ("late", "lost", "refused", "failed", "corrupt", "unfinished")}
        assert set(wrong.values()) == {0}, wrong
    assert groups["closed"]["skipped"] == 0


def test_an_interrupt_ends_a_run_with_churn(tmp_path: Path) -> None:
    flags = ("--set", "clients.0.churn=50ms", "--results", tmp_path / "results")
    with loaded(tmp_path, *flags) as command:
        command.process.send_signal(signal.SIGINT)
        command.end(105)
    result = saved_result(tmp_path / "results")
    assert result["interrupted"]
    group = result["runs"][0]["groups"][0]
    assert group["planned"] == group["ok"] + group["skipped"] + group["late"]
