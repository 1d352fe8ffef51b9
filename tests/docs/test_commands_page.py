"""docs/commands.md has every flag of every command, in the words of its `--help`.

`SOCKBENCH_GOLDEN=write` writes the tables anew.
"""

from __future__ import annotations

import click
import pytest

from sockbench.cli.main import COMMANDS, cli
from sockbench.cli.numbers import Number
from tests.docs.pages import ROOT, assert_between_marks

PAGE = ROOT / "docs" / "commands.md"


def command_of(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def options_of(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def written(option: click.Option) -> str:
    """The flag and what follows it: `-o`, `--output FILE`."""
    *short, last = option.opts
    if not option.is_flag:
        kind = option.type
        words = (
            "|".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else (option.metavar or kind_of(kind))
        )
        last = f"{last} {words}"
    return ", ".join(f"`{part}`" for part in (*short, last))


def kind_of(kind: object) -> str:
    """A number with both its bounds, or a word."""
    if isinstance(kind, Number) and None not in (kind.min, kind.max):
        return f"{kind.min}..{kind.max}"
    return "NUMBER" if isinstance(kind, click.types.IntParamType) else "TEXT"


def told(option: click.Option) -> tuple[str, str]:
    """(default, what it does), as the help shows them; empty where there is none."""
    text, _, default = (option.help or "").partition(" [default: ")
    if isinstance(option.show_default, str):
        default = option.show_default
    elif option.show_default:
        default = str(option.default)
    default = default.rstrip("].")
    return default if " " in default or not default else f"`{default}`", text.rstrip(" .") + "."


def table(name: str) -> str:
    """The flags of one command, as Markdown."""
    rows = []
    for option in options_of(command_of(name)):
        environment = f"`{option.envvar}`" if option.envvar else ""
        default, text = told(option)
        cells = " | ".join(cell.replace("|", r"\|") for cell in (written(option), default, environment, text))
        rows.append(f"| {cells} |".replace("|  |", "| |").replace("|  |", "| |"))
    if not rows:
        return ""
    return "\n".join(["", "| flag | default | environment | |", "|---|---|---|---|", *rows, "", ""])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_flags_are_those_of_the_command(name: str) -> None:
    assert_between_marks(PAGE, f"flags of {name}", table(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_is_named(name: str) -> None:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {name}\n")
    section = rest.partition("\n## ")[0]
    options = options_of(command_of(name))
    assert [flag for option in options for flag in option.opts if f"`{flag}" not in section] == []
    assert [option.opts for option in options if not option.help] == [], "say what they do"
