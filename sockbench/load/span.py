"""When a group is active within a run, and how many requests it will make due in the measurement. Pure.

Times are nanoseconds after the beginning of the load, of which the warm-up is the first part.
"""

from __future__ import annotations

from typing import NamedTuple

from sockbench.load.arrivals import expected_requests
from sockbench.load.profile import NS
from sockbench.model.plan import Group, Plan, Stages

RENEWAL = 0.5
"""Seconds before its beginning at which a late group asks for its places again: they may have expired."""


class Span(NamedTuple):
    """Requests of a group are due from `begin` to before `end`; the times of its schedule count from `begin`.

    Its clients ask for their places again at `renew`; None when they begin too soon to have lost them.
    """

    begin: int
    end: int
    renew: int | None


def span_of(plan: Plan, group: Group) -> Span:
    """A group without a start of its own is driven in the warm-up too."""
    measure_from = round(plan.warmup * NS)
    stop = plan.duration if group.stop is None else min(group.stop, plan.duration)
    begin = measure_from + round(group.start * NS) if group.start else 0
    ahead = RENEWAL if group.server is None else min(RENEWAL, plan.server(group.server).idle / 2)
    renew = begin - round(ahead * NS)
    return Span(begin, measure_from + round(stop * NS), renew if group.start and renew > 0 else None)


def warmup_of(plan: Plan, group: Group) -> int:
    """How long, in nanoseconds, a group is driven before the measurement."""
    return 0 if group.start else round(plan.warmup * NS)


def requests_of(plan: Plan, group: Group) -> int | None:
    """How many requests a group will make due in the measurement, as `expected_requests` says."""
    span = span_of(plan, group)
    # The schedule of a rate goes on from the warm-up; stages begin with the measurement.
    warmup = warmup_of(plan, group)
    low = 0 if isinstance(group.arrivals, Stages) else warmup
    return expected_requests(
        group.arrivals, count=group.count, start=low / NS, end=(low + span.end - span.begin - warmup) / NS
    )
