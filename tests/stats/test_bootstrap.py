"""Intervals of medians: against every resample there is, scipy's random ones, and how often they are right."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sockbench.stats.bootstrap import difference_interval, median, median_interval, ratio_interval

samples = st.lists(st.floats(0.001, 1000), min_size=1, max_size=12)


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that so many of all do not exceed."""
    return sorted(values)[math.ceil(share * len(values) - 1e-9) - 1]


def every_median(values: Sequence[float]) -> list[float]:
    """The medians of all n ** n resamples."""
    return [median(resample) for resample in itertools.product(values, repeat=len(values))]


def drawn(n: int, seed: int, scale: float = 1.0) -> list[float]:
    chance = random.Random(seed)
    return [scale * chance.lognormvariate(0, 0.3) for _ in range(n)]


@pytest.mark.parametrize(("values", "middle"), [([3], 3), ([5, 1], 3), ([9, 1, 2], 2), ([4, 1, 3, 2], 2.5)])
def test_median(values: list[float], middle: float) -> None:
    assert median(values) == middle


@pytest.mark.parametrize("values", [*(drawn(n, n) for n in range(1, 7)), [1, 1, 2, 2, 2, 3], [5, 5, 5, 5], [0, 0, 1]])
def test_the_interval_is_that_of_every_resample(values: list[float]) -> None:
    medians = every_median(values)
    assert median_interval(values) == pytest.approx((quantile(medians, 0.025), quantile(medians, 0.975)))


@pytest.mark.parametrize(("first", "second"), [(4, 4), (3, 4), (4, 3), (2, 4), (1, 3), (4, 1)])
def test_the_interval_of_two_is_that_of_every_pair_of_resamples(first: int, second: int) -> None:
    base, other = drawn(first, 1), drawn(second, 2, 1.2)
    pairs = list(itertools.product(every_median(base), every_median(other)))
    ratios, differences = [b / a for a, b in pairs], [b - a for a, b in pairs]
    assert ratio_interval(base, other) == pytest.approx((quantile(ratios, 0.025), quantile(ratios, 0.975)))
    assert difference_interval(base, other) == pytest.approx(
        (quantile(differences, 0.025), quantile(differences, 0.975))
    )


@pytest.mark.parametrize("n", [7, 10, 25, 40])
def test_scipys_random_resamples_agree(n: int) -> None:
    """An end may lie on a step of scipy's distribution, so what is compared is the share of its medians below it."""
    base, other = drawn(n, 3), drawn(n + 1, 4)
    one = stats.bootstrap((base,), median, vectorized=False, n_resamples=2000, method="percentile", rng=1)
    low, high = median_interval(base)
    medians = one.bootstrap_distribution
    assert (medians < low - 1e-9).mean() < 0.036
    assert (medians <= low + 1e-9).mean() > 0.014
    assert (medians <= high + 1e-9).mean() > 0.964
    assert (medians < high - 1e-9).mean() < 0.986
    two = stats.bootstrap(
        (base, other),
        lambda a, b: median(b) / median(a),
        vectorized=False,
        n_resamples=2000,
        method="percentile",
        rng=1,
    )
    spread = two.confidence_interval.high - two.confidence_interval.low
    assert ratio_interval(base, other) == pytest.approx(tuple(two.confidence_interval), abs=0.15 * spread)


@given(samples)
def test_the_interval_holds_the_median_and_nothing_beyond_the_sample(values: list[float]) -> None:
    low, high = median_interval(values)
    assert min(values) <= low <= median(values) <= high <= max(values)


@given(samples, samples, st.floats(0.01, 100))
def test_a_ratio_knows_no_unit(base: list[float], other: list[float], unit: float) -> None:
    low, high = ratio_interval(base, other)
    assert low <= median(other) / median(base) * (1 + 1e-9)
    assert high >= median(other) / median(base) * (1 - 1e-9)
    scaled = ratio_interval([value * unit for value in base], [value * unit for value in other])
    assert scaled == pytest.approx((low, high), rel=1e-6)


def test_of_one_value_nothing_is_known_but_the_value() -> None:
    assert median_interval([3.0]) == (3.0, 3.0)
    assert ratio_interval([2.0], [3.0]) == pytest.approx((1.5, 1.5))


def test_a_long_sample_has_an_interval_like_the_normal_one() -> None:
    values = [float(value) for value in range(1000)]
    low, high = median_interval(values)
    half = 1.96 * math.sqrt(1000) / 2  # of a binomial count, in ranks
    assert (low, high) == pytest.approx((499.5 - half, 499.5 + half), abs=2)


@pytest.mark.parametrize(("n", "least"), [(4, 0.875), (5, 0.9375), (6, 0.9), (10, 0.9), (15, 0.9)])
def test_how_often_it_holds_the_true_median(n: int, least: float) -> None:
    chance = random.Random(n)
    trials = 1000
    held = 0
    for _ in range(trials):
        low, high = median_interval([chance.lognormvariate(0, 0.05) for _ in range(n)])
        held += low <= 1.0 <= high
    assert held / trials > least - 4 * math.sqrt(least * (1 - least) / trials)
