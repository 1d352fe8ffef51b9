"""What is saved and printed as JSON: it says what it was given, and no character of it commands a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sockbench.cli.main import cli
from sockbench.store import save
from sockbench.store.json_text import json_text
from tests.report.samples import RESULT


@given(st.text(), st.text())
def test_it_says_what_it_was_given_and_shows_no_character_that_does_something(key: str, text: str) -> None:
    written = json_text({key: [text]})
    assert json.loads(written) == {key: [text]}
    assert all(char.isprintable() for char in written if char != "\n")


def test_what_can_be_read_stays_readable() -> None:
    assert json_text("Olá 漢字 é") == '"Olá 漢字 é"'
    assert json_text("\x1b\x7f\x9b\u202e\U000e0001\udc80") == r'"\u001b\u007f\u009b\u202e\udb40\udc01\udc80"'
    with pytest.raises(ValueError, match="JSON"):
        json_text(float("nan"))


def test_no_command_prints_or_saves_one(tmp_path: Path) -> None:
    folder = save(replace(RESULT, name="a\x9b2J\u202e", started="2026-11-21T00:00:00+00:00"), [], tmp_path)
    assert "\x9b" not in (folder / "result.json").read_text(encoding="utf-8")
    for command in (("report", folder), ("compare", folder, folder), ("history", "--results", tmp_path)):
        done = CliRunner().invoke(cli, [*map(str, command), "--format", "json"])
        assert done.exit_code == 0, done.output
        assert all(char.isprintable() for char in done.output if char != "\n")
        json.loads(done.output)
