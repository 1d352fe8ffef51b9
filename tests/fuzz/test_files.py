"""Scenario files that ask for much: no work beyond what their size explains, and a sentence where it is too much."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sockbench.errors import ScenarioError
from sockbench.scenario import load
from tests.fuzz.work import calls_of
from tests.scenario.helpers import mistakes

GROUP = "clients: [{target: 'udp://h:1'}]\n"
COUNTED = "clients: [{target: 'udp://h:1', count: '${a}'}]\n"


def flow(count: int, item: str) -> str:
    """So many items of a list or a mapping; `#` in one is its number."""
    return ", ".join(item.replace("#", str(number)) for number in range(count))


GROWING: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda n: f"clients: [{{{flow(n, 'k#: 1')}}}]\n",
    "keys twice": lambda n: "a: 1\n" * n,
    "keys of the matrix": lambda n: f"matrix: {{{flow(n, 'k#: [1]')}}}\nexclude: [{{{flow(n, 'x#: 1')}}}]\n" + GROUP,
    "values left out": lambda n: f"matrix: {{a: [{flow(n, '1#')}]}}\nexclude: [{flow(n, '{a: w#}')}]\n" + COUNTED,
    "servers": lambda n: (
        f"servers: {{{flow(n, 's#: {service: echo, transport: udp}')}}}\nclients: [{flow(n, '{server: x#}')}]\n"
    ),
    "groups with stages": lambda n: (
        "clients: ["
        + flow(n, "{target: 'udp://h:1', stop: 1s, arrivals: {stages: [{duration: 1s, rate: 1/s}]}}")
        + "]\n"
    ),
    "thresholds": lambda n: (
        f"clients: [{flow(n, '{target: `udp://h:1`, name: n#}')}]\n".replace("`", "'")
        + f"thresholds: [{flow(n, 'm#.rtt.p99 < 1ms')}]\n"
    ),
    "choices": lambda n: f"clients: [{{target: 'udp://h:1', payload: {{choice: [{flow(n, 'a#')}]}}}}]\n",
    "placeholders": lambda n: "clients: [{target: 'udp://h:1', payload: {text: '" + "{x}" * n + "'}}]\n",
    "comments": lambda n: "#\n" * n,
    "lines in quotes": lambda n: "'" + "a\n" * n + "'",
    "blocks": lambda n: "a: |\n" + " a\n" * n,
    "anchors": lambda n: "[" + flow(n, "&a# 1, *a#") + "]",
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_file_is_at_most_twice_the_work(name: str) -> None:
    text = GROWING[name]
    mistakes(text(3))  # what is made once is made now
    few = calls_of(lambda: mistakes(text(60)))
    assert calls_of(lambda: mistakes(text(120))) < 2.3 * few


BOUNDED = [
    ("a" * 10_000_000, "it is larger than 1048576 bytes: write a smaller scenario"),
    ("".join(f"k{number}: 1\n" for number in range(100_000))[: 2**20], "more than 10000 values, aliases included"),
    ("&" + "a" * 1000 + " !" + "b" * 2000 + " c", "a tag is too long, and a scenario has none"),
    ("x: &t '" + "a" * 100_000 + "'\ny: [" + "*t, " * 20 + "]\n", "more than 1048576 characters, aliases included"),
    (f"matrix: {{a: [{flow(1000, '1#')}]}}\nclients: [{flow(100, '{target: x, count: `${a}`}')}]\n".replace("`", "'"),
     "1000 variants of 302 values are more than 100000 to check: write fewer of either"),
    ("matrix: {a: ['" + "b" * 200 + "']}\nname: '" + "${a}" * 10_000 + "'\n" + GROUP,
     "with its values put in, the texts are longer than 1048576 characters: write shorter ones"),
    ("clients: [{target: 'udp://h:1', count: " + str(10**18) + "}]\n", "is out of range: write a whole number from 1"),
    ("clients: [{target: 'udp://h:1', count: " + "9" * 100_000 + "}]\n", "write one from 1 to 1000000"),
    (f"matrix: {{a: [{flow(3000, '#')}], b: [{flow(3000, '#')}]}}\n" + GROUP, "3000 x 3000 variants, and 1000 is"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BOUNDED)
def test_a_file_that_asks_for_too_much_is_refused_at_once(text: str, words: str) -> None:
    (found,) = mistakes(text)
    assert words in found
    assert len(found) < 300


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GROUP.encode("utf-16"), "it is not UTF-8 text: byte 0xff at offset 0"),
        (GROUP.encode() + b"# \xed\xa0\x80", "it is not UTF-8 text: byte 0xed"),
        (b"clients: \0", "the control character U+0000 cannot be in a scenario"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, words: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(words)):
        load("-", [], lambda: data)


def test_a_mark_of_the_order_of_bytes_is_no_part_of_the_text() -> None:
    assert load("-", [], lambda: b"\xef\xbb\xbf" + GROUP.encode()).plan.groups


def test_many_words_are_listed_up_to_a_number() -> None:
    (found,) = mistakes(f"clients: [{{target: 'udp://h:1', payload: {{text: '{flow(30, '{x#}')}'}}}}]\n")[:1]
    assert len(mistakes(f"clients: [{{target: 'udp://h:1', payload: {{text: '{flow(30, '{x#}')}'}}}}]\n")) == 10
    assert "{x0}" in found
    servers = f"servers: {{{flow(200, 's#: {service: echo, transport: udp}')}}}\n"
    (found,) = mistakes(servers + "clients: [{server: nobody}]\n")
    assert found.endswith('"s49" or others')


@pytest.mark.parametrize("key", ["payload: {file: '#'}", "token: '@#'"])
def test_a_file_that_a_scenario_names_is_no_pipe_and_no_terminal(key: str, tmp_path: Path) -> None:
    """Who checks the scenario of a stranger would wait, or type. Here both have an end, so reading them has."""
    reading, writing = os.pipe()
    os.write(writing, b"a secret of many")
    os.close(writing)
    keyboard, terminal = os.openpty()
    os.write(keyboard, b"a secret of many\n\x04")
    scenario = tmp_path / "s.yaml"
    for path, kind in ((f"/dev/fd/{reading}", "pipe"), (os.ttyname(terminal), "terminal")):
        scenario.write_text(f"clients: [{{target: 'tcp://h:1', {key.replace('#', path)}}}]\n")
        with pytest.raises(ScenarioError, match=f"is a {kind}: name a file"):
            load(str(scenario))
    for descriptor in (reading, keyboard, terminal):
        os.close(descriptor)


def test_a_payload_is_read_once_and_never_from_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"a" * 1000)
    os.mkfifo(tmp_path / "pipe")
    scenario = tmp_path / "s.yaml"
    scenario.write_text("clients: [" + "{target: 'tcp://h:1', payload: {file: big}}, " * 3 + "]\n")
    payloads = [group.payload for group in load(str(scenario)).plan.groups]
    assert len({id(getattr(payload, "data")) for payload in payloads}) == 1  # noqa: B009
    scenario.write_text("clients: [{target: 'tcp://h:1', payload: {file: pipe}}]\n")
    with pytest.raises(ScenarioError, match="is a pipe: name a file"):
        load(str(scenario))


NAMED = [
    'matrix: {"\\e[31m": 5}\n' + GROUP,
    'matrix: {a: ["\\e[31m", b]}\nexclude: [{a: c}]\nclients: [{target: "udp://h:1", register: "${a}"}]\n',
    'matrix: {a: ["\\e[31m", 2]}\n' + COUNTED,
    'servers: {"\\e[1m": {service: echo, transport: udp}}\nclients: [{server: x}]\n',
    'matrix: {a: ["' + "b" * 200 + '", 2], c: [1, 2]}\nclients: [{target: "udp://h:${c}", count: "${a}"}]\n',
]


@pytest.mark.parametrize("text", NAMED)
def test_no_name_of_a_file_disturbs_the_terminal_or_fills_it(text: str) -> None:
    found = mistakes(text)
    assert found
    assert all(mistake.isprintable() and len(mistake) < 600 for mistake in found)
