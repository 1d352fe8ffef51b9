"""95% intervals for the median of a sample, and for the ratio or the difference of two medians, by the bootstrap.

The percentile interval (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13) of the *ideal*
bootstrap: the probability of each median that a resample can have is a formula (Efron 1979, section 3; Hutson & Ernst,
JRSS B 62, 2000), so nothing is drawn at random and no seed is needed. Not BCa: its acceleration is a jackknife's, and
the jackknife fails for medians (Efron & Tibshirani, section 11.6).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate

CONFIDENCE = 0.95

_TAIL = (1 - CONFIDENCE) / 2
_ROUNDING = 1e-12
_NEGLIGIBLE = 1e-9  # the weight of a median that no interval can see
_HALVINGS = 60

Distribution = tuple[list[float], list[float]]
"""Values in their order, and the probability of each."""


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two; at least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which values the median is, with 95% confidence; at least one value.

    Of 4 or 5 values it is their whole range, which holds the true median with 87.5% or 93.8% only: 1 - 2 ** (1 - n).
    """
    medians, chances = _medians(values)
    reached = list(accumulate(chances))
    return (
        next(value for value, share in zip(medians, reached, strict=True) if share >= _TAIL - _ROUNDING),
        next(
            (value for value, share in zip(medians, reached, strict=True) if share >= 1 - _TAIL - _ROUNDING),
            medians[-1],
        ),
    )


def ratio_interval(base: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of median(other) / median(base). All values of `base` are above 0, none of `other` below it."""
    return _interval_of_two(base, other, lambda ratio, value: ratio * value, lambda a, b: b / a)


def difference_interval(base: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of median(other) - median(base)."""
    return _interval_of_two(base, other, lambda difference, value: value + difference, lambda a, b: b - a)


def _interval_of_two(
    base: Sequence[float],
    other: Sequence[float],
    reach: Callable[[float, float], float],
    apart: Callable[[float, float], float],
) -> tuple[float, float]:
    """Of `apart(a, b)`, both resampled independently; `reach(x, a)` is the greatest b with apart(a, b) <= x."""
    bases, base_chances = _medians(base)
    others, other_chances = _medians(other)
    reached = [0.0, *accumulate(other_chances)]
    corners = [apart(a, b) for a in (bases[0], bases[-1]) for b in (others[0], others[-1])]

    def share(point: float) -> float:
        """The probability of `point` or less. A rounding error must not lose a value that lies right on it."""
        point += abs(point) * _ROUNDING + 1e-300
        return math.fsum(
            chance * reached[bisect_right(others, reach(point, a))]
            for a, chance in zip(bases, base_chances, strict=True)
        )

    def quantile(wanted: float) -> float:
        low, high = min(corners), max(corners)
        if share(low) >= wanted:
            return low
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if share(middle) >= wanted:
                high = middle
            else:
                low = middle
        return high

    return quantile(_TAIL - _ROUNDING), quantile(1 - _TAIL - _ROUNDING)


def _medians(values: Sequence[float]) -> Distribution:
    """Every median that a resample of `values` can have, in order, and how likely it is."""
    ordered = sorted(values)
    found: dict[float, float] = {}
    for first, second, chance in _ranks(len(ordered)):
        value = ordered[first] if first == second else (ordered[first] + ordered[second]) / 2
        found[value] = found.get(value, 0.0) + chance
    medians = sorted(found)
    return medians, [found[value] for value in medians]


@lru_cache(maxsize=64)
def _ranks(n: int) -> tuple[tuple[int, int, float], ...]:
    """Which two of `n` ordered values (one twice when n is odd) are the middle of a resample, and how likely that is.

    With F(k) the chance that at least m draws of n are among the k least, a binomial tail: for odd n, m = (n + 1) / 2,
    value k is the median with F(k) - F(k - 1). For even n, m = n / 2, the middle is of values i < j when m draws are at
    most i, and one is i, and the others are at least j, and one is j.
    """
    m = (n + 1) // 2
    # The middle of a resample is nearly always within a few standard deviations, sqrt(n) / 2, of that of the sample.
    reach = math.ceil(4 * math.sqrt(n)) + 1
    first, last = max(0, m - reach), min(n, m + reach)
    at_most = {k: _tail(n, k, m) for k in range(first, last + 1)}
    found = []
    for i in range(first + 1, last + 1):
        rest = at_most[i] - at_most[i - 1]
        if n % 2 == 0:
            for j in range(i + 1, last + 1):
                chance = _chance_of_pair(n, m, i, j)
                rest -= chance
                found.append((i - 1, j - 1, chance))
        found.append((i - 1, i - 1, rest))
    kept = [entry for entry in found if entry[2] > _NEGLIGIBLE]
    whole = math.fsum(chance for *_, chance in kept)
    return tuple((i, j, chance / whole) for i, j, chance in kept)


def _tail(n: int, k: int, m: int) -> float:
    """The chance of m or more of n draws among the k least of n values."""
    if k in (0, n):
        return float(k == n)
    log_in, log_out = math.log(k / n), math.log1p(-k / n)
    return math.fsum(
        math.exp(_log_choose(n, drawn) + drawn * log_in + (n - drawn) * log_out) for drawn in range(m, n + 1)
    )


def _chance_of_pair(n: int, m: int, i: int, j: int) -> float:
    low = m * math.log(i / n)
    high = m * math.log((n - j + 1) / n)
    with_i = -math.expm1(m * math.log((i - 1) / i)) if i > 1 else 1.0
    with_j = -math.expm1(m * math.log((n - j) / (n - j + 1))) if j < n else 1.0
    return math.exp(_log_choose(n, m) + low + high) * with_i * with_j


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
