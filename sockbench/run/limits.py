"""How many file descriptors a plan needs, and whether this machine gives them: said before the run, not during it."""

from __future__ import annotations

import math

from sockbench.errors import RunError
from sockbench.model.plan import Closed, Every, Group, Plan
from sockbench.net.tasks import LINGERING

OVERHEAD = 24
"""Descriptors that a process needs besides its sockets: pipes, epoll, the interpreter's own files."""


def descriptors_needed(plan: Plan, workers: int) -> int:
    """The descriptors that the process of this plan needs which needs most."""
    worker = sum(math.ceil(group.count / workers) * _sockets(group) for group in plan.groups)
    servers = len(plan.servers) + sum(
        group.count * _sockets(group) for group in plan.groups if group.server is not None and group.transport == "tcp"
    )
    return OVERHEAD + max(worker, servers)


def check_descriptors(plan: Plan, workers: int) -> None:
    """RunError when the limit of open files is too low for the plan."""
    limit = _limit()
    needed = descriptors_needed(plan, workers)
    if limit is not None and needed > limit:
        raise RunError(
            f"{plan.clients:,} clients need {needed} file descriptors in one process, and the limit is {limit}: "
            f"raise it with `ulimit -n {needed}`, or use fewer clients or more workers"
        )


def _sockets(group: Group) -> int:
    """The most sockets that one client of `group` has open."""
    if group.connect == "once":
        return 1
    arrivals = group.arrivals
    if isinstance(arrivals, Closed):
        return group.window + LINGERING
    period = arrivals.period if isinstance(arrivals, Every) else group.count / arrivals.per_second
    return min(group.window, math.ceil(group.timeout / period) + 1) + LINGERING


def _limit() -> int | None:
    try:
        import resource
    except ImportError:
        return None  # Windows has no such limit
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
