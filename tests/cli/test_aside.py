"""The words of children while a screen is drawn: told when it is gone, and bounded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sockbench.cli.aside import KEPT, aside


def write(descriptor: int | None, program: str) -> None:
    subprocess.run([sys.executable, "-c", f"import sys; {program}"], stderr=descriptor, check=True)


def test_last_words_are_told_after_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    with aside(True) as descriptor:
        write(descriptor, "sys.stderr.write('one\\n')")
        write(descriptor, "sys.stderr.write('two\\n')")
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == "one\ntwo\n"


def test_of_many_words_the_last_are_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with aside(True) as descriptor:
        write(descriptor, "sys.stderr.write(''.join(f'line {n}\\n' for n in range(100_000)))")
    told = capfd.readouterr().err
    assert told.startswith("…\nline ")
    assert told.endswith("line 99999\n")
    assert KEPT - 20 < len(told) <= KEPT + 2


def test_without_a_screen_children_have_the_standard_error_of_the_command() -> None:
    with aside(False) as descriptor:
        assert descriptor is None
