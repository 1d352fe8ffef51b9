"""Which driver each group of a plan is driven by: `lanes` where it can be, which is faster, `tasks` otherwise. Pure."""

from __future__ import annotations

import sys
from typing import Literal, get_args

from sockbench.errors import RunError
from sockbench.model.plan import Group, Plan

DriverName = Literal["tasks", "lanes"]
Wish = Literal["auto", "tasks", "lanes"]
WISHES: tuple[Wish, ...] = get_args(Wish)


def drivers_of(plan: Plan, wish: Wish, platform: str = sys.platform) -> dict[str, DriverName]:
    """By group. RunError when `lanes` is wished for and cannot be."""
    found: dict[str, DriverName] = {}
    for group in plan.groups:
        obstacle = why_not_lanes(group, platform)
        if wish == "lanes" and obstacle is not None:
            raise RunError(f"the driver 'lanes' cannot drive group {group.name!r}: {obstacle}; use --driver auto")
        found[group.name] = "tasks" if wish == "tasks" or obstacle is not None else "lanes"
    return found


def why_not_lanes(group: Group, platform: str) -> str | None:
    """What keeps the clients of `group` off the lane, as the end of a sentence; None when nothing does."""
    if platform != "linux":
        return "it needs Linux"
    if group.connect == "per-request":
        return "it has a connection for each request"
    if group.churn is not None:
        return "its clients come and go"
    if group.timestamps == "kernel":
        return "it takes the kernel's timestamps"
    return None


def named(drivers: dict[str, DriverName]) -> str:
    """What ran, in one word or two."""
    return " and ".join(sorted(set(drivers.values())))
