"""A comparison as tables: for people one a group, rows figures and columns sides, after benchstat; for machines one row
a figure and side.

It decides how a change is shown: `~` where it may be chance. What is chance was decided before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sockbench.model.comparison import Change, Comparison, Estimate, Figure, FigureRow, GroupRows, Side
from sockbench.report import cells, table, units
from sockbench.report.table import Cell, Column, Table

UNCLEAR = "~"
LONGEST = 60
"""Of a name in a sentence."""

_WORDS = {"requests_per_s": "requests/s", "replies_per_s": "replies/s", "p999": "p99.9"}
_FIGURE = Column("figure", "figure", "text")
_PAIR = (
    Column("difference", "difference", "text"),
    Column("95% interval", "interval", "text"),
    Column("p", "p", "text"),
    Column("n", "n", "text"),
)
_FLAT: tuple[Column, ...] = (
    *(Column(name, name, "text") for name in ("variant", "group", "figure", "unit", "side")),
    *(Column(name, name, "count") for name in ("n", "withheld", "median", "low", "high")),
    Column("base", "base", "text"),
    *(Column(name, name, "count") for name in ("difference", "difference_low", "difference_high", "p", "adjusted_p")),
    Column("answer", "answer", "text"),
)


def group_tables(comparison: Comparison, group: GroupRows) -> list[Table]:
    """One table of two sides; of more, one of the medians and one of the changes."""
    labels, keys = _headings(comparison.sides)
    title = f"group {short(group.name)}: median of the runs{keys}"
    if len(labels) == 2:
        rows = tuple(_pair_row(row) for row in group.rows)
        return [Table(title, (_FIGURE, *labels, *_PAIR), rows)]
    medians = [(called(row.figure), *(shown(row.figure, one) for one in row.estimates)) for row in group.rows]
    medians.append(("n", *(units.count(side.runs) for side in comparison.sides)))
    changes = [
        (called(row.figure), *(f"{_difference(row.figure, change)}{_p_of(change)}" for change in row.changes))
        for row in group.rows
    ]
    against = f"group {short(group.name)}: difference to {labels[0].heading}"
    return [Table(title, (_FIGURE, *labels), tuple(medians)), Table(against, (_FIGURE, *labels[1:]), tuple(changes))]


def flat_table(comparisons: Sequence[tuple[str, Comparison]]) -> Table:
    """Titled comparisons as one row a group, figure and side, with plain numbers; the base's own changes are empty."""
    return Table("", _FLAT, tuple(row for title, comparison in comparisons for row in _flat_rows(title, comparison)))


def _headings(sides: Sequence[Side]) -> tuple[list[Column], str]:
    """A column a side, and what to add to the title: where long names would look alike, values stand for themselves."""
    names, keys = [short(side.label) for side in sides], ""
    if len(set(names)) < len(names):
        names = [short(", ".join(side.variant.values())) for side in sides]
        keys = f", by {cells.cut(cells.plain(', '.join(sides[0].variant)), LONGEST)}"
    if len(set(names)) < len(names):
        names = [f"{number}: {cells.cut(name, table.NAME_COLUMNS - 5)}" for number, name in enumerate(names, start=1)]
    return [Column(name, f"side_{at}", "text") for at, name in enumerate(names)], keys


def _flat_rows(title: str, comparison: Comparison) -> Iterator[tuple[Cell, ...]]:
    base = comparison.sides[0].label
    for group in comparison.groups:
        for row in group.rows:
            about = (title, group.name, row.figure.name, row.figure.unit)
            for side, one, change in zip(comparison.sides, row.estimates, (None, *row.changes), strict=True):
                estimated = (side.label, one.n, one.withheld, one.median, one.low, one.high)
                yield (*about, *estimated, *_flat_change(base, change))


def called(figure: Figure) -> str:
    """A figure as the headings of a report name it: `RTT p99`."""
    metric, _, statistic = figure.name.partition(".")
    if metric == "rtt":
        metric = "RTT"
    return _WORDS.get(figure.name, f"{metric} {_WORDS.get(statistic, statistic)}".strip())


def short(name: str) -> str:
    """A name from outside, fit for one line."""
    return cells.cut(cells.plain(name), table.NAME_COLUMNS)


def named(side: Side) -> str:
    """What a side is called, fit for a sentence."""
    return cells.cut(cells.plain(side.label), LONGEST)


def value(figure: Figure, number: float) -> str:
    """A number of a figure, in its unit, as close as numbers must be that are held against each other."""
    match figure.unit:
        case "seconds":
            return units.close_duration(number)
        case "per_second":
            return units.rate(number)
        case "share":
            return units.close_share(number)


def shown(figure: Figure, one: Estimate) -> str:
    """`412 us ± 3%`: the median, and how far the farther end of its interval lies from it."""
    if one.withheld:
        return withheld(one)
    if one.median is None:
        return units.UNKNOWN
    middle = value(figure, one.median)
    if one.low is None or one.high is None:
        return middle
    farther = max(one.high - one.median, one.median - one.low)
    if figure.unit == "share":
        return f"{middle} ± {farther * 100:.2f} pp" if farther else middle
    return f"{middle} ± {math.ceil(farther / one.median * 100 - 1e-9):,}%" if one.median > 0 else middle


def withheld(one: Estimate) -> str:
    """In how many runs there were too few samples for the figure."""
    return f"withheld in {one.withheld} of {one.withheld + one.n}"


def signed(figure: Figure, difference: float) -> str:
    """`+22.0%`, or `+0.40 pp` of a figure that is a share itself."""
    return f"{difference * 100:+.2f} pp" if figure.unit == "share" else f"{difference * 100:+,.1f}%"


def p_value(p: float) -> str:
    """`0.016`; what is smaller than a thousandth is `<0.001`."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _pair_row(row: FigureRow) -> tuple[Cell, ...]:
    (change,) = row.changes
    interval = None
    if change.low is not None and change.high is not None and change.answer != "equal":
        interval = f"{signed(row.figure, change.low)} to {signed(row.figure, change.high)}"
    p = None if change.adjusted_p is None else p_value(change.adjusted_p)
    base, other = row.estimates
    estimates = (shown(row.figure, one) for one in row.estimates)
    return called(row.figure), *estimates, _difference(row.figure, change), interval, p, f"{base.n} + {other.n}"


def _difference(figure: Figure, change: Change) -> str:
    match change.answer:
        case "unclear" | "equal":
            return UNCLEAR
        case "too few runs":
            return "too few runs"
        case "withheld":
            return units.UNKNOWN
    difference = units.UNKNOWN if change.difference is None else signed(figure, change.difference)
    return f"{difference} (small)" if change.answer == "small" else difference


def _p_of(change: Change) -> str:
    return "" if change.adjusted_p is None else f" (p {p_value(change.adjusted_p)})"


def _flat_change(base: str, change: Change | None) -> Sequence[Cell]:
    if change is None:
        return (None,) * 7
    numbers = (change.difference, change.low, change.high, change.p, change.adjusted_p)
    return base, *numbers, change.answer
