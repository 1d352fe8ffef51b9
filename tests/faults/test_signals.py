"""Signals to each of a run's processes. All runs are harmed at once, since it is the waiting that takes the time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import COMMAND, PATIENCE, Running, is_running, sockbench, wait_until
from tests.faults.scene import HEAVY, LONG, NEEDS_LINUX, SHORT, all_end, children_of, groups_of, role_of, saved

pytestmark = [NEEDS_LINUX, pytest.mark.xdist_group("signals")]

RELAYED = LONG.replace("transport: udp", "transport: udp, impair: {delay: 1ms}")
STOP = 2.0
"""Seconds."""


@dataclass
class Victim:
    """A run in a folder of its own, and what became of it."""

    folder: Path
    command: Running
    children: list[int] = field(default_factory=list)
    code: int = -1
    out: str = ""
    err: str = ""
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        """Of the conductor."""
        return self.command.process.pid

    def child(self, role: str) -> int:
        """One of its children."""
        return next(pid for pid in self.children if role_of(pid) == role)

    def wait_for_load(self) -> None:
        """There are samples."""
        samples = self.folder / "samples.csv"
        wait_until(lambda: samples.exists() and samples.read_bytes().count(b"\n") > 1)
        self.children = children_of(self.command)

    def end(self) -> None:
        """See what became of it."""
        self.out, self.err = self.command.end(expected=105)
        self.result = saved(self.folder)

    @property
    def reasons(self) -> str:
        """Of its verdict."""
        reasons: list[str] = self.result["verdict"]["reasons"]
        return "\n".join(reasons)


def start(stack: contextlib.ExitStack, folder: Path, *flags: str, scenario: str = LONG) -> Victim:
    """A run that goes on."""
    folder.mkdir()
    (folder / "s.yaml").write_text(scenario)
    files = ("--results", str(folder / "results"), "--samples", str(folder / "samples.csv"))
    words = [str(COMMAND), "run", str(folder / "s.yaml"), "-q", *files, *flags]
    process = stack.enter_context(
        subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    )
    stack.callback(process.kill)
    return Victim(folder, Running(process))


def stop(pids: list[int], seconds: float = STOP) -> None:
    """All of them at once, for so long, which is the harm."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def kill(pids: list[int]) -> None:
    """Those that should have ended long ago; a test that fails leaves none behind."""
    for pid in filter(is_running, pids):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Victim]]:
    """Each by what is done to it; all are over."""
    folder = tmp_path_factory.mktemp("victims")
    with contextlib.ExitStack() as stack:
        found = {
            "stopped": start(stack, folder / "a", "--workers", "2", scenario=RELAYED),
            "hung up": start(stack, folder / "b", "--workers", "2"),
            "orphaned": start(stack, folder / "c"),
        }
        for victim in found.values():
            victim.wait_for_load()
            stack.callback(kill, victim.children)
        stopped, hung_up, orphaned = found.values()
        for pid in hung_up.children:
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGHUP)
        for pid in orphaned.children:
            os.kill(pid, signal.SIGSTOP)
        orphaned.command.process.kill()
        os.kill(hung_up.child("worker"), signal.SIGKILL)
        stop([stopped.child("worker"), stopped.child("servers"), stopped.child("relays"), stopped.pid])
        os.kill(stopped.pid, signal.SIGINT)
        os.kill(hung_up.pid, signal.SIGHUP)
        os.kill(hung_up.pid, signal.SIGHUP)
        for victim in (stopped, hung_up):
            victim.end()
        orphaned.command.process.communicate(timeout=PATIENCE)
        assert all_end(orphaned.children)
        yield found


def test_each_is_saved_and_no_process_is_left(victims: dict[str, Victim]) -> None:
    for name, victim in victims.items():
        if name == "orphaned":
            continue
        assert victim.err == ""
        assert victim.result["interrupted"] is True
        assert len(victim.children) >= 2
        assert not any(map(is_running, victim.children))


def test_processes_that_were_stopped_are_told_and_cost_no_request(victims: dict[str, Victim]) -> None:
    """A worker, the server, the relay and the conductor, which takes no times; another worker goes on, and sees it."""
    victim = victims["stopped"]
    for kind in ("a client", "the server", "the relay"):
        assert f"{kind} process stood still for " in victim.reasons
    assert victim.result["verdict"]["status"] == "suspect"
    (group,) = groups_of(victim.result)
    assert group["ok"] + group["unfinished"] == group["planned"] >= 200 * STOP
    assert STOP - 0.5 < group["lag"]["max_s"] < 5
    assert STOP - 0.5 < group["rtt"]["max_s"] < 5


def test_one_of_two_workers_dies_and_the_other_goes_on(victims: dict[str, Victim]) -> None:
    victim = victims["hung up"]
    assert victim.result["verdict"]["status"] == "invalid"
    assert "a client process died (killed by SIGKILL)" in victim.reasons
    assert victim.result["runs"][0]["elapsed_s"] > STOP
    (group,) = groups_of(victim.result)
    assert group["clients"] == 2
    assert group["ok"] + group["unfinished"] == group["planned"] > 0


def test_a_hang_up_is_an_interrupt_however_often_it_comes(victims: dict[str, Victim]) -> None:
    """A closing terminal's shell sends another. A supervisor sends its signals to the children, too; they wait."""
    victim = victims["hung up"]
    assert "the run was interrupted after" in victim.reasons
    assert victim.reasons.count("died") == 1  # of the one that was killed
    assert "askers" in victim.out


@HEAVY
@pytest.mark.parametrize("driver", ["lanes", "tasks"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("worker", "a client"),
        ("servers", "the server"),
        ("relays", "the relay"),
        ("", ""),
    ],
)
def test_one_process_of_a_closed_load_is_stopped(
    tmp_path: Path, driver: str, transport: str, role: str, words: str
) -> None:
    """Of a closed load no lag tells that its worker was stopped: it asked for nothing meanwhile."""
    scenario = RELAYED.replace("arrivals: {rate: 200/s}", "think: 5ms").replace("udp", transport)
    with contextlib.ExitStack() as stack:
        victim = start(stack, tmp_path / "a", "--driver", driver, scenario=scenario)
        victim.wait_for_load()
        stop([victim.child(role) if role else victim.pid])
        os.kill(victim.pid, signal.SIGINT)
        victim.end()
    still = [line for line in victim.reasons.splitlines() if "stood still" in line]
    assert len(still) == bool(role)
    assert all(line.startswith(f"{words} process stood still for ") for line in still)
    (group,) = groups_of(victim.result)
    assert group["ok"] + group["unfinished"] == group["planned"] > 0
    if role:
        assert STOP - 0.5 < group["rtt"]["max_s"] < 5


def test_a_killed_conductor_takes_a_stopped_child_with_it(victims: dict[str, Victim]) -> None:
    """A stopped process hears nothing, so no leash: it is the kernel that ends it. Nothing is half saved."""
    victim = victims["orphaned"]
    assert victim.command.process.returncode == -signal.SIGKILL
    assert len(victim.children) == 2
    assert {path.name for path in victim.folder.iterdir()} == {"s.yaml", "samples.csv"}


@HEAVY
def test_a_conductor_that_was_stopped_for_longer_than_it_waits_for_anybody(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        victim = start(stack, tmp_path / "a", scenario=SHORT.replace("300ms", "2s"))
        victim.wait_for_load()
        os.kill(victim.pid, signal.SIGSTOP)
        time.sleep(10)
        os.kill(victim.pid, signal.SIGCONT)
        _, err = victim.command.end(expected=0)
    assert err == ""
    result = saved(tmp_path / "a")
    assert result["verdict"]["status"] != "invalid"
    (group,) = groups_of(result)
    assert group["ok"] == group["planned"] == 400


COUNTED = """
import os, sys
from sockbench.cli import listening, main
turn = listening._Listener.turn
def counted(listener, now):
    print(len(os.listdir("/proc/self/fd")), file=sys.stderr)
    turn(listener, now)
listening._Listener.turn = counted
sys.exit(main.run())
"""
"""The command, which says how many descriptors it has open when a run begins."""


@pytest.mark.parametrize("runs", [3, pytest.param(20, marks=HEAVY)])
def test_each_run_of_many_gives_back_what_it_opened(tmp_path: Path, runs: int) -> None:
    """Before the first one there are spare children, too."""
    (tmp_path / "s.yaml").write_text(SHORT.replace("300ms", "50ms").replace("transport: udp", "transport: tcp"))
    done = sockbench(
        *("run", tmp_path / "s.yaml", "--no-save", "-q", "--repeat", str(runs)),
        command=(sys.executable, "-c", COUNTED),
    )
    assert done.returncode == 0, done.stderr
    counts = [int(line) for line in done.stderr.splitlines()]
    assert len(counts) == runs
    assert len(set(counts[1:])) == 1, counts
