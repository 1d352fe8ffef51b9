"""Runs with chosen figures, as many as a comparison takes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from sockbench.model.comparison import Side
from sockbench.model.result import Counts, GroupResult, Run
from tests.stats.samples import GROUP, MANY

SENT = 10_000


def group_of(
    *,
    name: str = "askers",
    p50: float | None = 0.001,
    p99: float | None = 0.004,
    rate: float | None = 1000.0,
    lost: int = 0,
    p90: float | None = 0.002,
) -> GroupResult:
    """A group whose figures are these, in seconds and per second; `lost` of 10,000 requests."""
    times = replace(MANY, p50_s=p50, p90_s=p90, p99_s=p99)
    return replace(GROUP, name=name, counts=Counts(ok=SENT - lost, lost=lost), rtt=times, requests_per_s=rate)


def run_of(*groups: GroupResult, repetition: int = 1, variant: dict[str, str] | None = None) -> Run:
    """A run of these groups, without servers."""
    return Run(variant or {}, repetition, 0.0, 3.0, 3.0, groups, (), ())


def side_of(label: str, groups: Sequence[GroupResult]) -> tuple[Side, list[Run]]:
    """A side with a run for each of these."""
    runs = [run_of(group, repetition=number) for number, group in enumerate(groups, start=1)]
    return Side(label, {}, len(runs)), runs


def drawn(
    chance: random.Random, runs: int, spread: float, disturbed: float = 0.0, **factors: float
) -> list[GroupResult]:
    """Groups of `runs` runs, each figure lognormal about its usual value with such a spread, times its factor.

    The share `disturbed` of the runs is: the machine did something else, and all times are up to twice as long.
    """
    found = []
    for _ in range(runs):
        slow = chance.uniform(1, 2) if chance.random() < disturbed else 1.0
        p50, p90, p99, rate = (
            usual * factors.get(name, 1.0) * chance.lognormvariate(0, spread)
            for name, usual in (("p50", 0.001), ("p90", 0.002), ("p99", 0.004), ("rate", 1000.0))
        )
        lost = sum(chance.random() < 0.002 for _ in range(1000))
        found.append(group_of(p50=p50 * slow, p90=p90 * slow, p99=p99 * slow, rate=rate / slow, lost=lost))
    return found
