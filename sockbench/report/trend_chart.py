"""A figure over time as a chart of plain characters, 80 columns wide, that reads without colour.

It decides the scale and where each point stands. The scale begins at 0, or says below the chart that it does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sockbench.model.comparison import Figure
from sockbench.report.history_table import minute
from sockbench.stats.bootstrap import median
from sockbench.stats.trend import Trend

WIDTH = 80
SYMBOLS = "ox+*#@"
"""For each plan and machine one; all beyond the last have the last."""

_STEPS = 4
_ROWS = 12
_APART = 4
"""At most so many columns between two results."""
_TIME_UNITS = ((1e-3, 1e6, "us"), (1.0, 1e3, "ms"), (math.inf, 1.0, "s"))


@dataclass(frozen=True, slots=True)
class Scale:
    """From `bottom` up in `steps` steps of `step`."""

    bottom: float
    step: float
    steps: int

    @property
    def rows_of_step(self) -> int:
        """How many rows high a step is."""
        return max(2, round(_ROWS / self.steps))

    @property
    def rows(self) -> int:
        """Rows above the lowest one."""
        return self.steps * self.rows_of_step

    @property
    def labels(self) -> dict[int, str]:
        """What stands at which row, with as many decimals as the step needs."""
        exact = f"{self.step:.6f}".rstrip("0")
        decimals = len(exact.partition(".")[2])
        return {
            number * self.rows_of_step: f"{self.bottom + number * self.step:,.{decimals}f}"
            for number in range(self.steps + 1)
        }

    def row_of(self, value: float) -> int:
        """How many rows above the lowest a value is."""
        return max(0, min(self.rows, round((value - self.bottom) / self.step * self.rows_of_step)))


def chart(trend: Trend) -> list[str]:
    """The lines of the chart; at least one point."""
    values = [point.value for point in trend.points]
    factor, unit = _unit(trend.figure, max(map(abs, values)))
    scale = scale_of([value * factor for value in values], least=_least(trend.figure))
    labels = scale.labels
    margin = max(map(len, labels.values()))
    places = _places(len(values), WIDTH - margin - 3)
    width = places[-1] + 1
    grid = [[" "] * width for _ in range(scale.rows + 1)]
    _draw_levels(trend, grid, places, scale, factor)
    for shift in trend.shifts:
        for row in grid:
            row[_between(places, shift.last, shift.first)] = ":"
    for place, point in zip(places, trend.points, strict=True):
        grid[scale.row_of(point.value * factor)][place] = SYMBOLS[min(point.kind, len(SYMBOLS) - 1)]
    lines = [f"{trend.figure.name}, {unit}"]
    for number in range(scale.rows, -1, -1):
        axis = "+" if number in labels else "|"
        lines.append(f"{labels.get(number, ''):>{margin}} {axis} {''.join(grid[number])}".rstrip())
    indent = " " * (margin + 1)
    lines.append(f"{indent}+{'-' * (width + 1)}")
    lines += [f"{indent}  {row}".rstrip() for row in _marks(trend, places, width)]
    lines += [indent + "  " + line for line in _ends(trend, width, WIDTH - margin - 3)]
    if scale.bottom:
        lines.append(f"the scale begins at {labels[0]} {unit}, not at 0")
    return lines


def scale_of(values: Sequence[float], least: float) -> Scale:
    """Round numbers that hold all of `values`, at least `least` apart in all; from 0 unless they are far above it."""
    lowest, highest = min(values), max(values)
    broken = highest > lowest > highest / 2
    span = max(highest - lowest if broken else highest, least, abs(highest) / 100 if broken else 0.0)
    step = _round_up(span / _STEPS)
    bottom = math.floor(lowest / step + 1e-9) * step if broken else 0.0
    return Scale(bottom, step, max(1, math.ceil((highest - bottom) / step - 1e-9)))


def _round_up(step: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next((factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= step * (1 - 1e-9)), 10 * power)


def _unit(figure: Figure, most: float) -> tuple[float, str]:
    """By what a value is multiplied, and the unit that it has then."""
    if figure.unit == "seconds":
        return next((factor, unit) for below, factor, unit in _TIME_UNITS if most < below)
    return (100.0, "%") if figure.unit == "share" else (1.0, "per second")


def _least(figure: Figure) -> float:
    return 0.4 if figure.unit == "share" else 1e-3


def _places(points: int, width: int) -> list[int]:
    """The column of each point: the same distance between all, as nearly as columns allow."""
    apart = min(_APART, (width - 1) / (points - 1)) if points > 1 else 0
    return [round(number * apart) for number in range(points)]


def _between(places: Sequence[int], last: int, first: int) -> int:
    return (places[last] + places[first] + 1) // 2


def _draw_levels(trend: Trend, grid: list[list[str]], places: Sequence[int], scale: Scale, factor: float) -> None:
    """The median between two changes, as a line through the points of one plan and machine."""
    for kind in range(len(trend.kinds)):
        members = [at for at, point in enumerate(trend.points) if point.kind == kind]
        cuts = [members.index(shift.first) for shift in trend.shifts if shift.first in members]
        for start, end in zip([0, *cuts], [*cuts, len(members)], strict=True):
            part = members[start:end]
            row = grid[scale.row_of(median([trend.points[at].value for at in part]) * factor)]
            for column in range(places[part[0]], places[part[-1]] + 1):
                row[column] = "-"


def _marks(trend: Trend, places: Sequence[int], width: int) -> list[str]:
    """The numbers of the changes, and a `v` where the versions are others."""
    rows = []
    if trend.shifts:
        numbers = [" "] * (width + len(str(len(trend.shifts))))
        for number, shift in enumerate(trend.shifts, start=1):
            at = _between(places, shift.last, shift.first)
            numbers[at : at + len(str(number))] = str(number)
        rows.append("".join(numbers))
    if trend.turns:
        letters = [" "] * width
        for turn in trend.turns:
            letters[places[turn.at]] = "v"
        rows.append("".join(letters))
    return rows


def _ends(trend: Trend, width: int, most: int) -> list[str]:
    """The times of the first and the last point, below them."""
    first, last = minute(trend.points[0].started), minute(trend.points[-1].started)
    if len(trend.points) == 1:
        return [f"{first} (UTC)"]
    if width >= len(first) + len(last) + 2:
        return [f"{first}{' ' * (width - len(first) - len(last))}{last}", "results in the order of time (UTC)"]
    return [f"{first} to {last} (UTC), in the order of time"[:most]]
