"""How many file descriptors a plan needs, and whether this machine gives them: said before the run, not during it.

The soft limit of open files is raised to what is needed; the hard one is for the machine's owner to raise.
"""

from __future__ import annotations

import math

from sockbench.errors import RunError
from sockbench.model.plan import Closed, Every, Group, Plan, Stages
from sockbench.net.tasks import LINGERING
from sockbench.run.relays import RelayPlan, memory_of, relays_of

CHANGE = 0.1
"""Seconds that a newcomer may take to connect while the one before is still there."""
OVERHEAD = 24
"""Descriptors that a process needs besides its sockets: pipes, epoll, the interpreter's own files."""
LISTENING = 3
"""Descriptors of a server or a relay, besides those of its peers: its socket, its readiness set or timer, and the one
that it keeps back (`net/acceptor.py`)."""


def descriptors_needed(plan: Plan, workers: int) -> int:
    """The descriptors that the process of this plan needs which needs most."""
    return OVERHEAD + max(_worker(plan, workers), _servers(plan), _relays(plan), _conductor(workers))


def provide_descriptors(plan: Plan, workers: int) -> None:
    """Have as many as the plan needs, in this process and those that it starts. RunError when this machine has none."""
    needed = descriptors_needed(plan, workers)
    limit = raise_limit(needed)
    if limit < needed:
        who = "1 client needs" if plan.clients == 1 else f"{plan.clients:,} clients need"
        helps = "fewer clients"
        if workers > 1 and _conductor(workers) == needed - OVERHEAD:
            who, helps = f"{workers} workers need", "fewer workers"
        elif _worker(plan, workers) > max(_servers(plan), _relays(plan)):
            helps += " or more workers"
        raise RunError(
            f"{who} {needed} file descriptors in one process, and the hard limit is {limit}: "
            f"raise it as root with `ulimit -n {needed}`, or use {helps}"
        )


def raise_limit(needed: int) -> float:
    """Raise the soft limit of open files to `needed`, or as far as the hard one goes; gives the limit from then on.

    The soft limit is as low as it is for the sake of programs that wait with select(2), which counts to 1,023; what
    waits so here has its descriptors before there are many.
    """
    try:
        import resource
    except ImportError:
        return math.inf  # Windows has no such limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return math.inf if soft == resource.RLIM_INFINITY else soft
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (OSError, ValueError):
        return soft  # a system may allow fewer than its hard limit says
    return raised


def _conductor(workers: int) -> int:
    """Two pipes to each worker, and to the processes of the servers and the relays."""
    return 2 * (workers + 2)


def _worker(plan: Plan, workers: int) -> int:
    return sum(_of_group(group, math.ceil(group.count / workers)) for group in plan.groups)


def _servers(plan: Plan) -> int:
    """A server has some of its own, and one for each connection."""
    tcp = [group for group in plan.groups if group.server is not None and group.transport == "tcp"]
    return LISTENING * len(plan.servers) + sum(_of_group(group, group.count) for group in tcp)


def _of_group(group: Group, clients: int) -> int:
    """The most sockets that so many clients of `group` have open."""
    if group.churn is None:
        return clients * _sockets(group)
    # Those who left wait for their answers, and newcomers connect: departures of a Poisson process within that time,
    # and room for six standard deviations more.
    mean = clients * (group.timeout + CHANGE) / group.churn
    return clients + math.ceil(mean + 6 * math.sqrt(mean)) + 1


def flows_through(plan: Plan, relay: RelayPlan) -> int:
    """The most clients (UDP) or connections (TCP) that a relay remembers at once.

    Over UDP, those who left are among them until their silence has been long enough.
    """
    names = {member.name for member in relay.groups}
    flows = 0
    for group in plan.groups:
        if group.name not in names:
            continue
        flows += _of_group(group, group.count)
        if group.transport == "udp" and group.churn is not None:
            gone = group.count * min(memory_of(plan, relay), plan.warmup + plan.duration) / group.churn
            flows += math.ceil(gone + 6 * math.sqrt(gone))
    return flows


def _relays(plan: Plan) -> int:
    """A relay has some of its own, and one for each client's address (UDP) or two for each connection (TCP)."""
    relays = relays_of(plan)
    return sum(LISTENING + flows_through(plan, relay) * (2 if relay.transport == "tcp" else 1) for relay in relays)


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
