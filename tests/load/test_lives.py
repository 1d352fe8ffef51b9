"""How long clients stay: the mean, no memory, and the same for one seed."""

from __future__ import annotations

import itertools
import math

import pytest

from sockbench.load.arrivals import NS
from sockbench.load.lives import departures, lives


def some(mean: float, n: int, *, index: int = 0, seed: int = 1) -> list[int]:
    return list(itertools.islice(lives(mean, index=index, seed=seed), n))


@pytest.mark.parametrize("mean", [0.01, 1.0, 3600.0])
def test_lives_have_their_mean_and_no_memory(mean: float) -> None:
    n = 20_000
    found = [life / NS for life in some(mean, n)]
    average = sum(found) / n
    assert abs(average - mean) < 5 * mean / math.sqrt(n)
    old = [life - mean for life in found if life > mean]  # what is left to those who are older than the mean
    assert len(old) / n == pytest.approx(math.exp(-1), rel=0.05)
    assert sum(old) / len(old) == pytest.approx(mean, rel=0.06)
    assert min(found) >= 0


def test_lives_are_those_of_the_seed_and_the_place() -> None:
    assert some(1.0, 50) == some(1.0, 50)
    assert some(1.0, 50) != some(1.0, 50, seed=2)
    assert some(1.0, 50) != some(1.0, 50, index=1)


def test_departures_are_the_lives_one_after_the_other() -> None:
    found = list(itertools.islice(departures(2.0, index=3, seed=9), 20))
    assert found == list(itertools.accumulate(some(2.0, 20, index=3, seed=9)))
