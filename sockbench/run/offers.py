"""What a plan asks of its open groups, for the verdict to hold against what was sent.

Pure. Of a closed group nothing is asked: the answers decide.
"""

from __future__ import annotations

import math

from sockbench.load.span import requests_of
from sockbench.model.plan import Every, Group, Plan, Rate
from sockbench.stats.evidence import Offer


def offers(plan: Plan) -> dict[str, Offer]:
    """By group: how many requests its schedule holds in the measured time."""
    found = {}
    for group in plan.groups:
        expected = requests_of(plan, group)
        if expected is not None:
            found[group.name] = Offer(expected, _deviation(group, expected), _period(group))
    return found


def _deviation(group: Group, expected: int) -> float:
    """The count of a Poisson process has its mean for a variance; in lockstep all clients share one process."""
    if getattr(group.arrivals, "pattern", None) != "poisson":
        return 0.0
    return math.sqrt(expected * group.count if group.arrivals.phase == "lockstep" else expected)


def _period(group: Group) -> float | None:
    """Seconds between two requests of one client; None where they differ by design."""
    arrivals = group.arrivals
    if isinstance(arrivals, Every):
        return arrivals.period
    if isinstance(arrivals, Rate) and arrivals.pattern == "constant":
        return group.count / arrivals.per_second
    return None
