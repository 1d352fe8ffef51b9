"""`token:` in a scenario: whose it is, what goes with it, and that no mistake quotes one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sockbench.errors import ScenarioError
from sockbench.model.plan import Plan
from sockbench.model.secret import LONGEST, NOT_KEPT, SHORTEST, Secret
from sockbench.scenario import Override, load
from sockbench.scenario.tokens import parse_token
from sockbench.store.decode import decode
from sockbench.store.folder import dumps
from sockbench.wire import FORMATS, overhead_of
from tests.report.samples import RESULT
from tests.scenario.helpers import mistakes, plan

SECRET = "s3cr3t-of-the-lab"
OTHER = "an0ther-of-the-lab"


def servers(more: str = "", transport: str = "udp") -> str:
    own = f"{{service: echo, transport: {transport}{more}}}"
    return f"servers:\n  s: {own}\n  open: {{service: echo, transport: udp}}\n"


def of(group: str, more: str = f", token: {SECRET}") -> Plan:
    return plan(f"{servers(more)}clients:\n  - {group}\n")


@pytest.mark.parametrize(
    ("group", "token", "format_"),
    [
        ("{server: s}", SECRET, "envelope"),
        (f"{{server: s, token: {OTHER}}}", OTHER, "envelope"),
        ("{server: open}", None, "envelope"),
        (f'{{target: "udp://h:1", token: {OTHER}}}', OTHER, "envelope"),
        ('{target: "udp://h:1"}', None, "text"),
    ],
)
def test_whose_token_a_group_proves(group: str, token: str | None, format_: str) -> None:
    (found,) = of(group).groups
    assert found.token == (None if token is None else Secret(token))
    assert found.format == format_
    assert of(group).server("s").token == Secret(SECRET)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("short", f"1:53: servers.s.token: has 5 characters: write {SHORTEST} to {LONGEST}, best of all random ones"),
        ("1234567890", "1:53: servers.s.token: is not text: write it in quotes"),
        ("[abcdefghijk]", "1:53: servers.s.token: is not text: write it in quotes"),
        ("", "1:46: servers.s.token: has no value: write one"),
        ('"secret ${of} mine"', '1:53: servers.s.token: a token has no "${" in it, since reports show the values of a '
         "matrix: write it out, or name its @FILE"),
        ('"secret ${of"', '1:53: servers.s.token: a token has no "${" in it, since reports show the values of a '
         "matrix: write it out, or name its @FILE"),
        ('"@none.txt"', '1:53: servers.s.token: there is no file "none.txt"; the file of a token is looked for beside '
         "the scenario"),
    ],
)  # fmt: skip
def test_what_is_no_token(text: str, words: str) -> None:
    found = mistakes(f"servers: {{s: {{service: echo, transport: udp, token: {text}}}}}\nclients: [{{server: s}}]\n")
    assert found == [words]


GROUPS = [
    ("{server: s, format: text}", 'clients[0].format: the token of the server "s" is proven in envelopes only: '
     "write format: envelope"),
    (f'{{target: "udp://h:1", format: line, token: {OTHER}}}', 'clients[0].format: "token" is proven in envelopes '
     "only: write format: envelope"),
    (f"{{server: open, token: {OTHER}}}", 'clients[0]: the server "open" has no token: give it this one, or leave it '
     "out"),
    ("{server: s, payload: {size: 65448B}}", "clients[0].payload.size: a message of 65448 bytes is too long, a "
     "datagram has room for 65411: send less"),
]  # fmt: skip


@pytest.mark.parametrize(("group", "words"), GROUPS)
def test_what_does_not_go_with_a_token(group: str, words: str) -> None:
    found = mistakes(f"{servers(f', token: {SECRET}')}clients:\n  - {group}\n")
    assert [mistake.split(": ", 1)[1] for mistake in found] == [words]


def test_a_server_that_speaks_first_has_no_token() -> None:
    found = mistakes(f"{servers(f', banner: true, token: {SECRET}', 'tcp')}clients: [{{server: s}}]\n")
    assert found == ['2:38: servers.s: "banner" speaks before anybody has proven a token: leave one of them out']


@pytest.mark.parametrize(
    "setting", [f"clients.0.token={SECRET}", f"servers.s.token.x={SECRET}", "servers.s.token={a: b}"]
)
def test_no_mistake_quotes_a_token(setting: str) -> None:
    """What `--set` itself is shown as, the command line decides."""
    text = f"{servers(f', token: {SECRET}')}tokn: {OTHER}\ntoken: {OTHER}\nclients: [{{server: open, format: text}}]\n"
    path, _, value = setting.partition("=")
    with pytest.raises(ScenarioError) as error:
        load("-", [Override(path, value, "--set ...")], text.encode)
    assert SECRET not in str(error.value)
    assert OTHER not in str(error.value)


def test_the_room_of_a_datagram_is_what_the_wire_takes() -> None:
    assert 65_507 - overhead_of("envelope", has_token=True) == 65_411
    assert overhead_of("envelope", has_token=False) == FORMATS["envelope"].overhead
    assert of("{server: s, payload: {size: 65411B}}")


def test_a_file_holds_a_token(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(f"{SECRET}\n")
    (tmp_path / "s.yaml").write_text(servers(', token: "@t.txt"') + "clients: [{server: s}]\n")
    (group,) = load(str(tmp_path / "s.yaml")).plan.groups
    assert group.token == Secret(SECRET)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "nothing in it"),
        (b"\n", "nothing in it"),
        (b"seven77\n", "7 characters"),
        (b"x" * 1025, "1025 characters"),
        (b"x" * 5000, "larger than"),
        (b"\xff" * 20, "not UTF-8"),
        (b"@another.txt", 'begins with "@"'),
    ],
)
def test_a_file_that_holds_none(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(data)
    with pytest.raises(ValueError, match=words):
        parse_token("@t.txt", tmp_path)


@pytest.mark.parametrize("size", [SHORTEST, LONGEST])
def test_the_edges_of_a_token(size: int, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"x" * size + b"\r\n")
    assert parse_token("@t.txt", tmp_path) == parse_token("x" * size, tmp_path) == Secret("x" * size)


def test_a_token_for_the_targets_that_have_none() -> None:
    text = (
        f"{servers()}clients:\n"
        f'  - {{target: "udp://h:1"}}\n  - {{target: "udp://h:1", token: {OTHER}}}\n'
        '  - {target: "udp://h:1", format: text}\n  - {server: open}\n'
    )
    groups = load("-", stdin=text.encode, token=SECRET).plan.groups
    assert [group.token and group.token.text for group in groups] == [SECRET, OTHER, None, None]
    assert [group.format for group in groups] == ["envelope", "envelope", "text", "envelope"]


def test_a_result_keeps_that_there_was_a_token_and_nothing_else() -> None:
    saved = of("{server: s}")
    text = dumps(replace(RESULT, scenario=saved, variants=()))
    assert SECRET not in text
    read = decode(json.loads(text)).scenario
    assert read.groups[0].token == read.server("s").token == NOT_KEPT
    assert read.server("open").token is None
