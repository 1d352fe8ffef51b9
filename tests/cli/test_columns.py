"""How wide a page is: as the terminal that it is printed on, and as usual everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import COMMAND
from tests.cli.here import called
from tests.cli.terminal import Terminal


@pytest.mark.parametrize("columns", [50, 80, 120, 200])
def test_a_page_is_no_wider_than_its_terminal(columns: int) -> None:
    terminal = Terminal("check", "rush-hour", size=(columns, 24))
    assert terminal.end() == 0
    widest = max(map(len, terminal.screen.split("\n")))
    assert min(columns, 120) - 30 < widest <= min(columns, 120)


def test_what_is_kept_is_as_wide_as_ever(tmp_path: Path) -> None:
    wide = called("check", "rush-hour").stdout
    terminal = Terminal("-c", f"'{COMMAND}' check rush-hour > '{tmp_path}/plan'", command=["sh"], size=(50, 24))
    assert terminal.end() == 0
    assert (tmp_path / "plan").read_text() == wide
