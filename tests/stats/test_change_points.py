"""Change points: none in noise but for the nominal rate, real shifts where they are, the same ones every time."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats.bootstrap import median
from sockbench.stats.change_points import ALPHA, FEWEST, change_points

SERIES = 120
Draw = Callable[[random.Random], float]


def levels(chance: random.Random, spread: float, *parts: tuple[float, int]) -> list[float]:
    return [level * chance.lognormvariate(0, spread) for level, count in parts for _ in range(count)]


def by_five_percent(before: Sequence[float], after: Sequence[float]) -> bool:
    return abs(median(after) / median(before) - 1) >= 0.05


@pytest.mark.parametrize("size", [8, 13, 20, 30])
@pytest.mark.parametrize(
    "draw",
    [
        lambda chance: chance.gauss(0, 1),
        lambda chance: chance.lognormvariate(0, 1),
        lambda chance: chance.paretovariate(1),  # without a mean
        lambda chance: float(chance.randrange(3)),  # with many ties
    ],
    ids=["normal", "lognormal", "pareto", "ties"],
)
def test_false_alarms_stay_at_the_nominal_rate(size: int, draw: Draw) -> None:
    chance = random.Random(size)
    alarms = sum(bool(change_points([draw(chance) for _ in range(size)])) for _ in range(SERIES))
    assert alarms <= SERIES * ALPHA + 3 * math.sqrt(SERIES * ALPHA * (1 - ALPHA))


def test_a_shift_of_a_tenth_is_found_with_ten_results_a_side() -> None:
    chance = random.Random(1)
    found = [
        change_points(levels(chance, 0.03, (1.0, 10), (1.1, 10)), matters=by_five_percent) for _ in range(SERIES // 2)
    ]
    assert sum(len(cuts) == 1 and abs(cuts[0] - 10) <= 2 for cuts in found) >= 0.9 * len(found)
    assert all(found)


@pytest.mark.parametrize(
    ("parts", "cuts"),
    [
        ([(1.0, 4), (2.0, 4)], [4]),
        ([(1.0, 20), (1.2, 5)], [20]),
        ([(1.0, 5), (1.2, 20)], [5]),
        ([(2.0, 8), (1.0, 8)], [8]),
        ([(1.0, 10), (1.2, 10), (1.0, 10)], [10, 20]),  # a change that was undone
        ([(1.0, 8), (1.2, 8), (1.5, 8)], [8, 16]),
        ([(1.0, 3), (2.0, 3)], []),  # fewer than 4 on a side
        ([(1.0, 10), (9.0, 1), (1.0, 10)], []),  # one wild value
        ([(1.0, 30)], []),
    ],
)
def test_places(parts: list[tuple[float, int]], cuts: list[int]) -> None:
    assert change_points(levels(random.Random(2), 0.01, *parts), matters=by_five_percent) == cuts


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 40, [1.0, 2.0] * 3])
def test_nothing_to_find(values: list[float]) -> None:
    assert change_points(values) == []


def test_what_does_not_matter_is_no_change() -> None:
    values = levels(random.Random(3), 0.001, (1.0, 10), (1.02, 10), (1.5, 10))
    assert change_points(values) == [10, 20]
    assert change_points(values, matters=by_five_percent) == [20]


@given(st.lists(st.sampled_from([1.0, 1.5, 2.0, 7.0]) | st.floats(0.1, 10), max_size=40), st.floats(0.01, 100))
def test_only_the_order_of_the_values_counts(values: list[float], factor: float) -> None:
    cuts = change_points(values, permutations=99)
    ranks = {value: float(rank) for rank, value in enumerate(sorted({*values}))}
    assert cuts == change_points([ranks[value] for value in values], permutations=99)
    ends = [0, *cuts, len(values)]
    assert not cuts or all(right - left >= FEWEST for left, right in pairwise(ends))
