"""What `--find` and its flags may say, and what each wrong one is told."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.find import Aim, Bounds
from sockbench.model.plan import Plan, Rate
from sockbench.scenario.find import bounds_of, parse_aim, parse_resolution, parse_value, parse_while
from tests.scenario.helpers import plan, told

SERVER = "servers: {echo: {service: echo, transport: udp}}\nclients:\n"
ONE = plan(SERVER + "  - {name: askers, count: 5, server: echo, arrivals: {rate: 100/s}}\n")
CLOSED = plan(SERVER + "  - {name: askers, server: echo}\n")
STAGES = plan(SERVER + "  - {name: askers, server: echo, arrivals: {stages: [{duration: 1s, rate: 5/s}]}}\n")
THREE = plan(
    SERVER
    + "  - {name: a, server: echo, arrivals: {rate: 100/s}}\n"
    + "  - {name: b, server: echo}\n"
    + "  - {name: c, server: echo, arrivals: {rate: 10/s}}\n"
)
A_RATE = "give it one, --set 'clients.{}.arrivals={{rate: 100/s}}', or search --find clients"


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("rate", ONE, Aim("rate", 0, "askers")),
        ("clients", ONE, Aim("clients", 0, "askers")),
        ("clients", CLOSED, Aim("clients", 0, "askers")),
        ("clients.2.arrivals.rate", THREE, Aim("rate", 2, "c")),
        ("clients.1.count", THREE, Aim("clients", 1, "b")),
    ],
)
def test_what_is_searched(text: str, where: Plan, expected: Aim) -> None:
    assert parse_aim(text, where) == expected


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("rate", CLOSED, "no group of the scenario has a rate: " + A_RATE.format(0)),
        ("rate", STAGES, "no group of the scenario has a rate: " + A_RATE.format(0)),
        ("rate", THREE, "2 groups have a rate: write clients.0.arrivals.rate or clients.2.arrivals.rate"),
        ("clients", THREE, "3 groups have clients: write clients.0.count, clients.1.count or clients.2.count"),
        ("clients.1.arrivals.rate", THREE, 'the arrivals of "b" have no rate: ' + A_RATE.format(1)),
        ("clients.3.count", THREE, '"clients.3.count": the scenario has no group 3: write from 0 to 2'),
        ("clients.1.count", ONE, '"clients.1.count": the scenario has no group 1: write 0, its only one'),
        ("rates", ONE, '"rates" cannot be searched, did you mean "rate"?'),
        ("clients.0.cuont", ONE, '"clients.0.cuont" cannot be searched, did you mean "clients.0.count"?'),
        ("", ONE, '"" cannot be searched: write rate, clients, or a path like clients.0.arrivals.rate'),
    ],
)
def test_what_cannot_be_searched(text: str, where: Plan, expected: str) -> None:
    assert told(lambda: parse_aim(text, where)) == expected


def test_conditions_are_thresholds_joined_by_and() -> None:
    found = parse_while(" rtt.p99 < 10ms and askers.lost < 0.1%  and lost == 0 ", ONE)
    assert [one.expression for one in found] == ["rtt.p99 < 10ms", "askers.lost < 0.1%", "lost == 0"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "it is empty: write a condition, such as 'rtt.p99 < 10ms and lost < 0.1%'"),
        ("lost < 1% and", '"lost < 1% and" has an "and" with nothing on one side: write a condition there'),
        ("and lost < 1%", '"and lost < 1%" has an "and" with nothing on one side: write a condition there'),
        ("lost < 1% or late < 1%", '"lost < 1% or late < 1%": conditions are joined by "and", not by "or"'),
        ("lost < 1%, late < 1%", '"lost < 1%, late < 1%": conditions are joined by "and", not by ","'),
        ("lost < 1% and rtt.p98 < 1s", '"rtt.p98 < 1s": "p98" is not a statistic of rtt, did you mean "p99"?'),
        ("asker.lost < 1%", '"asker.lost < 1%": no group is called "asker", did you mean "askers"?'),
        (
            "kernel_rtt.p50 < 1s",
            '"kernel_rtt.p50 < 1s": the groups have no kernel RTTs: write timestamps: kernel there, or hold rtt',
        ),
    ],
)
def test_wrong_conditions(text: str, expected: str) -> None:
    assert told(lambda: parse_while(text, ONE)) == expected


@given(st.text())
def test_any_text_is_conditions_or_a_sentence(text: str) -> None:
    for call in (partial(parse_while, text, ONE), partial(parse_aim, text, ONE), partial(parse_resolution, text)):
        words = told(call)
        assert words is None or words.isprintable()


def test_bounds() -> None:
    rate, clients = Aim("rate", 0, "askers"), Aim("clients", 0, "askers")
    assert bounds_of(ONE, rate, None, None, 0.02) == Bounds(100.0, 0.1, 1e7, 0.02, whole=False)
    assert bounds_of(ONE, rate, 10.0, 50.0, 0.1) == Bounds(10.0, 10.0, 50.0, 0.1, whole=False)
    assert bounds_of(ONE, rate, None, 50.0, 0.1) == Bounds(50.0, 0.05, 50.0, 0.1, whole=False)
    assert bounds_of(ONE, clients, None, None, 0.02) == Bounds(5.0, 1.0, 1e6, 0.02, whole=True)
    assert told(lambda: bounds_of(ONE, rate, 50.0, 10.0, 0.02)) == "--from 50/s is more than --to 10/s: exchange them"


@pytest.mark.parametrize(
    ("text", "aim", "expected"),
    [
        ("500", "rate", '"500" has no unit: write 500/s, 500/m or 500/h'),
        ("0/s", "rate", '"0/s" is out of range: write more than 0, and 10000000/s at most'),
        ("5/s", "clients", '"5/s" is not a number of clients: write it like 100'),
        ("0", "clients", '"0" is out of range: write more than 0, and 1000000 at most'),
    ],
)
def test_wrong_values(text: str, aim: str, expected: str) -> None:
    assert told(lambda: parse_value(text, parse_aim(aim, ONE))) == expected


def test_wrong_resolutions() -> None:
    assert parse_resolution("2%") == 0.02
    assert told(lambda: parse_resolution("0%")) == '"0%" is out of range: write 0.1% to 50%'
    assert told(lambda: parse_resolution("2")) == '"2" has no unit: write 2%'


def test_a_plan_with_another_value() -> None:
    rate, clients = Aim("rate", 0, "a"), Aim("clients", 1, "b")
    changed = clients.put(rate.put(THREE, 250.0), 7.0)
    assert changed.groups[0].arrivals == Rate(250.0)
    assert [group.count for group in changed.groups] == [1, 7, 1]
    assert (rate.of(changed), clients.of(changed)) == (250.0, 7)
    assert changed.groups[2] == THREE.groups[2]
    assert (rate.path, clients.path) == ("clients.0.arrivals.rate", "clients.1.count")
