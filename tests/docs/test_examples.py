"""What the pages tell people to type is taken: each scenario is a good one, and each command line parses."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from sockbench.cli.main import COMMANDS, cli
from sockbench.errors import ScenarioError
from sockbench.scenario import builtin_names, load
from tests.docs.pages import PAGES, ROOT, blocks, name_of, prose

WHOLE = {"servers": {"echo": {"service": "echo", "transport": "udp"}}, "clients": [{"server": "echo"}]}
"""What a fragment of a scenario is a part of."""
STAND_INS = {"SHELL": "bash", "[SERVICE…]": "echo", "[SERVIÇO…]": "echo"}
"""What a placeholder on a page stands for, where not any word would do."""


def scenarios() -> list[Any]:
    return [
        pytest.param(text, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, (language, text) in enumerate(blocks(page.read_text(encoding="utf-8")))
        if language == "yaml"
    ]


@pytest.mark.parametrize("text", scenarios())
def test_a_scenario_is_good(text: str) -> None:
    tree = YAML(typ="safe", pure=True).load(text)
    if "clients" in tree:
        load("-", stdin=text.encode)
    else:
        load("-", stdin=lambda: _dumped({**WHOLE, **tree}))


def test_a_wrong_one_would_be_found() -> None:
    with pytest.raises(ScenarioError):
        load("-", stdin=lambda: _dumped({**WHOLE, "repaet": 5}))


def _dumped(tree: Any) -> bytes:
    return json.dumps(tree).encode()  # JSON is YAML


def typed(text: str) -> Iterator[str]:
    """The command lines on a page: in blocks, behind a prompt where there is one, and in the running text."""
    for language, block in blocks(text):
        for line in block.splitlines():
            shown = re.search(r"(?:^\$ |^\.venv/bin/|&& \.venv/bin/|^(?=sockbench ))(sockbench .*)", line)
            if shown is not None and (language == "sh" or line.startswith("$ ")):
                yield shown[1]
    for code in re.findall(r"`([^`\n]*)`", prose(text)):
        for part in re.split(r"; (?:do )?", code):
            if part.startswith("sockbench ") and not part.endswith("…"):
                yield part.replace("\\|", "|")


def lines() -> list[Any]:
    return [
        pytest.param(line, id=f"{name_of(page)}: {line}")
        for page in PAGES
        for line in dict.fromkeys(typed(page.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("line", lines())
def test_a_command_line_is_taken(line: str) -> None:
    _taken(line)


@pytest.mark.parametrize("line", ["sockbench report last --no-such-flag", "sockbench run a b", "sockbench rum"])
def test_a_wrong_line_would_be_found(line: str) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        _taken(line)


def _taken(line: str) -> None:
    """Wrong flags and values raise; nothing is run. A mention in the text may leave out what it is not about."""
    words = [word for word in _words(line) if word != "--help"]
    if words in (["sockbench"], ["sockbench", "COMMAND"]):
        return
    name, *arguments = words[1:]
    assert name in COMMANDS, f"no such command: {name}"
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    flags = {flag for parameter in command.params for flag in parameter.opts}
    if arguments and arguments[-1] in flags:
        arguments.pop()
    missing = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    for more in ([], *(["bash"] * number for number in range(1, 1 + len(missing)))):
        try:
            command.make_context(name, [*arguments, *more])
        except click.MissingParameter:
            continue
        return
    pytest.fail(f"what is missing in {line!r} is no argument")


def _words(line: str) -> Iterator[str]:
    """Up to what the shell would take for the end of the command."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    for word in lexer:
        if set(word) <= set("|&;<>()"):
            return
        yield STAND_INS.get(word, word)


@pytest.mark.parametrize("page", ["README.md", "README.pt-BR.md", "docs/commands.md"])
def test_every_command_is_told(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert {name for name in COMMANDS if f"`sockbench {name}" not in text} == set()


@pytest.mark.parametrize("page", ["docs/scenarios.md", "README.pt-BR.md"])
def test_every_scenario_is_told(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert {name for name in builtin_names() if not re.search(rf"^\| .*`{name}`.* \|", text, re.MULTILINE)} == set()


def test_the_pages_have_examples() -> None:
    assert len(scenarios()) >= 10
    assert len(lines()) > 50
