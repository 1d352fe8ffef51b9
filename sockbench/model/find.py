"""A search for the highest load that keeps some conditions: what is searched, what each run of it said, what was found.

Nouns, and a plan with another value put in. Values are requests per second, or clients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sockbench.model.plan import Plan, Rate, Threshold

if TYPE_CHECKING:
    from sockbench.model.result import ThresholdResult, VerdictStatus

Sought = Literal["rate", "clients"]
Purpose = Literal["start", "doubling", "halving", "bisection", "confirmation"]
Answer = Literal["kept", "failed", "tool", "unknown"]
"""Of one run. `tool`: the tool or this machine was the limit, so it says nothing of the system; `unknown`: the run
could not tell, by too few samples or since it was interrupted.
"""
LimitedBy = Literal["system", "tool", "bound", "unknown"]


@dataclass(frozen=True, slots=True)
class Aim:
    """The number of the scenario that is searched: of the group number `group`, whose name is `name`."""

    what: Sought
    group: int
    name: str

    @property
    def path(self) -> str:
        """As in `--set`."""
        return f"clients.{self.group}.{'arrivals.rate' if self.what == 'rate' else 'count'}"

    def of(self, plan: Plan) -> float:
        """The value in a plan. TypeError where its arrivals have no rate."""
        group = plan.groups[self.group]
        if self.what == "clients":
            return group.count
        if not isinstance(group.arrivals, Rate):
            raise TypeError(f"the arrivals of {group.name} have no rate")
        return group.arrivals.per_second

    def put(self, plan: Plan, value: float) -> Plan:
        """The plan with another value."""
        group = plan.groups[self.group]
        if self.what == "clients":
            changed = replace(group, count=int(value))
        elif isinstance(group.arrivals, Rate):
            changed = replace(group, arrivals=replace(group.arrivals, per_second=value))
        else:
            raise TypeError(f"the arrivals of {group.name} have no rate")
        return replace(plan, groups=(*plan.groups[: self.group], changed, *plan.groups[self.group + 1 :]))

    def shown(self, value: float) -> str:
        """The value as it is written in a scenario."""
        return f"{value:.10g}/s" if self.what == "rate" else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the search begins, between which values it stays, and the distance, as a share, at which it is content."""

    start: float
    lowest: float
    highest: float
    resolution: float
    whole: bool  # the values are whole numbers


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched: the highest value of `aim` in `bounds` that keeps all `conditions`, written `expression`."""

    aim: Aim
    bounds: Bounds
    expression: str
    conditions: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the search. `again`: the second at this value, since the first did not keep the conditions."""

    value: float
    purpose: Purpose
    again: bool
    answer: Answer
    reason: str = ""  # where it is not that a condition was not met
    status: VerdictStatus | None = None  # of the run by itself; None where it could not be made
    run: int | None = None  # its place among the result's runs, from 0
    held: tuple[ThresholdResult, ...] = ()  # the conditions


@dataclass(frozen=True, slots=True)
class Find:
    """A search and what it found. `value` is None when no value kept the conditions; `limit` is the lowest value above
    it that did not, None when there is none; `limited_by` says why it is no higher.
    """

    question: Question
    steps: tuple[Step, ...]
    value: float | None
    confirmed: bool
    limit: float | None
    limited_by: LimitedBy
