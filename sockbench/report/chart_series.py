"""The lines of the charts: a group of a variant each, with its runs. It decides how many are drawn, how runs become one
line (the median of the runs at each moment), and how long ones are thinned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sockbench.model.experiment import called
from sockbench.model.plan import Group, Plan
from sockbench.model.result import GroupResult, Interval, Result, Run
from sockbench.report import cells
from sockbench.report.chart import middle
from sockbench.report.many_runs import variant_cell

MOST_SERIES = 8
"""As many as there are colours that everybody can tell apart."""
MOST_POINTS = 300
MOST_OF_ALL = 6_000
"""Points of all lines of a chart over time."""
_LABEL = 40

Value = Callable[[Sequence[Interval], float], float | None]
"""A number of a few intervals of one run that follow each other, and the seconds that they take."""


@dataclass(frozen=True, slots=True)
class Series:
    """One group of one variant: its `label`, its tag in the log of latencies, its plan, and what it did in each run."""

    label: str
    tag: str
    variant: dict[str, str]
    plan: Plan
    group: Group | None
    runs: tuple[tuple[Run, GroupResult], ...]


def all_series(result: Result) -> list[Series]:
    """Every group of every variant that was run, variants in the order of the matrix."""
    order = {called(variant.values): place for place, variant in enumerate(result.variants)}
    found: dict[tuple[str, str], list[tuple[Run, GroupResult]]] = {}
    for run in sorted(result.runs, key=lambda run: order.get(called(run.variant), len(order))):
        for group in run.groups:
            found.setdefault((called(run.variant), group.name), []).append((run, group))
    variants = {variant for variant, _ in found}
    names = {group for _, group in found}
    series = []
    for (variant, name), runs in found.items():
        values = runs[0][0].variant
        parts = [variant_cell(values)] if len(variants) > 1 else []
        parts += [cells.plain(name)] if len(names) > 1 or not parts else []
        plan = result.plan_of(values)
        series.append(
            Series(
                label=cells.cut(" ".join(parts), _LABEL),
                tag=f"{variant}/{name}" if values else name,
                variant=values,
                plan=plan,
                group=next((group for group in plan.groups if group.name == name), None),
                runs=tuple(runs),
            )
        )
    return series


def bins(series: Sequence[Series], lines: int, *, load: bool = False) -> tuple[float, ...]:
    """The ends of the stretches of time that a chart of so many lines shows, in seconds: whole numbers of them. With
    `load` no longer than requests were due, else to the last answer.
    """
    last = max((interval.end_s for one in series for run, _ in one.runs for interval in run.intervals), default=0.0)
    if load:
        last = min(last, max(one.plan.duration for one in series))
    most = max(20, min(MOST_POINTS, MOST_OF_ALL // max(1, lines)))
    width = max(1, math.ceil(last / most))
    whole = int(last // width)
    ends = [float(width * (number + 1)) for number in range(whole)]
    rest = last - width * whole
    return tuple(ends + ([last] if rest > 0.5 * width or not ends else []))


def over_time(series: Series, ends: Sequence[float], value: Value) -> tuple[float | None, ...]:
    """`value` of each stretch: of the runs that have one, the median."""
    of_runs = [_of_run(run, group.name, ends, value) for run, group in series.runs]
    return tuple(_median([values[at] for values in of_runs]) for at in range(len(ends)))


def _of_run(run: Run, name: str, ends: Sequence[float], value: Value) -> list[float | None]:
    inside: list[list[Interval]] = [[] for _ in ends]
    at = 0
    for interval in sorted((one for one in run.intervals if one.group == name), key=lambda one: one.start_s):
        while at < len(ends) and interval.start_s >= ends[at]:
            at += 1
        if at == len(ends):
            break
        inside[at].append(interval)
    starts = (0.0, *ends)
    length = min(run.elapsed_s, run.duration_s) or run.elapsed_s
    found: list[float | None] = []
    for few, start, end in zip(inside, starts, ends, strict=False):
        # A second in which nothing was settled is saved as none: it is an empty one while the run went on.
        went_on = start < length
        found.append(value(few, min(end, run.elapsed_s) - start) if few or went_on else None)
    return found


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return middle(known) if known else None
