"""Which relays does a plan need, and who goes through which? Pure.

A group's own impairment takes the place of its server's; the groups that share a server's share its relay, and so its
rate and its queue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sockbench.model.plan import Closed, Every, Group, Impairment, Plan, Stages, Target, Transport
from sockbench.net.relay_parts import IDLE
from sockbench.net.truth import TruthGroup

NS = 1_000_000_000
LONGEST_STAY = 60.0
SIGMAS = 6
LONG_GAPS = 20
"""So many times the mean is a gap of a Poisson process, or a life, in one case of 5 * 10**8."""


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """One relay before a `server` of the plan or a `target`, and the groups that go through it."""

    before: Literal["server", "group"]  # or of a group, that has an impairment of its own
    name: str  # of that
    transport: Transport
    impairment: Impairment
    server: str | None
    target: Target | None
    groups: tuple[TruthGroup, ...]


def relays_of(plan: Plan) -> tuple[RelayPlan, ...]:
    """The relays, in the order of their first groups."""
    found: dict[tuple[Literal["server", "group"], str], RelayPlan] = {}
    place = 0
    for group in plan.groups:
        key = relay_key(plan, group)
        if key is not None:
            member = TruthGroup(group.name, place, group.count, round(group.timeout * NS))
            members = (*found[key].groups, member) if key in found else (member,)
            impairment = group.impair or plan.server(group.server or "").impair
            assert impairment is not None
            found[key] = RelayPlan(*key, group.transport, impairment, group.server, group.target, members)
        place += group.count
    return tuple(found.values())


def relay_key(plan: Plan, group: Group) -> tuple[Literal["server", "group"], str] | None:
    """What names the relay of `group`, if it goes through one: whose impairment it is."""
    if group.impair is not None:
        return "group", group.name
    if group.server is not None and plan.server(group.server).impair is not None:
        return "server", group.server
    return None


def memory_of(plan: Plan, relay: RelayPlan) -> float:
    """Seconds of silence after which the relay may forget a UDP client: never while that might say more.

    Forgotten, it would come to the server from another address, as somebody else. Where clients come and go, though,
    those who left must be forgotten, or each would cost a socket to the end.
    """
    names = {member.name for member in relay.groups}
    groups = [group for group in plan.groups if group.name in names]
    if all(group.churn is None for group in groups):
        return math.inf
    return max(IDLE, *(_longest_pause(plan, group) for group in groups))


def _longest_pause(plan: Plan, group: Group) -> float:
    """Seconds that a client of `group` may have nothing to say for, but for chances of one in millions.

    A client's own requests are some `count` of the group's apart, so a stage of a low rate counts as a pause.
    """
    arrivals = group.arrivals
    if isinstance(arrivals, Closed):
        pause = arrivals.think.longest
    elif isinstance(arrivals, Every):
        pause = arrivals.period
    elif isinstance(arrivals, Stages):
        slow = LONG_GAPS * (group.count + arrivals.burst) / IDLE
        quiet = sum(stage.duration for stage in arrivals.stages if min(stage.first, stage.last) < slow)
        pause = quiet + IDLE
    else:
        gaps = LONG_GAPS if arrivals.pattern == "poisson" else 1
        pause = gaps * (group.count + arrivals.burst) / arrivals.per_second
    begins = plan.warmup + group.start if group.start else 0.0
    life = math.inf if group.churn is None else LONG_GAPS * group.churn
    return begins + min(pause + group.timeout, life)


def counts_requests(plan: Plan, relay: RelayPlan) -> bool:
    """Whether the relay can tell requests apart: over UDP, by the numbers in envelopes."""
    formats = {group.format for group in plan.groups if any(group.name == member.name for member in relay.groups)}
    return relay.transport == "udp" and formats == {"envelope"}


def longest_stay(impairment: Impairment) -> int:
    """Nanoseconds that a request and its reply may spend in the relay, with a second to spare; a minute at most."""
    stay = 1.0
    for way in (impairment.up, impairment.down):
        stay += way.delay
        if way.jitter is not None:
            stay += SIGMAS * way.jitter.amount
        if way.rate is not None:
            stay += LONGEST_STAY if way.queue is None else way.queue / way.rate
    return round(min(stay, LONGEST_STAY) * NS)
