"""Every command's `--help` ends with examples, and each of them is one that the command line takes."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from sockbench.cli.main import COMMANDS, cli
from tests.cli.here import called


def command_of(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def examples_of(command: click.Command) -> list[str]:
    """The lines of its epilog that are commands."""
    head, title, *lines = (command.epilog or "").split("\n")
    assert (head, title) == ("\b", "Examples:")
    assert all(line.startswith("  sockbench ") for line in lines)
    return [line.strip() for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_taken(name: str) -> None:
    examples = examples_of(command_of(name))
    assert examples
    for example in examples:
        _, called, *arguments = shlex.split(re.sub(r" > [^ ']+$", "", example))
        assert called == name
        command_of(called).make_context(called, arguments)  # wrong flags and values raise


@pytest.mark.parametrize("example", ["--no-such-flag", "--format=tabel", ""])
def test_a_wrong_example_would_be_found(example: str) -> None:
    with pytest.raises(click.UsageError):
        command_of("report").make_context("report", ["last", *([example] if example else ["one", "two"])])


def test_help_shows_them() -> None:
    for name in ("run", "report"):
        shown = called(name, "--help").stdout
        for example in examples_of(command_of(name)):
            assert f"\n    {example}\n" in shown
    shown = called("--help").stdout
    assert "\n  Examples:\n    sockbench run udp10\n" in shown
    for example in examples_of(cli):
        assert shlex.split(example)[1] in COMMANDS
