"""One figure of one scenario over many results: its points in time, which of them are alike, and where it changed.

It decides what a result's point is, which results may be held against each other (the same plan on the same machine),
and which changes count. Other versions of the software are told, and searched across: what they did is the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sockbench.model.comparison import Figure
from sockbench.model.environment import Environment
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Plan
from sockbench.model.result import Counts, GroupResult, Result, Run
from sockbench.stats.bootstrap import median
from sockbench.stats.change_points import change_points
from sockbench.stats.comparison import MIN_EFFECT, MIN_POINTS, NOTHING
from sockbench.stats.differences import Difference, environment_differences, plan_differences
from sockbench.stats.figures import value_of
from sockbench.stats.sides import variants_of
from sockbench.stats.thresholds import JITTER_STATISTICS, TIME_STATISTICS

_SOFTWARE: Final = ("sockbench", "python", "libraries", "kernel")
_ANY_SEED: Final = "seed"


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of one result: the median of its runs. `kind` is the number of the plan and machine, from 0."""

    started: str
    folder: str
    value: float
    runs: int
    kind: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Results of one plan on one machine: how many, and what is different from the first kind."""

    results: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Point number `at` was made by other versions of the software than the point of its kind before it."""

    at: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """A change point, after point `last` and before point `first`, both of one kind: medians and how many results.

    `difference` is a share of `before`, or what is added to it when the figure is a share; None where `before` is 0.
    """

    last: int
    first: int
    before: float
    after: float
    results_before: int
    results_after: int
    difference: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The whole of it, oldest first. `title` is the variant, empty without a matrix; `left_out` says of what kind and
    how many the results are that have no point.
    """

    title: str
    figure: Figure
    group: str | None
    points: tuple[Point, ...]
    kinds: tuple[Kind, ...]
    turns: tuple[Turn, ...]
    shifts: tuple[Shift, ...]
    min_effect: float
    left_out: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Member:
    """A point on its way, with what it is told from others by."""

    point: Point
    plan: Plan
    environment: Environment


def trends(
    results: Sequence[tuple[str, Result]], figure: Figure, group: str | None = None, min_effect: float = MIN_EFFECT
) -> list[Trend]:
    """A trend for each variant, of results with the folders they are in, in any order.

    ValueError, a sentence, when a figure of all groups together is asked for that no result has.
    """
    ordered = sorted(results, key=lambda entry: entry[1].started)
    titles = dict.fromkeys(title for _, result in ordered for title in _titles(result))
    return [_trend(title, ordered, figure, group, min_effect) for title in titles]


def value_of_run(figure: Figure, run: Run, group: str | None) -> float | None:
    """The figure of one group, or of all together; None when that is not known, or there is no such group.

    ValueError where several groups have no such figure together: percentiles cannot be added up.
    """
    if group is not None:
        return next((value_of(figure, one) for one in run.groups if one.name == group), None)
    if not run.groups:
        return None
    if len(run.groups) == 1:
        return value_of(figure, run.groups[0])
    if figure.name.rpartition(".")[2] in (*TIME_STATISTICS, *JITTER_STATISTICS):
        names = ", ".join(one.name for one in run.groups[:3])
        raise ValueError(f"{figure.name} is known of each group by itself, and there are several ({names})")
    return value_of(figure, whole(run.groups))


def whole(groups: Sequence[GroupResult]) -> GroupResult:
    """All groups as one, in what can be added up: counts and rates. Its times and name are the first one's."""
    return replace(
        groups[0],
        clients=sum(group.clients for group in groups),
        counts=Counts(*(sum(getattr(group.counts, name) for group in groups) for name in OUTCOME_NAMES)),
        duplicate=sum(group.duplicate for group in groups),
        reordered=sum(group.reordered for group in groups),
        stray=sum(group.stray for group in groups),
        requests_per_s=_sum(group.requests_per_s for group in groups),
        replies_per_s=_sum(group.replies_per_s for group in groups),
    )


def _sum(rates: Iterable[float | None]) -> float | None:
    total = 0.0
    for rate in rates:
        if rate is None:
            return None
        total += rate
    return total


def _titles(result: Result) -> Iterable[str]:
    return (variants_of(result) if result.find is None else ()) or [""]


def _trend(
    title: str, results: Sequence[tuple[str, Result]], figure: Figure, group: str | None, min_effect: float
) -> Trend:
    members: list[_Member] = []
    firsts: list[_Member] = []
    left_out: dict[str, int] = {}
    for folder, result in results:
        found = _values(title, result, figure, group)
        if isinstance(found, str):
            left_out[found] = left_out.get(found, 0) + 1
        elif found:
            plan = next((known.plan for known in result.variants if known.name == title), result.scenario)
            member = _Member(
                Point(result.started, folder, median(found), len(found), len(firsts)), plan, result.environment
            )
            kind = next((number for number, first in enumerate(firsts) if not _unlike(first, member)), None)
            if kind is None:
                firsts.append(member)
            else:
                member.point = replace(member.point, kind=kind)
            members.append(member)
    points = tuple(member.point for member in members)
    kinds = tuple(
        Kind(sum(point.kind == number for point in points), tuple(_unlike(firsts[0], first)))
        for number, first in enumerate(firsts)
    )
    shifts = [shift for number in range(len(kinds)) for shift in _shifts(points, number, figure, min_effect)]
    shifts.sort(key=lambda shift: shift.first)
    return Trend(
        title=title,
        figure=figure,
        group=group,
        points=points,
        kinds=kinds,
        turns=tuple(_turns(members)),
        shifts=tuple(shifts),
        min_effect=min_effect,
        left_out=tuple(sorted(left_out.items())),
    )


def _values(title: str, result: Result, figure: Figure, group: str | None) -> list[float] | str:
    """The figure in each whole run; or why there is none. Empty when the result has no such variant."""
    if result.verdict.status == "invalid":
        return "invalid"
    if result.find is not None:
        return "searches"  # each of its runs is of another load
    variants = variants_of(result)
    if not variants:
        return "cut short"
    if title not in variants:
        return []
    values = [value_of_run(figure, run, group) for run in variants[title]]
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else f"without {figure.name}"


def _unlike(first: _Member, other: _Member) -> list[Difference]:
    """In what the plan or the machine differ. Not in the seed: it draws other requests of the same load."""
    plan = [one for one in plan_differences(first.plan, other.plan) if one.path != _ANY_SEED]
    machine = environment_differences(first.environment, other.environment)
    return plan + [one for one in machine if not _is_software(one)]


def _turns(members: Sequence[_Member]) -> Iterable[Turn]:
    last: dict[int, _Member] = {}
    for at, member in enumerate(members):
        before = last.get(member.point.kind, member)
        differences = environment_differences(before.environment, member.environment)
        software = tuple(one for one in differences if _is_software(one))
        if software:
            yield Turn(at, software)
        last[member.point.kind] = member


def _is_software(difference: Difference) -> bool:
    return difference.path.partition(".")[0] in _SOFTWARE


def _shifts(points: Sequence[Point], kind: int, figure: Figure, min_effect: float) -> list[Shift]:
    def matters(before: Sequence[float], after: Sequence[float]) -> bool:
        here, there = median(before), median(after)
        if figure.unit == "share":
            return abs(there - here) >= MIN_POINTS
        return abs(there - here) >= min_effect * abs(here) if abs(here) > NOTHING else abs(there) > NOTHING

    places = [place for place, point in enumerate(points) if point.kind == kind]
    values = [points[place].value for place in places]
    ends = [0, *change_points(values, matters=matters), len(values)]
    found = []
    for start, cut, end in zip(ends, ends[1:], ends[2:], strict=False):
        before, after = median(values[start:cut]), median(values[cut:end])
        ratio = after / before - 1 if before > NOTHING else None
        difference = after - before if figure.unit == "share" else ratio
        found.append(Shift(places[cut - 1], places[cut], before, after, cut - start, end - cut, difference))
    return found
