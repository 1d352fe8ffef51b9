"""The progress line of `run`: on a terminal only, never in what is piped."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import SMALL
from tests.cli.terminal import Terminal


def test_a_progress_line_at_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        SMALL.replace("duration: 1s", "duration: 3s").replace("name: small", "name: '[red]x'")
    )
    terminal = Terminal("run", str(tmp_path / "s.yaml"), "--no-save")
    terminal.wait_for("[red]x: measuring")
    terminal.wait_for(" of 3 s")
    terminal.wait_for(" ok")
    terminal.wait_for("verdict:")
    assert terminal.end() == 0


def test_quiet_draws_none(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL)
    terminal = Terminal("run", str(tmp_path / "s.yaml"), "--no-save", "--quiet")
    terminal.wait_for("verdict:")
    assert terminal.end() == 0
    assert "measuring" not in terminal.screen


def test_of_several_runs_it_says_which(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("udp", '"${over}"') + "matrix: {over: [udp, tcp]}\nseed: 1\n")
    terminal = Terminal("run", str(tmp_path / "s.yaml"), "--no-save")
    terminal.wait_for("small: run 1 of 2: over=udp, measuring")
    terminal.wait_for("small: run 2 of 2: over=tcp, ")
    terminal.wait_for("verdict:")
    assert terminal.end() == 0
