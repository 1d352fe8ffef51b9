"""`run --live` at a pseudo-terminal: frames come in place, the terminal is given back; elsewhere there are lines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sockbench.cli.live_screen import ENTER, LEAVE, frame
from sockbench.cli.main import cli
from tests.cli.command import SMALL, saved_result, sockbench
from tests.cli.terminal import Terminal

TWO = (
    SMALL.replace("name: askers", 'name: "x\\e[2Jy"')
    + """\
  - {name: others, server: echo, arrivals: {rate: 50/s}, timeout: 500ms}
drain: 100ms
matrix: {length: [1s, 50s]}
seed: 1
thresholds: [lost < 1%]
"""
).replace("duration: 1s", 'duration: "${length}"')
_FRAME = re.compile(r"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.DOTALL)
_LINE = re.compile(r"\x1b\[(\d+);1H(.*?)\x1b\[K", re.DOTALL)
_STYLE = re.compile(r"\x1b\[\d+m")


def frames(screen: str) -> list[list[str]]:
    """The lines of each frame, without their styles."""
    found = []
    for drawn in _FRAME.findall(screen):
        lines = _LINE.findall(drawn)
        assert [int(row) for row, _ in lines] == list(range(1, len(lines) + 1))
        found.append([_STYLE.sub("", text) for _, text in lines])
    return found


def test_frames_in_place_until_ctrl_c_and_then_the_tables(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TWO)
    results = tmp_path / "results"
    flags = ("--live", "--workers", "2", "--results", str(results))
    terminal = Terminal("run", str(tmp_path / "s.yaml"), *flags, size=(100, 30))
    terminal.wait_for("run 1 of 2: length=1s")
    terminal.wait_for("verdict so far")
    terminal.resize(60, 20)
    terminal.wait_for("run 2 of 2: length=50s")
    terminal.wait_for("of 1 run before")
    terminal.wait_for("lost < 1%")  # from when on something is known
    terminal.type("\x03")
    terminal.wait_for(LEAVE)
    assert terminal.end() == 105
    before, _, rest = terminal.screen.partition(ENTER)
    drawn, _, after = rest.partition(LEAVE)
    assert before == ""
    assert (terminal.screen.count(ENTER), terminal.screen.count(LEAVE)) == (1, 1)
    assert drawn.count("\x1b[2J") == 2, "the whole screen is cleared for another size alone"
    assert "\n" not in drawn
    assert "\x1b" not in after
    assert "verdict: suspect" in after
    assert "the run was interrupted after" in after
    shown = frames(drawn)
    assert "".join(_FRAME.split(drawn)[::2]) == "^C", "nothing but the terminal itself draws between frames"
    assert all(line.isprintable() for lines in shown for line in lines)
    assert {max(map(len, lines)) <= 99 for lines in shown} == {True}
    assert max(map(len, shown[-1])) <= 59
    text = "\n".join("\n".join(lines) for lines in shown)
    assert re.search(r"^x\\x1b\[2Jy +\d+(\.\d)? .* [um]s", text, re.MULTILINE), text
    assert re.search(r"^all groups +\d", text, re.MULTILINE), text
    assert re.search("^[✓✗] lost < 1%", text, re.MULTILINE), text
    for run in saved_result(results)["runs"]:
        for group in run["groups"]:
            intervals = [one for one in run["intervals"] if one["group"] == group["name"]]
            assert sum(one["ok"] for one in intervals) == group["ok"] > 0
            assert all(one["start_s"] == int(one["start_s"]) for one in intervals), "halves are put together"
    assert re.search(r"measuring   \d s of 50 s   \d\d s left", text), text


@pytest.mark.parametrize(("no_colour", "drawn"), [("", "\x1b[31mx\x1b[0m y"), ("1", "x y")])
def test_no_color_leaves_the_text(monkeypatch: pytest.MonkeyPatch, no_colour: str, drawn: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    assert f"\x1b[1;1H{drawn}\x1b[K" in frame([(("x", "bad"), (" y", ""))])


def test_without_a_terminal_there_are_lines_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("duration: 1s", "duration: 300ms"))
    done = sockbench("run", tmp_path / "s.yaml", "--no-save", "--live", "--format", "json")
    sentence, first, *_ = done.stderr.splitlines()
    assert sentence == "sockbench: --live needs a terminal that can move its cursor: a line a second instead"
    assert re.match(r" *0\.[34] s  askers +\d", first)
    assert "\x1b" not in done.stderr
    assert done.returncode == 0


def test_a_terminal_that_moves_no_cursor_has_lines_too(tmp_path: Path) -> None:
    terminal = Terminal("run", str(tmp_path / "none.yaml"), "--live", size=(80, 24), TERM="dumb")
    assert terminal.end() == 104
    assert terminal.screen.startswith("sockbench: --live needs a terminal that can move its cursor")
    assert "\x1b" not in terminal.screen


@pytest.mark.parametrize(
    ("flags", "environment", "code", "words"),
    [
        (("--live", "--quiet"), {}, 2, "--live: it does not go with --quiet: leave one of them out"),
        ((), {"SOCKBENCH_LIVE": "1", "SOCKBENCH_INTERVALS": "1"}, 2, "--live: it does not go with --intervals"),
        (("--quiet",), {"SOCKBENCH_LIVE": "1"}, 104, ""),
        (("--live",), {"SOCKBENCH_QUIET": "1"}, 104, "--live needs a terminal"),
    ],
)
def test_a_flag_beats_the_environment_and_two_that_contradict_each_other_are_refused(
    tmp_path: Path, flags: tuple[str, ...], environment: dict[str, str], code: int, words: str
) -> None:
    done = CliRunner().invoke(cli, ["run", str(tmp_path / "none.yaml"), *flags], env=environment)
    assert done.exit_code == code
    assert words in done.output
    assert ("--live" in done.output) == bool(words)


def test_an_end_that_comes_by_surprise_gives_the_terminal_back() -> None:
    program = "from sockbench.cli import entry; entry.restore_at_end('back'); entry._heed(2, None)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (105, b"back")
