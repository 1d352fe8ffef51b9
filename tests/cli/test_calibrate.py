"""`sockbench calibrate`, and what `run` makes of it: real processes, real files."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import SMALL, is_running, result_of, running, saved_result, sockbench, wait_until
from tests.cli.here import called
from tests.cli.terminal import Terminal

HINT = "run `sockbench calibrate` to see the RTT beside this machine's own floor"
SHORT = SMALL.replace("duration: 1s", "duration: 300ms")
HURRIED = """\
from sockbench.run import calibrate
calibrate.WARMUP, calibrate.ROUND_TRIPS, calibrate.LATENESS = 5_000_000, 20_000_000, 100_000_000
from sockbench.cli.entry import main
main()
"""
BRIEF = (sys.executable, "-P", "-c", HURRIED)
"""The command where it measures for a tenth of the time, for what does not depend on how long it does."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT)
    return path


def test_the_floor_is_kept_and_stands_beside_the_rtts_of_a_run(small: Path, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    done = sockbench("calibrate", "--format", "json", SOCKBENCH_CACHE=str(cache))
    assert done.returncode == 0
    assert done.stderr == ""
    file = cache / "calibration.json"
    assert done.stdout == file.read_text()
    floor: dict[str, Any] = json.loads(done.stdout)
    for name in ("udp", "tcp", "trio_lateness"):
        assert 0 <= floor[name]["min_s"] <= floor[name]["p50_s"] <= floor[name]["max_s"]
    assert floor["record_many_s"] > 0
    assert floor["clock_read_s"] > 0

    done = sockbench("run", small, "--results", tmp_path / "results", "--cache", cache)
    assert done.stderr == ""
    del floor["schema"]
    assert saved_result(tmp_path / "results")["environment"]["calibration"] == floor
    assert f"this machine's own floor, UDP: RTT p50 {floor['udp']['p50_s'] * 1e6:.0f} us" in done.stdout
    assert f"(sockbench calibrate, {floor['measured'][:10]}); askers' p50 is " in done.stdout

    file.write_text(json.dumps({"schema": 1, **floor, "kernel": "CP/M 2.2"}))
    done = sockbench("run", small, "--no-save", "--cache", cache, "-q")
    assert done.returncode == 0
    assert done.stderr.startswith(
        f"sockbench: the floor in '{file}' is not used: its kernel is CP/M 2.2, and here it is "
    )
    assert done.stderr.endswith("; run `sockbench calibrate` to measure it anew\n")
    assert done.stderr.count("\n") == 1
    assert "own floor" not in done.stdout


def test_a_damaged_floor_is_a_sentence_and_none(small: Path, tmp_path: Path) -> None:
    """All that it may hold is in tests/store/test_calibration.py."""
    (tmp_path / "calibration.json").write_bytes(b"\x00\xff")
    done = called("run", small, "--no-save", "--format", "json", "--cache", tmp_path)
    assert done.returncode == 0
    assert result_of(done)["environment"]["calibration"] is None
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"sockbench: the floor in '{tmp_path / 'calibration.json'}' is not used: ")


def test_at_a_terminal_it_says_what_it_measures() -> None:
    terminal = Terminal("calibrate", "--no-save", command=BRIEF)
    terminal.wait_for("calibrate: round trips, 1 of 4")
    terminal.wait_for("calibrate: what the accounting costs")
    terminal.wait_for("RTT, UDP")
    terminal.wait_for("woken late, tasks")
    assert terminal.end() == 0
    assert "saved" not in terminal.screen


def test_at_a_terminal_an_interrupt_is_said_in_place_of_the_progress_line() -> None:
    terminal = Terminal("calibrate", "--no-save")
    terminal.wait_for("calibrate: round trips, 1 of 4")
    terminal.interrupt()
    assert terminal.end() == 105
    assert terminal.screen.endswith("\r\x1b[Ksockbench: interrupted: nothing was measured\n")


@pytest.mark.parametrize(("flags", "times"), [((), 1), (("-q",), 0)])
def test_a_person_is_told_how_to_measure_it(small: Path, flags: tuple[str, ...], times: int) -> None:
    terminal = Terminal("run", str(small), "--no-save", *flags)
    assert terminal.end() == 0
    assert terminal.screen.count(HINT) == times


def test_nobody_is_told_where_it_would_be_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SHORT.replace("transport: udp", "transport: udp, impair: {delay: 1ms}"))
    terminal = Terminal("run", str(tmp_path / "s.yaml"), "--no-save")
    assert terminal.end() == 0
    assert HINT not in terminal.screen


def test_where_it_cannot_be_kept_nothing_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for cache, why in (("file", "file exists"), ("file/deep/cache", "not a directory")):
        done = sockbench("calibrate", "--cache", tmp_path / cache)
        assert (done.returncode, done.stdout) == (106, "")
        assert done.stderr == (
            f"sockbench: the floor cannot be saved in '{tmp_path / cache}': {why}; choose another with --cache DIR\n"
        )


def test_what_can_no_longer_be_kept_is_printed(tmp_path: Path) -> None:
    """Its folder is there at first, and gone when all is measured."""
    with running("calibrate", "--cache", tmp_path / "cache") as command:
        wait_until(lambda: len(children_of(command.process.pid)) == 2)
        (tmp_path / "cache").write_text("")
        out, err = command.end(expected=106)
    assert out.startswith("this machine's own floor, ")
    assert max(map(len, out.splitlines())) <= 120
    assert err.startswith(f"sockbench: the floor cannot be saved in '{tmp_path / 'cache'}': file exists; choose ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 105), (signal.SIGTERM, 105), (signal.SIGKILL, -9)])
def test_whatever_ends_it_nothing_is_kept_and_no_child_is_left(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with running("calibrate", "--cache", tmp_path / "cache") as command:
        children: list[int] = []

        def has_both() -> bool:
            children[:] = children_of(command.process.pid)
            return len(children) == 2

        wait_until(has_both)
        command.process.send_signal(number)
        said = "" if code < 0 else "sockbench: interrupted: nothing was measured\n"
        assert command.end(code) == ("", said)
        wait_until(lambda: not any(map(is_running, children)))
    assert not (tmp_path / "cache").exists()


def children_of(pid: int) -> list[int]:
    """Those of its children that echo."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"sockbench.run.floor_process" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found
