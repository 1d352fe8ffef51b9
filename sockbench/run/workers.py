"""How many client processes drive a plan, whose each client is, and when all begin. Pure but for `usable_cores`.

Every worker gets each n-th client, counted through all groups, so that none has more than one client more than another,
of all clients or of any group.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sockbench.model.plan import Plan

WorkersWish = int | Literal["auto"]

MOST = 256
HEAD_START = 20_000_000
"""Nanoseconds from the order to go to the first due time, so that it finds every client waiting."""
HEAD_START_EACH = 50_000
"""And so many for each client, who is told when to begin and handed to its driver meanwhile."""


@dataclass(frozen=True, slots=True)
class Workers:
    """How many there are, and whether that was left to the tool."""

    count: int
    auto: bool = False


def workers_for(plan: Plan, wish: WorkersWish, cores: int) -> Workers:
    """`auto` is one for each of `cores`, less one for the servers if the plan starts some; never more than clients."""
    if wish != "auto":
        return Workers(wish)
    free = cores - 1 if plan.servers else cores
    return Workers(max(1, min(free, plan.clients, MOST)), auto=True)


def is_mine(number: int, index: int, workers: int) -> bool:
    """Whether worker `index` of `workers` drives the client of that `number`, from 0, among those of all groups."""
    return number % workers == index


def head_start(clients: int, workers: int, cores: int) -> int:
    """Nanoseconds after which all of `workers` can begin together; each of `cores` prepares its part of `clients`."""
    return HEAD_START + math.ceil(clients / min(workers, cores)) * HEAD_START_EACH


def usable_cores() -> int:
    """The processors that this process may run on; 1 where the system does not say."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # Linux alone knows; elsewhere a process may run on any
        return os.cpu_count() or 1
