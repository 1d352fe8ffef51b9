"""Results of every earlier shape of schema 1 are read, and what they lack is unknown; other schemas are refused.

shapes/ holds results that earlier versions wrote: `first` (the first of all), `receipts` (with the way of each loss),
`relays` (with relays and churn, and what other processes used), `comparison` (before calibration and the matrix).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.result import SCHEMA, Jitter
from sockbench.report.run_report import render
from sockbench.store import ResultError, load
from sockbench.store.decode import decode
from sockbench.store.folder import dumps
from sockbench.store.reading import NewerError

SHAPES = Path(__file__).parent / "shapes"
NAMES = ("first", "receipts", "relays", "comparison")


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SHAPES / f"{name}.json").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", NAMES)
def test_what_is_there_is_read_as_it_was_written(name: str) -> None:
    """Every field that the version of today writes too has the value of then, but for what is told below."""
    result = load(SHAPES / f"{name}.json")
    then, now = document(name), json.loads(dumps(result))
    assert differing(then, now) == ({"lost_up", "lost_down", "rfc3550_s", "ipdv_mean_s"} if name == "first" else set())
    assert decode(now) == result
    for format in ("table", "markdown", "csv"):
        assert render(result, None, format)


def test_what_the_first_results_meant_otherwise_is_unknown() -> None:
    (group,) = load(SHAPES / "first.json").runs[0].groups
    assert (group.lost_up, group.lost_down, group.lost_unknown) == (None, None, group.counts.lost)
    assert group.jitter == Jitter(None, None, None)
    environment = load(SHAPES / "first.json").environment
    assert (environment.other_cpu_share, environment.steal_share, environment.clock_step_s) == (None, None, None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("schema", [0, -1, SCHEMA + 1, 99, "1", None, 1.0, True])
def test_another_schema_is_refused(name: str, schema: object) -> None:
    changed = document(name) | {"schema": schema}
    with pytest.raises(ResultError, match=r"^result\.schema is ") as refused:
        decode(changed)
    assert isinstance(refused.value, NewerError) == (schema in (SCHEMA + 1, 99))


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_that_lacks_what_it_always_had_is_refused(name: str) -> None:
    for path in (("runs", 0, "groups", 0, "rtt"), ("verdict",), ("environment", "kernel"), ("runs", 0, "elapsed_s")):
        broken = copy.deepcopy(document(name))
        place: Any = broken
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        with pytest.raises(ResultError, match=f"{path[-1]} is missing"):
            decode(broken)


def differing(then: Any, now: Any) -> set[str]:
    """The fields of both whose values are not the same, and those that are gone."""
    found = set()
    for key, value in then.items() if isinstance(then, dict) else enumerate(then):
        other = now[key] if not isinstance(now, dict) or key in now else "gone"
        if isinstance(value, dict | list) and isinstance(other, type(value)):
            found |= differing(value, other)
        elif value != other:
            found.add(str(key))
    return found
