"""The comparison of a result is saved and comes back, and damage is told with its place."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.comparison import Comparison
from sockbench.stats.comparison import compare
from sockbench.store.decode import decode
from sockbench.store.folder import dumps
from sockbench.store.reading import ResultError
from tests.report.samples import RESULT
from tests.stats.runs import drawn, group_of, side_of


def comparison_of(runs: int, seed: int = 1) -> Comparison:
    chance = random.Random(seed)
    other = [*drawn(chance, runs, 0.05, p50=1.2), group_of(p99=None)]
    return compare([side_of("udp", drawn(chance, runs, 0.05)), side_of("tcp", other), side_of("x", other[:1])])


DOCUMENT: dict[str, Any] = json.loads(dumps(replace(RESULT, comparison=comparison_of(5))))


@given(st.integers(1, 7), st.integers(0, 1000))
def test_it_comes_back_as_it_was(runs: int, seed: int) -> None:
    result = replace(RESULT, comparison=comparison_of(runs, seed))
    assert decode(json.loads(dumps(result))).comparison == result.comparison


def test_a_result_of_before_has_none() -> None:
    old = {key: value for key, value in DOCUMENT.items() if key != "comparison"}
    assert decode(old).comparison is None
    assert decode({**DOCUMENT, "comparison": None}).comparison is None


def test_its_shape() -> None:
    comparison = DOCUMENT["comparison"]
    assert list(comparison) == ["alpha", "min_effect", "min_points", "sides", "groups"]
    assert list(comparison["sides"][0]) == ["label", "variant", "runs"]
    figure = comparison["groups"][0]["figures"][0]
    assert list(figure) == ["figure", "unit", "better", "estimates", "changes"]
    assert list(figure["estimates"][0]) == ["n", "withheld", "median", "low", "high"]
    assert list(figure["changes"][0]) == ["difference", "low", "high", "p", "adjusted_p", "answer"]


def changed(change: Callable[[Any], object]) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    change(document["comparison"])
    return document


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda of: of.pop("alpha"), "result.comparison.alpha is missing"),
        (lambda of: of.update(sides=of["sides"][:1]), "result.comparison.sides are fewer than two"),
        (lambda of: of["sides"].pop(), "figures[0] has not an estimate for each side, and a change for each but the"),
        (lambda of: of["groups"][0]["figures"].pop(1), "result.comparison.groups[0].figures have no rtt.p90"),
        (
            lambda of: of["groups"][0]["figures"][0].update(unit="m"),
            "figures[0].unit is not one of seconds, per_second",
        ),
        (
            lambda of: of["groups"][0]["figures"][0]["changes"][0].update(answer="maybe"),
            "changes[0].answer is not one of higher, lower, small",
        ),
        (
            lambda of: of["groups"][0]["figures"][0]["estimates"][0].update(median="1"),
            "result.comparison.groups[0].figures[0].estimates[0].median is not a number",
        ),
    ],
)
def test_damage_is_told_with_its_place(change: Callable[[Any], object], sentence: str) -> None:
    with pytest.raises(ResultError) as error:
        decode(changed(change))
    assert sentence in str(error.value)
