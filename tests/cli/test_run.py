"""`sockbench run` as a person uses it: real processes, real sockets, real files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.run.workers import usable_cores
from sockbench.store import load
from tests.cli.command import SMALL, result_of, saved_result, sockbench
from tests.cli.here import called
from tests.ports import free_port

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_the_table_and_the_saved_result_are_of_the_same_run(small: Path, tmp_path: Path) -> None:
    done = sockbench("run", small, "--results", tmp_path / "results")
    assert done.returncode == 0
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 120
    result = saved_result(tmp_path / "results")
    (group,) = result["runs"][0]["groups"]
    assert group["planned"] == 100
    assert group["planned"] == sum(group[name] for name in OUTCOME_NAMES)
    assert group["sent"] == group["planned"] - group["skipped"]
    assert re.search(rf"^askers +3 +100 +{group['ok']} ", done.stdout, re.MULTILINE)
    (folder,) = (tmp_path / "results").iterdir()
    assert f"saved: {folder}" in done.stdout
    assert load(folder).runs[0].groups[0].counts.planned == 100
    assert (folder / "latency.hlog").read_text().count("Tag=askers,") >= 1


def test_json_prints_the_saved_object_and_nothing_else(small: Path, tmp_path: Path) -> None:
    """It says how far it goes, and what else the machine did."""
    done = sockbench("run", small, "--results", tmp_path / "results", "--format", "json")
    assert done.returncode == 0
    assert done.stderr == ""
    result = result_of(done)
    assert result == saved_result(tmp_path / "results")
    assert result["verdict"]["status"] == "suspect"
    assert "p99 of askers withheld: " in result["verdict"]["reasons"][-1]
    environment = result["environment"]
    assert isinstance(environment["clock_step_s"], float)
    for name in ("other_cpu_share", "steal_share"):
        share = environment[name]
        assert 0 <= share <= 1 if sys.platform == "linux" and share is not None else share is None


def test_markdown(small: Path) -> None:
    done = sockbench("run", small, "--no-save", "--duration", "200ms", "--format", "markdown")
    assert done.returncode == 0
    assert done.stdout.startswith("## small")


def test_no_save_saves_nothing(small: Path, tmp_path: Path) -> None:
    done = sockbench("run", small, "--no-save", "--duration", "200ms", cwd=tmp_path)
    assert done.returncode == 0
    assert "saved:" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_results_go_to_a_folder_here_by_default(small: Path, tmp_path: Path) -> None:
    done = sockbench("run", small, "--duration", "200ms", "--format", "csv", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("name,server,transport,")
    assert saved_result(tmp_path / "results")["name"] == "small"


def test_a_scenario_comes_from_standard_input(tmp_path: Path) -> None:
    done = sockbench("run", "-", "--no-save", "--format", "json", "--duration", "200ms", stdin=SMALL.encode())
    assert done.returncode == 0
    assert result_of(done)["runs"][0]["groups"][0]["planned"] == 20


def test_flags_beat_the_environment_and_the_environment_the_scenario(small: Path) -> None:
    done = called(
        *("run", small, "--no-save", "--format", "json", "--seed", "5", "--set", "clients.0.count=2"),
        SOCKBENCH_DURATION="300ms",
        SOCKBENCH_SEED="4",
    )
    result = result_of(done)
    assert (result["seed"], result["scenario"]["duration"]) == (5, 0.3)
    assert result["runs"][0]["groups"][0]["clients"] == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_scenario_offers_the_same_load_to_any_number_of_workers(small: Path, workers: int) -> None:
    done = called("run", small, "--no-save", "--format", "json", "--workers", str(workers))
    (group,) = result_of(done)["runs"][0]["groups"]
    environment = result_of(done)["environment"]
    assert group["planned"] == 100
    assert (environment["workers"], environment["workers_auto"]) == (workers, False)
    assert environment["start_late_s"] >= 0


def test_as_many_workers_as_there_is_room_for(small: Path, tmp_path: Path) -> None:
    """One less than cores for its own server; for a target of others one each, but no more than clients."""
    done = sockbench("run", small, "--results", tmp_path / "results", SOCKBENCH_WORKERS="auto")
    environment = saved_result(tmp_path / "results")["environment"]
    assert environment["workers"] == min(3, max(1, usable_cores() - 1))
    assert environment["workers_auto"] is True
    assert re.search(r", [123] workers? \(auto\)$", done.stdout, re.MULTILINE)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is not bound to processors")
def test_only_the_cores_that_the_command_may_use_are_counted(small: Path) -> None:
    def pin() -> None:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    target = f"udp://127.0.0.1:{free_port()}"
    small.write_text(
        f"duration: 200ms\nclients: [{{name: a, count: 9, target: '{target}', arrivals: {{every: 1s}}}}]\n"
    )
    done = sockbench("run", small, "--no-save", "--format", "json", "--workers", "auto", before=pin)
    assert result_of(done)["environment"]["workers"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="lanes need epoll")
@pytest.mark.parametrize(("wish", "ran"), [("auto", "lanes"), ("lanes", "lanes"), ("tasks", "tasks")])
def test_the_same_scenario_offers_the_same_load_under_any_driver(small: Path, wish: str, ran: str) -> None:
    result = result_of(called("run", small, "--no-save", "--format", "json", SOCKBENCH_DRIVER=wish))
    assert result["environment"]["driver"] == ran
    assert result["runs"][0]["groups"][0]["planned"] == 100


def test_lanes_where_they_cannot_be(small: Path) -> None:
    done = sockbench(
        *("run", small, "--no-save", "--driver", "lanes", "--set", "servers.echo.transport=tcp"),
        *("--set", "clients.0.connect=per-request"),
    )
    assert done.returncode == 106
    assert done.stderr.count("\n") == 1
    assert "the driver 'lanes' cannot drive group 'askers': " in done.stderr
    assert called("run", small, "--driver", "threads").returncode == 2


@pytest.mark.parametrize(
    ("thresholds", "code"), [(["askers.ok == 20", "ok >= 100%"], 0), (["ok >= 100%", "planned > 1000"], 99)]
)
def test_a_threshold_that_fails_is_exit_99(small: Path, thresholds: list[str], code: int) -> None:
    small.write_text(SMALL + f"thresholds: {thresholds}\n")
    done = sockbench("run", small, "--no-save", "--duration", "200ms")
    assert done.returncode == code, done.stdout
    assert all(threshold in done.stdout for threshold in thresholds)
    assert done.stdout.count("FAILED") == (code == 99)


def test_a_threshold_on_a_withheld_percentile_fails_with_that_reason(small: Path) -> None:
    small.write_text(SMALL + "thresholds: ['askers.rtt.p999 < 1s']\n")
    done = called("run", small, "--no-save", "--duration", "200ms")
    assert done.returncode == 99
    assert "FAILED" in done.stdout
    assert "withheld: 20 samples, and p999 takes 10,000" in done.stdout


def test_a_threshold_that_nobody_can_judge_fails_under_strict(small: Path) -> None:
    link = "impair: {loss: 100%}"
    small.write_text(SMALL.replace("transport: udp}", f"transport: udp, {link}}}") + "thresholds: ['lost_up < 100']\n")
    arguments = ("run", small, "--no-save", "--duration", "200ms", "--set", "clients.0.timeout=50ms")
    for flags, code in (((), 0), (("--strict",), 99)):
        done = called(*arguments, *flags)
        assert done.returncode == code, done.stdout
        assert "not judged" in done.stdout


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_that_comes_with_the_package_runs(path: Path) -> None:
    """By its name, over its own transports; ports of its own, since others may run too."""
    ports = {"udp10": "registry", "numbers": "number"}
    changed = [f"--set=servers.{ports[path.stem]}.port={free_port()}"] if path.stem in ports else []
    quicker = {
        "numbers": ["clients.0.arrivals.every=100ms"],
        "bad-link": ["servers.echo.impair.loss=0%"],
        "tcp-vs-udp-loss": ["matrix.loss=[0%]"],
        "clients-sweep": ["matrix.clients=[1, 1000]"],
        "payload-sweep": ["matrix.size=[64B, 32KiB]"],
        "rush-hour": ["clients.1.start=200ms", "clients.1.stop=800ms", "clients.0.arrivals.stages.0.duration=500ms"],
    }
    changed += [f"--set={change}" for change in quicker.get(path.stem, [])]
    duration = "1s" if path.stem == "rush-hour" else "300ms"
    flags = ("--no-save", "--format", "json", "--duration", duration, "--repeat", "1")
    done = called("run", path.stem, *flags, *changed)
    assert done.returncode in (0, 99), done.stderr  # thresholds are about whole runs
    for group in [group for run in result_of(done)["runs"] for group in run["groups"]]:
        assert group["ok"] > 0
        assert group["ok"] == group["planned"]
        assert group["unregistered"] == 0


def test_registration_is_answered_for_as_many_as_there_are_places(tmp_path: Path) -> None:
    done = called(
        *("run", "udp10", "--no-save", "--format", "json", "--duration", "1s"),
        *("--set", f"servers.registry.port={free_port()}", "--set", "servers.registry.max_clients=7"),
    )
    result = result_of(done)
    (group,) = result["runs"][0]["groups"]
    assert group["unregistered"] == 3
    assert group["skipped"] == 30
    assert group["ok"] == 70
    assert result["verdict"]["status"] == "suspect"
    assert "Servidor cheio: limite de 7 clientes" in result["verdict"]["reasons"][0]
    (server,) = result["runs"][0]["servers"]
    assert server["clients_peak"] == 7


def test_text_clients_and_envelope_clients_share_one_server(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text(
        """\
duration: 500ms
servers:
  registry: {service: registry, transport: udp}
  upper: {service: upper, transport: tcp}
clients:
  - {name: texts, count: 3, server: registry, register: "aluno-{index}", format: text, arrivals: {every: 100ms}}
  - {name: envelopes, count: 3, server: registry, register: "aluno-{index}", arrivals: {every: 100ms}}
  - {name: tcp texts, count: 2, server: upper, format: text, payload: {text: "olá {seq}"}, arrivals: {every: 100ms}}
  - {name: tcp envelopes, count: 2, server: upper, window: 4, payload: {text: "olá {seq}"}}
"""
    )
    result = result_of(called("run", path, "--no-save", "--format", "json"))
    groups = {group["name"]: group for group in result["runs"][0]["groups"]}
    assert groups["texts"]["ok"] == groups["texts"]["planned"] == 15
    assert groups["envelopes"]["ok"] == groups["envelopes"]["planned"] == 15
    assert groups["tcp texts"]["ok"] == groups["tcp texts"]["planned"] == 10
    assert groups["tcp envelopes"]["ok"] == groups["tcp envelopes"]["planned"] > 0


def run_one(tmp_path: Path, server: str, group: str) -> dict[str, Any]:
    """One run of a second: the whole result."""
    path = tmp_path / "one.yaml"
    path.write_text(f"duration: 1s\nservers:\n  e: {{{server}}}\nclients:\n  - {{name: a, server: e, {group}}}\n")
    done = called("run", path, "--no-save", "--format", "json")
    assert done.returncode == 0, done.stderr
    return result_of(done)


def test_clients_that_a_full_server_turns_away_do_not_storm_it(tmp_path: Path) -> None:
    result = run_one(
        tmp_path,
        "service: echo, transport: tcp, max_clients: 1",
        "count: 2, format: text, arrivals: {rate: 20/s}, timeout: 300ms",
    )
    (server,), (group,) = result["runs"][0]["servers"], result["runs"][0]["groups"]
    assert 1 <= server["rejected"] < 50
    assert group["unregistered"] == 1
    assert "Servidor cheio: limite de 1 clientes" in result["verdict"]["reasons"][0]


def test_a_server_that_closes_on_much_that_is_still_being_sent(tmp_path: Path) -> None:
    result = run_one(
        tmp_path, "service: upper, transport: tcp, once: true", "count: 4, payload: {size: 60kB}, window: 200"
    )
    (group,) = result["runs"][0]["groups"]
    assert group["ok"] > 0
    assert group["failed"] > 0
    assert group["planned"] == sum(group[name] for name in OUTCOME_NAMES)
    assert result["verdict"]["status"] != "invalid"
