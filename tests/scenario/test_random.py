"""Whatever the text: a plan, or mistakes in our own printable words; and the JSON Schema agrees with every plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sockbench.errors import ScenarioError
from sockbench.model.plan import Plan
from sockbench.scenario import builtin_names, json_schema, load
from sockbench.scenario.findings import Tree
from sockbench.scenario.impair_keys import ImpairKeys, JitterKeys, LossKeys, StallKeys, WayKeys
from sockbench.scenario.keys import (
    ArrivalsKeys,
    GroupKeys,
    PayloadKeys,
    ScenarioKeys,
    ServerKeys,
    StageKeys,
    names_of,
)

ROOT = Path(__file__).parents[2]
SCHEMA = jsonschema.Draft202012Validator(json_schema())
"""One for all: `jsonschema.validate` checks the schema itself each time, which takes 60 ms."""
JARGON = ("Input should", "Extra inputs", "valid dictionary", "pydantic", "Value error", "Keys")


def outcome(data: bytes) -> Plan | None:
    """The plan of the bytes, or None once its mistakes are seen to be in our words."""
    found: ScenarioError
    try:
        return load("-", (), lambda: data).plan
    except ScenarioError as error:
        found = error
    assert found.mistakes
    for mistake in found.mistakes:
        assert str(mistake).isprintable()
        assert not any(word in mistake.text for word in JARGON)
    return None


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert outcome(data) is None  # no scenario is as short as hypothesis makes them up


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    assert outcome(text.encode("utf-8", "surrogatepass")) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"{}[]:,-?&*!|>'\"%@`#~ \n\t=<", "a", "clients", ": ", "\n- ", "\n  ", "1s"])))
def test_any_punctuation(pieces: list[str]) -> None:
    assert outcome("".join(pieces).encode()) is None


WORDS = [
    "udp",
    "tcp",
    "echo",
    "upper",
    "registry",
    "number",
    "s",
    "closed",
    "text",
    "line",
    "10s",
    "1/s",
    "64B",
    "1..30",
    "1s..2s",
    "0/s..5/m",
    "burst",
]
LEAVES: st.SearchStrategy[Tree] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([*WORDS, "udp://h:1", "tcp://[::1]:2", "lost < 1%", "once", "per-request", "lockstep", "poisson"]),
)


def mapping(keys: tuple[str, ...], values: st.SearchStrategy[Tree] = LEAVES) -> st.SearchStrategy[Tree]:
    return st.dictionaries(st.sampled_from(keys), values, max_size=5).map(dict)


PAYLOAD = mapping(names_of(PayloadKeys), LEAVES | st.lists(LEAVES, max_size=2).map(list))
STAGES = st.lists(mapping(names_of(StageKeys)) | LEAVES, max_size=3).map(list)
ARRIVALS = mapping(names_of(ArrivalsKeys), LEAVES | STAGES)
HOW = LEAVES | st.sampled_from(["5%", "0%", "1MB/s", "10Mbit/s", "64KiB", "20ms"])
PARTS = mapping((*names_of(LossKeys), *names_of(JitterKeys), *names_of(StallKeys)), HOW)
IMPAIR = mapping(names_of(ImpairKeys), HOW | PARTS | mapping(names_of(WayKeys), HOW | PARTS))
GROUP = mapping((*names_of(GroupKeys), "stages", "burst"), LEAVES | PAYLOAD | ARRIVALS | IMPAIR)
SERVERS: st.SearchStrategy[Tree] = st.dictionaries(
    st.sampled_from(["s", "t", "a.b", ""]), mapping(names_of(ServerKeys), LEAVES | IMPAIR) | LEAVES, max_size=2
).map(dict)
SCENARIO = mapping(
    (*names_of(ScenarioKeys), "matrix", "repeat"),
    LEAVES | SERVERS | st.lists(GROUP | LEAVES, max_size=3).map(list),
)


@settings(max_examples=300, deadline=None)
@given(SCENARIO)
def test_any_tree_of_valid_keys(tree: Tree) -> None:
    found = outcome(json.dumps(tree, allow_nan=True).encode("utf-8", "surrogatepass"))
    if found is not None:
        SCHEMA.validate(tree)


def valid_groups() -> st.SearchStrategy[dict[str, object]]:
    """Groups that are right whatever is drawn."""
    return st.fixed_dictionaries(
        {"server": st.sampled_from(["u", "t"])},
        optional={
            "count": st.integers(1, 1_000_000),
            "timeout": st.sampled_from(["1s", "250us", "1m30s"]),
            "payload": st.sampled_from([{"size": "1B"}, {"text": "{seq}"}, {"digits": "1..9"}, {"choice": ["a", "é"]}]),
            "arrivals": st.sampled_from(
                [
                    "closed",
                    {"every": "2s"},
                    {"think": "1ms..2s"},
                    {"rate": "5/s", "pattern": "poisson"},
                    {"rate": "5/s", "pattern": "burst", "burst": 20},
                    {"stages": [{"duration": "10s", "rate": "0/s..5/m"}, {"duration": "1s", "rate": "7/s"}]},
                ]
            ),
            "start": st.sampled_from(["0s", "5s"]),
            "stop": st.sampled_from(["5500ms", "10s"]),
            "churn": st.sampled_from(["10ms", "1h"]),
            "window": st.just(1),
            "phase": st.sampled_from(["lockstep", "staggered"]),
            "format": st.sampled_from(["text", "envelope"]),
        },
    )


@settings(deadline=None)
@given(st.sampled_from(["udp", "tcp"]), IMPAIR)
def test_any_impairment(transport: str, impair: Tree) -> None:
    tree: Tree = {
        "servers": {"s": {"service": "echo", "transport": transport, "impair": impair}},
        "clients": [{"server": "s"}],
    }
    if outcome(json.dumps(tree, allow_nan=True).encode("utf-8", "surrogatepass")) is not None:
        SCHEMA.validate(tree)


@settings(deadline=None)
@given(st.lists(valid_groups(), min_size=1, max_size=4), st.integers(0, 2**63 - 1))
def test_trees_of_valid_values_are_plans(groups: list[dict[str, object]], seed: int) -> None:
    servers = {"u": {"service": "upper", "transport": "udp"}, "t": {"service": "echo", "transport": "tcp"}}
    tree = {"seed": seed, "servers": servers, "clients": groups}
    found = outcome(json.dumps(tree).encode())
    assert found is not None
    assert found.seed == seed
    assert [group.name for group in found.groups] == [f"group{n}" for n in range(1, len(groups) + 1)]
    SCHEMA.validate(tree)


@pytest.mark.parametrize("name", builtin_names())
def test_the_schema_accepts_the_built_in_scenarios(name: str) -> None:
    tree: Any = YAML(typ="safe", pure=True).load((ROOT / "scenarios" / f"{name}.yaml").read_text("utf-8"))
    SCHEMA.validate(tree)


REFUSED: list[Tree] = [
    {},
    {"clients": []},
    {"clients": [{"server": "a", "cuont": 1}]},
    {"clients": [{"server": "a", "target": "udp://h:1"}]},
    {"clients": [{"server": "a", "timeout": 1}]},
    {"clients": [{"server": "a", "payload": {"size": "1B", "text": "a"}}]},
    {"clients": [{"server": "a"}], "servers": {"a": {"service": "echo"}}},
    {"clients": [{"server": "a"}], "extra": 1},
    {"clients": [{"server": "a", "arrivals": {"stages": []}}]},
    {"clients": [{"server": "a", "arrivals": {"stages": [{"rate": "1/s"}]}}]},
    {"clients": [{"server": "a", "arrivals": {"stages": [{"duration": "1s", "rate": "1/s.."}]}}]},
    {"clients": [{"server": "a", "think": "5..10ms"}]},
]


@pytest.mark.parametrize("tree", REFUSED)
def test_the_schema_is_strict(tree: Tree) -> None:
    assert not SCHEMA.is_valid(tree)


def all_properties(schema: Any) -> list[dict[str, Any]]:
    found = list(schema.get("properties", {}).values())
    for part in schema.get("$defs", {}).values():
        found += all_properties(part)
    return found


def test_every_key_is_described() -> None:
    properties = all_properties(json_schema())
    assert len(properties) > 30
    assert [key for key in properties if not key.get("description")] == []
