"""A chart as data: lines over a common axis, and the same in words for who cannot see it. How it is drawn is the
script's (`web/charts.js`); which chart there is, and what it says, is decided where it is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sockbench.report import units

Unit = Literal["seconds", "duration", "rate", "count", "share", "percentile", "number", "size", "place"]
"""What the numbers of an axis are: seconds into a run, times that were measured, events per second, 1 / (1 - q), …"""
Kind = Literal["line", "step", "points", "bars"]
MOST_SAID = 4
DIGITS = 4
"""Significant digits of what is drawn: a screen shows no more than three."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands on it and in which unit; `log` when it begins logarithmic."""

    label: str
    unit: Unit
    log: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Values over the x of its chart, None where there is none. Lines of one `colour` belong together, `dash` tells
    them apart; a line that is not `shown` waits for a click on its name.
    """

    label: str
    values: tuple[float | None, ...]
    colour: int = 0
    dash: int = 0
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says, for who cannot see it: a sentence, and a small table of headings and rows."""

    sentence: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `places` are names at numbers of x, where x is no quantity; `can_log`: y may be logarithmic."""

    id: str
    title: str
    kind: Kind
    x: Axis
    y: Axis
    at: tuple[float, ...]
    lines: tuple[Line, ...]
    words: Words
    places: tuple[tuple[float, str], ...] = ()
    can_log: bool = False


def as_json(chart: Chart) -> dict[str, object]:
    """What the script needs of it; numbers have 4 significant digits."""
    return {
        "id": chart.id,
        "kind": chart.kind,
        "x": {"label": chart.x.label, "unit": chart.x.unit, "log": chart.x.log},
        "y": {"label": chart.y.label, "unit": chart.y.unit, "log": chart.y.log},
        "canLog": chart.can_log,
        "at": [rounded(value) for value in chart.at],
        "places": [[place, name] for place, name in chart.places],
        "lines": [
            {
                "label": line.label,
                "colour": line.colour,
                "dash": line.dash,
                "shown": line.shown,
                "values": [None if value is None else rounded(value) for value in line.values],
            }
            for line in chart.lines
        ],
    }


def rounded(value: float) -> float | int:
    """With 4 significant digits; a whole number has no point."""
    if value == 0 or not math.isfinite(value):
        return 0
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def shown(value: float | None, unit: Unit) -> str:
    """A value as a person reads it, with its unit."""
    if value is None:
        return units.UNKNOWN
    match unit:
        case "seconds":
            return units.span(round(value, 3))
        case "duration":
            return units.duration(value)
        case "rate":
            return f"{units.rate(value)}/s"
        case "share":
            return units.share(value)
        case "size":
            return units.size(round(value))
        case "count":
            return units.count(round(value))
    return f"{value:,.4g}"


def several(parts: Sequence[str]) -> str:
    """A few of them, in a sentence; the others are in the table beside it."""
    more = len(parts) - MOST_SAID
    return "; ".join(parts) if more <= 1 else "; ".join([*parts[:MOST_SAID], f"and {more} more, in the table"])


def spread(lines: Sequence[Line], unit: Unit) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Headings and rows of a table for lines over time: the lowest, the median and the highest value of each."""
    rows = []
    for line in lines:
        known = sorted(value for value in line.values if value is not None)
        if known:
            rows.append((line.label, *(shown(value, unit) for value in (known[0], middle(known), known[-1]))))
    return ("", "lowest", "median", "highest"), tuple(rows)


def middle(values: Iterable[float]) -> float:
    """The median of at least one value."""
    known = sorted(values)
    half = len(known) // 2
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
