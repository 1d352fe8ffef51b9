"""How long the clients of a place stay, one after the other: a pure function of (mean, seed, client index).

Lives are exponential, so how long a client will still stay says nothing about how long it has been there (the
memoryless distribution: Ross, Introduction to Probability Models, section 5.2), and departures are a Poisson process.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from sockbench.load.profile import NS


def lives(mean: float, *, index: int, seed: int) -> Iterator[int]:
    """Endless lives in nanoseconds, of a mean in seconds, of those who hold the place `index` of their group."""
    stream = random.Random(f"life:{seed}:{index}")
    while True:
        yield round(stream.expovariate(1.0 / mean) * NS)


def departures(mean: float, *, index: int, seed: int) -> Iterator[int]:
    """When the place changes hands, in nanoseconds after the group's load began. However long a change takes, the next
    one keeps its time.
    """
    elapsed = 0
    for life in lives(mean, index=index, seed=seed):
        elapsed += life
        yield elapsed
