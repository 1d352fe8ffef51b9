"""The Mann-Whitney test against scipy and against tables; Holm's correction by hand."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sockbench.stats import rank_test
from sockbench.stats.holm import holm
from sockbench.stats.rank_test import MOST_EXACT, least_p, mann_whitney

distinct = st.lists(st.integers(0, 10**6), min_size=2, max_size=30, unique=True)
tied = st.lists(st.integers(0, 4), min_size=2, max_size=5)
p_values = st.lists(st.floats(0, 1), max_size=12)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        ([1, 2, 3], [4, 5, 6], 2 / 20),
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        ([1, 2, 3, 4, 6], [5, 7, 8, 9, 10], 4 / 252),
        ([1], [2], 1.0),
        ([1, 1, 1], [1, 1, 1], 1.0),
        ([1, 2, 2], [2, 2, 3], 12 / 20),  # 6 of the 20 choices of ranks 1, 3.5 (four times) and 6 add up to 8 or less
    ],
)
def test_by_hand(first: list[float], second: list[float], p: float) -> None:
    assert mann_whitney(first, second) == pytest.approx(p)
    assert mann_whitney(second, first) == pytest.approx(p)


@given(distinct, st.data())
def test_scipy_agrees_where_nothing_is_tied(values: list[int], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(values) - 1))
    first, second = values[:size], values[size:]
    expected = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert mann_whitney(first, second) == pytest.approx(expected)


@settings(max_examples=30)
@given(tied, tied)
def test_scipy_agrees_where_values_are_tied(first: list[int], second: list[int]) -> None:
    every_choice = stats.PermutationMethod(n_resamples=10**6)
    expected = stats.mannwhitneyu(first, second, method=every_choice).pvalue
    assert mann_whitney(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("rounded", [1, 8])
def test_scipy_agrees_on_many_runs(rounded: int) -> None:
    chance = random.Random(5)
    first = [round(chance.gauss(0, 1), rounded) for _ in range(MOST_EXACT)]
    second = [round(chance.gauss(0.3, 1), rounded) for _ in range(40)]
    expected = stats.mannwhitneyu(first, second, method="asymptotic").pvalue
    assert mann_whitney(first, second) == pytest.approx(expected)


def test_both_ways_to_reckon_meet() -> None:
    chance = random.Random(7)
    first = [chance.gauss(0, 1) for _ in range(30)]
    second = [chance.gauss(0.5, 1) for _ in range(30)]
    exact = mann_whitney(first, second)
    ranks = rank_test.double_ranks([*first, *second])
    assert rank_test._approximate(ranks, 30, sum(ranks[:30])) == pytest.approx(exact, rel=0.05)
    assert rank_test._approximate([4, 4, 4], 1, 4) == 1.0


@pytest.mark.parametrize(("first", "second"), [(3, 3), (4, 4), (5, 5), (3, 10), (10, 10)])
def test_no_samples_have_a_smaller_p(first: int, second: int) -> None:
    assert mann_whitney(range(first), range(100, 100 + second)) == pytest.approx(least_p(first, second))
    assert least_p(first, second) == 2 / math.comb(first + second, first)


@pytest.mark.parametrize(
    ("found", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04], [0.02, 0.04]),
        ([0.04, 0.01], [0.04, 0.02]),
        ([0.01, 0.02, 0.03, 0.2], [0.04, 0.06, 0.06, 0.2]),  # 0.03 times 2 is no more than the one before it
        ([0.4, 0.5, 0.9], [1.0, 1.0, 1.0]),
        ([0.01, 0.01], [0.02, 0.02]),
    ],
)
def test_holm_by_hand(found: list[float], adjusted: list[float]) -> None:
    assert holm(found) == pytest.approx(adjusted)


@given(p_values)
def test_holm_keeps_the_order_and_is_no_milder_than_no_correction_and_no_harsher_than_bonferroni(
    found: list[float],
) -> None:
    adjusted = holm(found)
    for p, after in zip(found, adjusted, strict=True):
        assert p <= after <= 1
        assert after <= min(1.0, max(1, len(found)) * p) or any(q < p for q in found)
    order = sorted(range(len(found)), key=found.__getitem__)
    assert [adjusted[at] for at in order] == sorted(adjusted)
