"""`sockbench run` with `impair`: the relay's truth beside the clients' counts, whatever happens to its process."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.outcome import OUTCOME_NAMES
from tests.cli.command import is_running, loaded, result_of, saved_result, sockbench
from tests.cli.here import called
from tests.cli.serving import serving

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
BAD = "loss: 8%, duplicate: 4%, delay: 3ms, jitter: 2ms, corrupt: 2%"


def scenario(
    transport: str, impair: str, group: str = "count: 4, arrivals: {rate: 400/s}, timeout: 300ms", before: str = ""
) -> bytes:
    return f"""\
duration: 1s
{before}
servers:
  echo: {{service: echo, transport: {transport}, impair: {{{impair}}}}}
clients:
  - {{name: askers, server: echo, {group}}}
""".encode()


def ran(text: bytes, *flags: str) -> dict[str, Any]:
    done = called("run", "-", "--no-save", "--format", "json", *flags, stdin=text)
    assert done.returncode == 0, done.stderr
    result = result_of(done)
    for group in result["runs"][0]["groups"]:
        assert group["planned"] == sum(group[name] for name in OUTCOME_NAMES)
    return result


def agree(truth: dict[str, Any], group: dict[str, Any]) -> None:
    """What the relay saw is what the clients counted."""
    both = (truth, group)
    assert truth["requests"] == group["sent"], both
    assert truth["lost_up"] + truth["lost_down"] == group["lost"], both
    for name in ("corrupt", "duplicate", "stray"):
        assert truth[name] == group[name], name
    assert truth["ok"] + truth["late"] == group["ok"] + group["late"]
    for name in ("lost_up", "lost_down"):
        assert (group[name] or 0) <= truth[name] <= (group[name] or 0) + group["lost_unknown"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "before", ["warmup: 500ms", "seed: 5\nwarmup: 300ms"], ids=["one seed, a warm-up", "another, a shorter one"]
)
def test_what_the_clients_count_is_what_the_relay_saw(workers: str, before: str) -> None:
    run = ran(scenario("udp", BAD, before=before), "--workers", workers)["runs"][0]
    (group,), (relay,) = run["groups"], run["relays"]
    agree(relay["groups"][0], group)
    assert group["lost_up"] > 0 < group["lost_down"]
    assert group["duplicate"] > 0 < group["corrupt"]
    assert (relay["before"], relay["name"]) == ("server", "echo")
    for way in (relay["up"], relay["down"]):
        gone = way["lost"] + way["overflowed"] + way["unsent"] + way["held"]
        assert way["received"] + way["duplicated"] == gone + way["delivered"]


def test_clients_that_come_and_go_are_told_apart_by_the_relay() -> None:
    group = "count: 3, arrivals: {rate: 300/s}, timeout: 1s, churn: 300ms"
    run = ran(scenario("udp", "loss: 5%, duplicate: 5%", group))["runs"][0]
    assert run["groups"][0]["churned"] > 0
    agree(run["relays"][0]["groups"][0], run["groups"][0])
    assert run["relays"][0]["flows"] == 3 + run["groups"][0]["churned"], (run["relays"], run["groups"])


def test_a_delay_is_never_shorter_than_it_was_asked_for() -> None:
    run = ran(scenario("udp", "up: {delay: 20ms}"))["runs"][0]
    group = run["groups"][0]
    assert group["rtt"]["min_s"] >= 0.020
    assert group["ok"] == group["planned"]


def test_groups_share_the_link_of_their_server_unless_they_have_their_own() -> None:
    text = """\
duration: 500ms
servers:
  echo: {service: echo, transport: udp, impair: {loss: 50%}}
clients:
  - {name: a, server: echo, arrivals: {rate: 100/s}, timeout: 100ms}
  - {name: b, server: echo, arrivals: {rate: 100/s}, timeout: 100ms}
  - {name: own, server: echo, arrivals: {rate: 100/s}, timeout: 100ms, impair: {up: {loss: 100%}}}
  - {name: none, server: echo, arrivals: {rate: 100/s}, timeout: 100ms, impair: {loss: 0%}}
"""
    run = ran(text.encode())["runs"][0]
    groups = {group["name"]: group for group in run["groups"]}
    truths = {truth["group"]: truth for relay in run["relays"] for truth in relay["groups"]}
    assert [(relay["name"], len(relay["groups"])) for relay in run["relays"]] == [("echo", 2), ("own", 1), ("none", 1)]
    for name, group in groups.items():
        agree(truths[name], group)
    assert 0 < groups["a"]["lost"] < 50 > groups["b"]["lost"] > 0
    assert groups["own"]["lost"] == truths["own"]["lost_up"] == 50
    assert groups["own"]["lost_unknown"] == 50  # no reply ever told anything
    assert groups["none"]["ok"] == 50


def test_a_target_may_be_reached_through_a_bad_link() -> None:
    with serving("upper", "--transport", "udp") as server:
        url = f"udp://127.0.0.1:{server.port('upper', 'udp')}"
        group = f'{{name: a, target: "{url}", format: envelope, arrivals: {{rate: 200/s}}, timeout: 100ms'
        text = f"duration: 500ms\nclients:\n  - {group}, impair: {{loss: 20%}}}}\n"
        run = ran(text.encode())["runs"][0]
    agree(run["relays"][0]["groups"][0], run["groups"][0])
    assert run["relays"][0]["target"] == url.removeprefix("udp://")
    assert run["groups"][0]["lost"] > 0


def test_of_texts_the_relay_counts_datagrams_only() -> None:
    group = "count: 2, arrivals: {rate: 100/s}, timeout: 100ms, format: text, payload: {text: 'n{seq}'}"
    run = ran(scenario("udp", "loss: 20%", group))["runs"][0]
    (relay,), (found,) = run["relays"], run["groups"]
    assert relay["groups"] == []
    assert relay["up"]["received"] == found["sent"]
    assert relay["up"]["lost"] + relay["down"]["lost"] == found["lost"]
    assert (found["lost_up"], found["lost_down"], found["lost_unknown"]) == (None, None, found["lost"])


def test_a_tcp_link_delays_and_resets_and_loses_nothing() -> None:
    run = ran(scenario("tcp", "delay: 10ms, reset: 300ms"))["runs"][0]
    (relay,), (group,) = run["relays"], run["groups"]
    assert group["rtt"]["min_s"] >= 0.020
    assert relay["resets"] > 0
    assert group["lost"] == 0
    assert group["failed"] + group["skipped"] > 0
    assert relay["groups"] == []


@NEEDS_LINUX
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_relay_that_dies_and_a_run_that_is_interrupted_are_saved(tmp_path: Path, end: signal.Signals) -> None:
    results = tmp_path / "results"
    flags = ("--results", results, "--set", "servers.echo.impair.loss=5%")
    with loaded(tmp_path, *flags) as command:
        children = command.children()
        assert set(children) == {"servers", "relays", "worker"}
        if end is signal.SIGKILL:
            os.kill(children["relays"], end)
        else:
            command.process.send_signal(end)
        out, _ = command.end(expected=0 if end is signal.SIGKILL else 105)
    result = saved_result(results)
    asker = result["runs"][0]["groups"][0]
    assert asker["planned"] == sum(asker[name] for name in OUTCOME_NAMES)
    assert not any(is_running(pid) for pid in children.values())
    if end is signal.SIGKILL:
        assert out.split("\n")[1] == "verdict: invalid"
        assert "the relay process died (killed by SIGKILL)" in result["verdict"]["reasons"][0]
        assert result["runs"][0]["relays"] == []
    else:
        assert "the run was interrupted" in out
        assert result["runs"][0]["relays"][0]["groups"][0]["requests"] >= asker["ok"]


def test_both_counts_are_printed_side_by_side() -> None:
    group = "count: 4, arrivals: {rate: 400/s}, timeout: 1s"  # of a late reply they may tell different things
    done = sockbench("run", "-", "--no-save", stdin=scenario("udp", "loss: 10%", group))
    assert done.returncode == 0
    lines = done.stdout.split("\n")
    table = lines[lines.index("the relay's truth, and what the clients counted") :]
    assert [line.split()[:2] for line in table[3:5]] == [["askers", "relay"], ["askers", "clients"]]
    (relay, clients) = (line.split()[2:] for line in table[3:5])
    assert relay[:4] + relay[7:] == clients[:4] + clients[7:], table[:6]
    # A client cannot tell the way of each loss; the relay can.
    assert sum(map(int, clients[4:7])) == sum(map(int, relay[4:6])), table[:6]
    assert all(0 <= int(relay[way]) - int(clients[way]) <= int(clients[6]) for way in (4, 5)), table[:6]
    assert "each way: loss 10%" in lines
