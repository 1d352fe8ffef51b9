"""A calibration's numbers: the quietest round, the cost of a step, the distribution in seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats.floor import cost_s, quietest, times_of

values = st.lists(st.integers(0, 10**12), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("rounds", "chosen"),
    [
        ([[12, 12, 50], [11, 11, 900]], 1),
        ([[12, 13, 50], [50, 52, 90]], 0),
        ([[], [9_999]], 1),
        ([[5], [5]], 0),
    ],
)
def test_the_quietest_round_has_the_lowest_median(rounds: list[list[int]], chosen: int) -> None:
    assert quietest(rounds) is rounds[chosen]


@pytest.mark.parametrize(
    ("rounds", "each", "expected"), [([1_000], 10, 100e-9), ([300, 100, 10_000], 3, 100e-9), ([4, 2], 1, 3e-9)]
)
def test_the_cost_of_a_step_is_that_of_the_median_round(rounds: list[int], each: int, expected: float) -> None:
    assert cost_s(rounds, each) == pytest.approx(expected)


@given(values)
def test_times_are_seconds_within_the_extremes(found: list[int]) -> None:
    times = times_of(found)
    assert times.n == len(found)
    assert times.min_s == min(found) / 1e9
    assert times.max_s == max(found) / 1e9
    assert times.p50_s is None or times.min_s * 0.999 <= times.p50_s <= times.max_s


def test_a_thousand_values_have_a_p99() -> None:
    assert times_of(range(1_000, 2_000)).p99_s == pytest.approx(1.99e-6, rel=2e-3)
    assert times_of(range(1_000, 1_999)).p99_s is None
