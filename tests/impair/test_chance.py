"""Chance: shares and bursts as their formulas say, and streams that do not disturb one another."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace

import pytest

from sockbench.impair.chance import Chance, Fate
from sockbench.model.plan import BurstLoss, Jitter, RandomLoss, Way

DRAWS = 40_000


def fates(way: Way, seed: int = 7, number: int = DRAWS) -> list[Fate]:
    chance = Chance(way, random.Random(seed))
    return [chance.next() for _ in range(number)]


def near(found: float, expected: float, sigma: float) -> bool:
    """Within five standard deviations: with a fixed seed this never changes."""
    return abs(found - expected) <= 5 * sigma


def test_nothing_befalls_a_datagram_on_a_good_link() -> None:
    assert set(fates(Way(), number=100)) == {Fate(False, 1, False, (0, 0), (None, None))}


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 1.0])
def test_shares(share: float) -> None:
    found = fates(Way(RandomLoss(share), duplicate=share, reorder=share, corrupt=share))
    sigma = math.sqrt(share * (1 - share) / DRAWS)
    assert near(sum(fate.lost for fate in found) / DRAWS, share, sigma)
    assert near(sum(fate.copies == 2 for fate in found) / DRAWS, share, sigma)
    assert near(sum(fate.held_back for fate in found) / DRAWS, share, sigma)
    assert near(sum(fate.bits[0] is not None for fate in found) / DRAWS, share, sigma)
    assert near(sum(fate.bits[1] is not None for fate in found) / DRAWS, share, sigma)


@pytest.mark.parametrize(("p", "r"), [(0.01, 0.25), (0.05, 0.5), (0.2, 0.1), (1.0, 1.0)])
def test_bursts_have_the_length_and_the_share_of_the_chain(p: float, r: float) -> None:
    lost = [fate.lost for fate in fates(Way(BurstLoss(p, r)))]
    bursts = [sum(1 for _ in run) for bad, run in itertools.groupby(lost) if bad]
    share = p / (p + r)
    # The chain forgets with the factor 1 - p - r, which widens the spread of the mean (Geyer 1992, section 2).
    memory = max(1.0, (2 - p - r) / (p + r))
    assert near(sum(lost) / DRAWS, share, math.sqrt(share * (1 - share) * memory / DRAWS))
    assert near(sum(bursts) / len(bursts), 1 / r, math.sqrt((1 - r) / r**2 / len(bursts)) + 1e-9)


def test_good_and_bad_lose_their_own_shares() -> None:
    loss = BurstLoss(0.1, 0.3, bad=0.6, good=0.02)
    found = sum(fate.lost for fate in fates(Way(loss))) / DRAWS
    expected = (0.1 * 0.6 + 0.3 * 0.02) / 0.4
    assert near(found, expected, math.sqrt(expected * 4 / DRAWS))


def test_a_burst_link_is_good_at_first() -> None:
    assert not any(fates(Way(BurstLoss(1.0, 0.001)), seed=seed, number=1)[0].lost for seed in range(50))


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_jitter(kind: str) -> None:
    jitter = Jitter("uniform", 0.005) if kind == "uniform" else Jitter("normal", 0.005)
    delays = [fate.delays[0] / 1e9 for fate in fates(Way(delay=0.1, jitter=jitter))]
    mean = sum(delays) / DRAWS
    deviation = math.sqrt(sum((delay - mean) ** 2 for delay in delays) / DRAWS)
    expected = 0.005 / math.sqrt(3) if kind == "uniform" else 0.005
    assert near(mean, 0.1, expected / math.sqrt(DRAWS))
    assert near(deviation, expected, expected / math.sqrt(DRAWS))
    if kind == "uniform":
        assert 0.095 <= min(delays) < 0.0955
        assert 0.1045 < max(delays) <= 0.105


def test_no_delay_is_negative() -> None:
    for jitter in (Jitter("uniform", 0.005), Jitter("normal", 0.005)):
        delays = [fate.delays[0] for fate in fates(Way(delay=0.001, jitter=jitter), number=2000)]
        assert min(delays) == 0
        assert max(delays) > 1_000_000


FULL = Way(RandomLoss(0.3), 0.02, Jitter("normal", 0.005), 0.3, 0.3, 0.3)
OFF = {
    "loss": (replace(FULL, loss=None), {"lost"}),
    "burst": (replace(FULL, loss=BurstLoss(0.1, 0.3)), {"lost"}),
    "duplicate": (replace(FULL, duplicate=0.0), {"copies"}),
    "reorder": (replace(FULL, reorder=0.0), {"held_back"}),
    "corrupt": (replace(FULL, corrupt=0.0), {"bits"}),
    "jitter": (replace(FULL, jitter=Jitter("uniform", 0.001)), {"delays"}),
}


@pytest.mark.parametrize("name", OFF)
def test_one_kind_of_chance_changes_no_other(name: str) -> None:
    way, changed = OFF[name]
    fields = {"lost", "copies", "held_back", "delays", "bits"}
    for one, other in zip(fates(FULL, number=500), fates(way, number=500), strict=True):
        assert all(getattr(one, field) == getattr(other, field) for field in fields - changed)


def test_the_seed_decides_all() -> None:
    assert fates(FULL, seed=5, number=200) == fates(FULL, seed=5, number=200)
    assert fates(FULL, seed=5, number=200) != fates(FULL, seed=6, number=200)
