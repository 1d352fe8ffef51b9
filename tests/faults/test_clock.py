"""The wall clock is set while a run goes on, as far as the command can see. No figure comes from that clock."""

from __future__ import annotations

import ast
import json
import shutil
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import sockbench
from tests.cli.command import sockbench as command_to_its_end
from tests.faults.scene import SHORT, groups_of, saved, under_way

HOUR = 3600


class WallClock:
    """The wall clock of a command, which the test may set; the machine's own is left alone."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if sys.platform != "linux" or compiler is None:
            pytest.skip("a library that moves a command's wall clock is compiled for it: needs Linux and cc")
        library = folder / "wall_clock.so"
        source = Path(__file__).with_name("wall_clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self._file = folder / "offset"
        self.set_by(0)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK_OFFSET": str(self._file)}

    def set_by(self, seconds: float) -> None:
        """From now on it is so far ahead; a file that is mapped changes under who reads it."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", round(seconds * 1e9)))


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    (tmp_path / "clock").mkdir()
    return WallClock(tmp_path / "clock")


def test_the_wall_clock_is_set_back_during_a_run(
    wall_clock: WallClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in wall_clock.environment.items():
        monkeypatch.setenv(name, value)
    stamped = "{name: stamped, count: 1, server: echo, arrivals: {rate: 100/s}, timeout: 5s, timestamps: kernel}"
    scenario = SHORT.replace("300ms", "500ms") + f"  - {stamped}\n"
    began = datetime.now(UTC)
    with under_way(tmp_path, scenario) as command:
        wall_clock.set_by(-HOUR)
        command.end(expected=0)
    result = saved(tmp_path)
    started = datetime.fromisoformat(result["started"])
    assert abs(started - began) < timedelta(minutes=10)
    step = result["environment"]["clock_step_s"]
    assert abs(step + HOUR) < 60
    (reason,) = (text for text in result["verdict"]["reasons"] if "the wall clock moved by" in text)
    assert "RTTs are unaffected, since the monotonic clock times them" in reason
    askers, kernel = groups_of(result)
    assert (askers["planned"], askers["ok"]) == (100, 100)
    assert (kernel["planned"], kernel["ok"]) == (50, 50)
    for times in (askers["rtt"], askers["response"], askers["lag"], kernel["kernel_rtt"]):
        assert 0 <= times["min_s"] <= times["max_s"] < 60  # an hour would be nobody's figure
    assert result["runs"][0]["elapsed_s"] < 60

    # Another run, before 1970. By the clock of who lists them, the first one is from the future.
    wall_clock.set_by(-60 * 366 * 24 * HOUR)
    results = tmp_path / "results"
    done = command_to_its_end("run", tmp_path / "s.yaml", "--duration", "50ms", "--results", results)
    assert done.returncode == 0, done.stderr
    newest, oldest = sorted((path.name for path in results.iterdir()), reverse=True)
    assert oldest < "1970" < f"{began:%Y}" <= newest
    wall_clock.set_by(-2 * HOUR)
    listed = command_to_its_end("history", "--results", results, "--format", "json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [row["name"] for row in json.loads(listed.stdout)] == ["short", "short"]
    assert listed.stdout.index(newest) < listed.stdout.index(oldest)


ALLOWED = {
    "cli/exposure.py": {"datetime.now"},  # as in cli/serve_screen.py
    "cli/history_command.py": {"datetime.now"},  # what `--since 7d` counts from
    "cli/serve_screen.py": {"datetime.now"},  # the time of day of a line of the log
    "net/build.py": {"time.time_ns"},  # the stamp in a proof of the token, which is held against other machines
    "net/proven.py": {"time.time_ns"},  # and who judges it
    "run/calibrate.py": {"datetime.now"},  # when a floor was measured
    "run/experiment.py": {"datetime.now"},  # when a result was begun
    "run/send.py": {"time.time_ns"},  # as in net/build.py
    "run/machine.py": {"time.time"},  # to be held against the monotonic clock
}
"""Who may ask for the wall clock, and what for. None of them measures with it."""


def test_nothing_is_measured_by_the_wall_clock() -> None:
    house = Path(sockbench.__file__).parent
    found: dict[str, set[str]] = {}
    for path in house.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                name = ".".join(ast.unparse(node).split(".")[-2:])
                if name in ("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "time.CLOCK_REALTIME"):
                    found.setdefault(path.relative_to(house).as_posix(), set()).add(name)
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                assert not {alias.name for alias in node.names} & {"time", "time_ns", "clock_gettime"}, path
    assert found == ALLOWED
