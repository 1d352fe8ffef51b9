"""YAML text -> tree and places, and every text that is no document."""

from __future__ import annotations

import pytest

from sockbench.errors import ScenarioError
from sockbench.scenario.document import core, parse
from sockbench.scenario.findings import Place
from tests.scenario.helpers import mistakes

CORE: list[tuple[str, object]] = [
    ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
    ("yes", "yes"), ("on", "on"), ("no", "no"), ("10", 10), ("-3", -3), ("0o17", 15), ("0x1F", 31), ("007", 7),
    ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), (".inf", float("inf")), ("-.INF", float("-inf")),
    ("1_000", "1_000"), ("2024-01-01", "2024-01-01"), ("12:30", "12:30"), ("1..30", "1..30"), ("9" * 5000, "9" * 5000),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CORE)
def test_core_schema(text: str, expected: object) -> None:
    found = core(text)
    assert found == expected
    assert type(found) is type(expected)


def test_tree_and_places() -> None:
    document = parse("a: 1\nb:\n  - x: 'é'\n    y: [2, \"3\"]\n", "s.yaml")
    assert document.tree == {"a": 1, "b": [{"x": "é", "y": [2, "3"]}]}
    assert document.mistakes == []
    assert document.places.keys[("b", 0, "y")] == Place("s.yaml", 4, 5)
    assert document.places.values[("b", 0, "y", 1)] == Place("s.yaml", 4, 12)
    assert document.places.values[("b", 0)] == Place("s.yaml", 3, 5)
    assert document.places.of_value(("b", 0, "z", 7)) == Place("s.yaml", 3, 5)


def test_aliases_are_copies_with_paths_of_their_own() -> None:
    document = parse("a: &x {k: 1}\nb: *x\nc: &x 2\nd: *x\n", "s")
    assert document.tree == {"a": {"k": 1}, "b": {"k": 1}, "c": 2, "d": 2}
    assert document.places.values[("b", "k")].line == 1


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


STOPS = [
    ("", "the scenario is empty: it needs at least clients, see sockbench schema"),
    ("# only a comment\n", "the scenario is empty"),
    ("---\n", "the scenario is empty"),
    ("just words\n", 'a scenario is a mapping of keys, and this is "just words": begin with clients:'),
    ("- a\n", "a scenario is a mapping of keys, and this is a list: begin with clients:"),
    ("a: 1\n---\nb: 2\n", "2:1: a second document begins here: a scenario is one document"),
    ("%YAML 1.1\n---\na: 1\n", '1:1: "%YAML 1.1" is not supported: a scenario is YAML 1.2, so leave this line out'),
    ("# c\n%YAML 1.3\n---\na: 1\n", '2:1: "%YAML 1.3" is not supported'),
    ("%TAG ! foo\n---\na: 1\n", '1:1: "%TAG ! foo" is not supported'),
    ("a: [1\nb: 2\n", "2:2: not valid YAML: "),
    ("a: 'x\n", "2:1: not valid YAML: the text ends too soon (while scanning a quoted scalar that begins on "
     "line 1): check the indentation, brackets and quotes here"),
    ("a:\n\tb: 1\n", "not valid YAML: found character '\\t' that cannot start any token: indent with spaces"),
    ("a: *nobody\n", '1:4: "*nobody" names no anchor above it: write the value out'),
    ('a: "\\UFFFFFFFF"\n', "not valid YAML: "),
    ("a: b\0c\n", "1:5: the control character U+0000 cannot be in a scenario: write it in quotes, as an escape"),
    ("x: 1\na: \x1b[31m\n", "2:4: the control character U+001B cannot be in a scenario"),
    ("[" * 10_000, "1:51: nested more than 50 deep: a scenario is shallow"),
    ("{a: " * 10_000, "nested more than 50 deep"),
    ("- " * 10_000 + "x", "nested more than 50 deep"),
    (bomb(9), "more than 10000 values, aliases included: write a smaller scenario"),
    ("[" + "x, " * 30_000 + "]", "more than 10000 values"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STOPS)
def test_texts_that_stop_the_reading(text: str, expected: str) -> None:
    found = mistakes(text)
    assert len(found) == 1
    assert expected in found[0]


GOES_ON = [
    ("seed: 1\nseed: 2\n", '2:1: the key "seed" is here twice (first on line 1): keep one'),
    (
        "clients:\n  - {count: 1, count: 2}\n",
        '2:16: clients[0]: the key "count" is here twice (first on line 2): keep one',
    ),
    ("1: x\n", '1:1: "1" is not text, so it cannot be a key: write it in quotes'),
    ("? [a, b]\n: x\n", "1:3: this is not text, so it cannot be a key: keys are words"),
    ("name: !!str 5\n", '1:7: name: the tag "tag:yaml.org,2002:str" cannot be used: a scenario has no tags'),
    ("name: !python/object x\n", '1:7: name: the tag "!python/object" cannot be used: a scenario has no tags'),
    ("servers: &s {a: *s}\n", '1:17: servers.a: "*s" contains itself: write it out'),
    ('name: "\\ud800"\n', '1:7: name: "\\ud800" has an escape that is half a character: write the character itself'),
]


@pytest.mark.parametrize(("text", "expected"), GOES_ON)
def test_mistakes_that_let_the_reading_go_on(text: str, expected: str) -> None:
    found = mistakes(text + "extra: 1\n")
    assert expected in found
    assert any('unknown key "extra"' in mistake for mistake in found)
    assert len(found) <= 3  # those two, and the clients that are missing


def test_yaml_1_2_may_be_named() -> None:
    assert mistakes("%YAML 1.2\n---\nclients: [{target: udp://h:1}]\n") == []


def test_deep_aliases_are_bounded_too() -> None:
    lines = ["a0: &a0 [" + "[" * 30 + "]" * 30 + "]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    with pytest.raises(ScenarioError, match="nested more than 50 deep"):
        parse("\n".join(lines), "s")
