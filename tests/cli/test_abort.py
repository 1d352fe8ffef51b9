"""A threshold that ends a hopeless run: real runs against a link that loses everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import result_of, saved_result, sockbench
from tests.cli.here import called

HOPELESS = """\
name: hopeless
duration: 50s
servers: {echo: {service: echo, transport: udp, impair: {loss: 100%}}}
clients:
  - {name: askers, count: 2, server: echo, arrivals: {rate: 100/s}, timeout: 100ms}
thresholds:
  - {expression: "lost < 1%", abort: true, grace: 1s}
"""


@pytest.fixture
def hopeless(tmp_path: Path) -> Path:
    path = tmp_path / "hopeless.yaml"
    path.write_text(HOPELESS)
    return path


def test_a_hopeless_run_is_ended_saved_and_marked(tmp_path: Path, hopeless: Path) -> None:
    done = sockbench("run", hopeless, "--results", tmp_path / "r")
    assert done.returncode == 99, done.stderr
    result = saved_result(tmp_path / "r")
    (run,), (held,) = result["runs"], result["thresholds"]
    assert not result["interrupted"]
    assert run["aborted_by"] == "lost < 1%"
    assert 1.0 <= run["elapsed_s"] < 45.0  # it would take 50
    (group,) = run["groups"]
    assert group["planned"] == group["lost"] + group["unfinished"] > 0
    assert (held["ok"], held["abort_after_s"]) == (False, 1.0)
    assert held["margin"] == pytest.approx(0.01 - held["actual"])
    assert any('the threshold "lost < 1%" ended the run after' in why for why in result["verdict"]["reasons"])
    assert "ended by a threshold after" in done.stdout
    assert "it ended the run after" in done.stdout


def test_the_runs_that_were_still_to_come_are_not_made(hopeless: Path) -> None:
    done = called("run", hopeless, "--no-save", "--repeat", "3", "--format", "json")
    assert done.returncode == 99, done.stderr
    result = result_of(done)
    assert [run["aborted_by"] for run in result["runs"]] == ["lost < 1%"]
    assert any("2 runs were not made" in why for why in result["verdict"]["reasons"])


def test_a_run_that_keeps_it_goes_on_to_its_end(hopeless: Path) -> None:
    flags = ("--set", "servers.echo.impair={loss: 0%}", "--set", "clients.0.timeout=5s", "--duration", "2500ms")
    done = called("run", hopeless, "--no-save", "--format", "json", *flags)
    assert done.returncode == 0, done.stdout
    (run,) = result_of(done)["runs"]
    assert (run["aborted_by"], run["groups"][0]["planned"]) == (None, 250)
