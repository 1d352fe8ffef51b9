"""How many file descriptors a plan needs, and whether this machine gives them: said before the run, not during it."""

from __future__ import annotations

import math

from sockbench.errors import RunError
from sockbench.model.plan import Closed, Every, Group, Plan, Stages
from sockbench.net.relay_parts import IDLE
from sockbench.net.tasks import LINGERING
from sockbench.run.relays import relays_of

CHANGE = 0.1
"""Seconds that a newcomer may take to connect while the one before is still there."""
OVERHEAD = 24
"""Descriptors that a process needs besides its sockets: pipes, epoll, the interpreter's own files."""


def descriptors_needed(plan: Plan, workers: int) -> int:
    """The descriptors that the process of this plan needs which needs most."""
    worker = sum(_of_group(group, math.ceil(group.count / workers)) for group in plan.groups)
    servers = len(plan.servers) + sum(
        _of_group(group, group.count) for group in plan.groups if group.server is not None and group.transport == "tcp"
    )
    return OVERHEAD + max(worker, servers, _relays(plan))


def check_descriptors(plan: Plan, workers: int) -> None:
    """RunError when the limit of open files is too low for the plan."""
    limit = _limit()
    needed = descriptors_needed(plan, workers)
    if limit is not None and needed > limit:
        raise RunError(
            f"{plan.clients:,} clients need {needed} file descriptors in one process, and the limit is {limit}: "
            f"raise it with `ulimit -n {needed}`, or use fewer clients or more workers"
        )


def _of_group(group: Group, clients: int) -> int:
    """The most sockets that so many clients of `group` have open."""
    if group.churn is None:
        return clients * _sockets(group)
    # Those who left wait for their answers, and newcomers connect: departures of a Poisson process within that time,
    # and room for six standard deviations more.
    mean = clients * (group.timeout + CHANGE) / group.churn
    return clients + math.ceil(mean + 6 * math.sqrt(mean)) + 1


def _relays(plan: Plan) -> int:
    """A relay has a socket of its own, and one for each client's address (UDP) or two for each connection (TCP)."""
    sockets = 0
    relays = relays_of(plan)
    through = {member.name for relay in relays for member in relay.groups}
    for group in plan.groups:
        if group.name in through and group.transport == "tcp":
            sockets += 2 * _of_group(group, group.count)
        elif group.name in through:
            gone = 0.0 if group.churn is None else group.count * min(IDLE, plan.warmup + plan.duration) / group.churn
            sockets += _of_group(group, group.count) + math.ceil(gone + 6 * math.sqrt(gone))
    return len(relays) + sockets


def _sockets(group: Group) -> int:
    """The most sockets that one client of `group` has open."""
    if group.connect == "once":
        return 1
    arrivals = group.arrivals
    if isinstance(arrivals, Closed):
        return group.window + LINGERING
    if isinstance(arrivals, Every):
        period, burst = arrivals.period, 1
    else:
        rate = arrivals.peak if isinstance(arrivals, Stages) else arrivals.per_second
        period, burst = group.count / rate, math.ceil(arrivals.burst / group.count)
    return min(group.window, math.ceil(group.timeout / period) + burst) + LINGERING


def _limit() -> int | None:
    try:
        import resource
    except ImportError:
        return None  # Windows has no such limit
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
