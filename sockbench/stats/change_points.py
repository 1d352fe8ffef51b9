"""Where does a short, noisy series change its level for good? Places in it, or none; what they mean is told elsewhere.

A stretch of the series whose ranks lie apart from those of the rest is looked for in all places at once, by the
standardised rank sum (Pettitt, Applied Statistics 28, 1979; maximally selected: Lausen & Schumacher, Biometrics 48,
1992), and may lie inside, so that a change that was undone is found too (circular binary segmentation: Olshen,
Venkatraman, Lucito, Wigler, Biostatistics 5, 2004). Ranks make little of one wild value. Whether it is more than
chance is asked of permutations of the series itself, so the level of the test holds for any distribution.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import sub
from typing import Final

from sockbench.stats.rank_test import double_ranks, mann_whitney

ALPHA: Final = 0.05
FEWEST: Final = 4
"""Values between two changes. 3 and 3 tell nothing at 5%: 2 of the 20 ways to deal them are as far apart."""
PERMUTATIONS: Final = 499

Matters = Callable[[Sequence[float], Sequence[float]], bool]


def change_points(
    values: Sequence[float],
    *,
    matters: Matters = lambda before, after: True,
    alpha: float = ALPHA,
    permutations: int = PERMUTATIONS,
    seed: int = 1,
) -> list[int]:
    """Positions of the first value after each change, in order; of fewer than 2 x FEWEST values there is none.

    A change stands between two stretches that differ by themselves (Mann-Whitney, `alpha`) and whose difference
    `matters`; where it does not, they are one stretch. In a series without any change one is found with a probability
    of at most `alpha`, when its order says nothing. The same values and seed give the same places.
    """
    cuts = _moved(values, sorted(_cuts(values, 0, len(values), alpha, permutations, random.Random(seed))))
    while cuts:
        ends = [0, *cuts, len(values)]
        doubts = [_doubt(values[a:b], values[b:c], matters) for a, b, c in zip(ends, ends[1:], ends[2:], strict=False)]
        worst = max(range(len(cuts)), key=doubts.__getitem__)
        if doubts[worst] <= alpha:
            break
        del cuts[worst]
    return cuts


def _moved(values: Sequence[float], cuts: Sequence[int]) -> list[int]:
    """Each cut to where it parts best what lies between its neighbours: it was found beside changes not yet known."""
    ends = [0, *cuts, len(values)]
    for at in range(1, len(ends) - 1):
        start, end = ends[at - 1], ends[at + 1]
        sums = [0, *accumulate(double_ranks(values[start:end]))]
        size = end - start
        splits = range(FEWEST, size - FEWEST + 1)
        apart = [abs(sums[cut] - cut * (size + 1)) / math.sqrt(cut * (size - cut)) for cut in splits]
        ends[at] = start + FEWEST + max(range(len(apart)), key=apart.__getitem__)
    return ends[1:-1]


def _doubt(before: Sequence[float], after: Sequence[float], matters: Matters) -> float:
    return mann_whitney(before, after) if matters(before, after) else 2.0


def _cuts(
    values: Sequence[float], start: int, end: int, alpha: float, permutations: int, chance: random.Random
) -> set[int]:
    """Binary segmentation (Scott & Knott, Biometrics 30, 1974): split it and its parts until nothing stands out."""
    size = end - start
    if size < 2 * FEWEST:
        return set()
    ranks = double_ranks(values[start:end])
    most = _furthest(ranks)
    if not most or not _is_rare(ranks, most, alpha, permutations, chance):
        return set()
    found = {start + cut for cut in _arc(ranks, most) if 0 < cut < size}
    ends = sorted({start, *found, end})
    for left, right in pairwise(ends):
        found |= _cuts(values, left, right, alpha, permutations, chance)
    return found


def _is_rare(ranks: Sequence[int], most: float, alpha: float, permutations: int, chance: random.Random) -> bool:
    """Is p, (1 + permutations as far out) / (1 + permutations), at most alpha (Phipson & Smyth 2010)?

    It stops at the permutation with which p is known to be larger.
    """
    allowed = math.floor(alpha * (permutations + 1) + 1e-9) - 1
    shuffled = list(ranks)
    for _ in range(permutations):
        if allowed < 0:
            return False
        chance.shuffle(shuffled)
        allowed -= _furthest(shuffled) >= most
    return allowed >= 0


def _furthest(ranks: Sequence[int]) -> float:
    """The largest standardised distance of the rank sum of a stretch from its mean, up to a factor of the series.

    Stretches and what is left on either side of them have FEWEST values at least, or none.
    """
    size = len(ranks)
    sums = [0, *accumulate(ranks)]
    most = 0.0
    for length in range(FEWEST, size - FEWEST + 1):
        mean = length * (size + 1)
        stretches = list(map(sub, sums[length:], sums))
        allowed = [stretches[0], stretches[-1], *stretches[FEWEST : size - length - FEWEST + 1]]
        apart = max(max(allowed) - mean, mean - min(allowed))
        most = max(most, apart / math.sqrt(length * (size - length)))
    return most


def _arc(ranks: Sequence[int], most: float) -> tuple[int, int]:
    """Where the stretch begins and ends that lies so far apart: the first of them."""
    size = len(ranks)
    sums = [0, *accumulate(ranks)]
    for length in range(FEWEST, size - FEWEST + 1):
        for begin in dict.fromkeys((0, size - length, *range(FEWEST, size - length - FEWEST + 1))):
            apart = abs(sums[begin + length] - sums[begin] - length * (size + 1))
            if apart / math.sqrt(length * (size - length)) >= most:
                return begin, begin + length
    raise AssertionError("the stretch was there")
