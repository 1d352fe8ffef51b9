"""Do two samples of runs differ by more than chance? The Mann-Whitney test, exact for as many runs as anybody makes.

Mann & Whitney, Annals of Mathematical Statistics 18 (1947); two-sided, twice the smaller tail. Every way of dealing
the ranks to the two samples is counted, ties with their mean rank (Lehmann, Nonparametrics, 1975, section 1.4).
Beyond MOST_EXACT runs: the normal approximation with its corrections for ties and continuity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

MOST_EXACT = 60
"""Runs of both samples together."""


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance that samples (not empty) lie so far apart, or farther, when nothing but chance sets them apart."""
    fewer, more = sorted((first, second), key=len)
    ranks = double_ranks([*fewer, *more])
    total = sum(ranks[: len(fewer)])
    if len(ranks) <= MOST_EXACT:
        return _exact(ranks, len(fewer), total)
    return _approximate(ranks, len(fewer), total)


def least_p(first: int, second: int) -> float:
    """The smallest p that samples of so many runs can have: all of one below all of the other."""
    return min(1.0, 2 / math.comb(first + second, first))


def double_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value, counted from 1, so that the mean rank of tied values is whole."""
    ranks = [0] * len(values)
    before = 0
    for _, tied in groupby(sorted(range(len(values)), key=values.__getitem__), key=values.__getitem__):
        members = list(tied)
        for position in members:
            ranks[position] = 2 * before + len(members) + 1
        before += len(members)
    return ranks


def _exact(ranks: Sequence[int], n: int, total: int) -> float:
    """Of all choices of `n` of the ranks, the share with a sum as far out as `total`, on both sides.

    Ways are counted in the digits of one large number for each size of the choice: digit s, of `width` bytes, is the
    number of choices with the sum s, and adding a rank to all of them is a shift. No digit overflows: it is at most
    the number of all choices.
    """
    ways = math.comb(len(ranks), n)
    width = ways.bit_length() // 8 + 1
    sums = [1] + [0] * n
    for rank in ranks:
        for size in range(n, 0, -1):
            sums[size] += sums[size - 1] << (8 * width * rank)
    below = _sum_of_digits(sums[n] & ((1 << (8 * width * (total + 1))) - 1), width)
    at = sums[n] >> (8 * width * total) & ((1 << (8 * width)) - 1)
    return min(1.0, 2 * min(below, ways - below + at) / ways)


def _sum_of_digits(number: int, width: int) -> int:
    digits = number.to_bytes((number.bit_length() + 7) // 8, "little")
    return sum(int.from_bytes(digits[at : at + width], "little") for at in range(0, len(digits), width))


def _approximate(ranks: Sequence[int], n: int, total: int) -> float:
    """Lehmann, section 1.3: the sum of the ranks is nearly normal."""
    size = len(ranks)
    mean = n * (size + 1) / 2
    ties = sum(count**3 - count for count in (len(list(tied)) for _, tied in groupby(sorted(ranks))))
    variance = n * (size - n) / 12 * (size + 1 - ties / (size * (size - 1)))
    if variance <= 0:
        return 1.0
    apart = max(0.0, abs(total / 2 - mean) - 0.5) / math.sqrt(variance)
    return math.erfc(apart / math.sqrt(2))
