"""Trends as text: a chart for each variant, and below it in words what changed, and what was left out.

It decides the words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sockbench.report import cells, table, units
from sockbench.report.comparison_table import value
from sockbench.report.history_table import minute
from sockbench.report.table import Column, Table
from sockbench.report.trend_chart import SYMBOLS, WIDTH, chart
from sockbench.stats.change_points import FEWEST
from sockbench.stats.comparison import MIN_POINTS
from sockbench.stats.differences import Difference
from sockbench.stats.trend import Shift, Trend

TrendFormat = Literal["table", "markdown", "csv"]

MOST_TOLD = 3
"""Differences of a plan and machine, or of versions."""
MOST_KINDS = 8
MOST_TURNS = 10
_LONGEST = 40
_LEFT_OUT = {
    "invalid": "whose verdict is invalid",
    "cut short": "without a whole run",
    "searches": "of a search (--find), whose runs are not of one load",
}
_COLUMNS = (
    Column("when (UTC)", "started", "text"),
    Column("variant", "variant", "text"),
    Column("value", "value", "text"),
    Column("runs", "runs", "count"),
    Column("kind", "kind", "count"),
    Column("change", "change", "text"),
    Column("folder", "folder", "path"),
)


def render(name: str, trends: Sequence[Trend], format: TrendFormat) -> str:
    """All of them, ending in a newline. `csv` has a row a point and plain numbers."""
    if format == "csv":
        return table.to_csv(_rows(trends))
    parts: list[str] = []
    for trend in trends:
        title = heading(name, trend)
        lines = chart(trend) if trend.points else []
        if format == "markdown":
            drawn = ["```text\n" + "\n".join(lines) + "\n```"] if lines else []
            said = "\n".join(f"- {cells.markdown(line)}" for line in words(trend))
            parts.append("\n\n".join([f"## {cells.markdown(title)}", *drawn, said]))
        else:
            said = "\n".join("\n".join(cells.wrap(line, WIDTH, indent="  ")) for line in words(trend))
            parts.append("\n".join([*cells.wrap(title, WIDTH), "", *lines, *([""] if lines else []), said]))
    return "\n\n".join(parts) + "\n"


def heading(name: str, trend: Trend) -> str:
    """`udp10: rtt.p99 of students, transport=udp, 12 results`"""
    whose = f" of {_short(trend.group)}" if trend.group is not None else ""
    variant = f", {cells.plain(trend.title)}" if trend.title else ""
    return f"{_short(name)}: {trend.figure.name}{whose}{variant}, {units.counted(len(trend.points), 'result')}"


def words(trend: Trend) -> list[str]:
    """A sentence each: the changes, the plans and machines, the versions, what was left out."""
    told = [sentence(trend, shift, number) for number, shift in enumerate(trend.shifts, start=1)]
    if not told:
        told = [_no_change(trend)]
    if len(trend.kinds) > 1:
        told += _kinds(trend)
    turns = [
        f"v: other versions from {minute(trend.points[turn.at].started)} on: {_differences(turn.differences)}"
        for turn in trend.turns
    ]
    told += turns[:MOST_TURNS]
    if len(turns) > MOST_TURNS:
        told.append(f"v: and {units.counted(len(turns) - MOST_TURNS, 'further change')} of versions")
    told += [f"left out: {units.counted(count, 'result')} {_why(why)}" for why, count in trend.left_out]
    return told


def sentence(trend: Trend, shift: Shift, number: int) -> str:
    """`1: rtt.p99 rose by 12% between 2026-11-02 10:00 and 2026-11-03 09:10 (6 results before, 7 after)`"""
    figure = trend.figure
    verb = "rose" if shift.after > shift.before else "fell"
    if shift.difference is None:
        amount = ""
    elif figure.unit == "share":
        amount = f" by {abs(shift.difference) * 100:.2f} points"
    else:
        percent = abs(shift.difference) * 100
        amount = f" by {percent:.1f}%" if percent < 9.95 else f" by {percent:,.0f}%"
    last, first = trend.points[shift.last], trend.points[shift.first]
    between = f"between {minute(last.started)} and {minute(first.started)}"
    results = f"{units.counted(shift.results_before, 'result')} before, {shift.results_after} after"
    medians = f"median {value(figure, shift.before)} to {value(figure, shift.after)}"
    kind = f", among the {_symbol(first.kind)}" if len(trend.kinds) > 1 else ""
    same = [turn for turn in trend.turns if shift.last < turn.at <= shift.first]
    also = "; the versions changed there, too (v)" if same else ""
    return f"{number}: {figure.name} {verb}{amount} {between} ({results}; {medians}{kind}){also}"


def _no_change(trend: Trend) -> str:
    if not trend.points:
        return "no result has this figure"
    most = max(kind.results for kind in trend.kinds)
    if most < 2 * FEWEST:
        alike = " of one plan and machine" if len(trend.kinds) > 1 else ""
        return (
            f"too few results to tell a change from chance: {most}{alike}, and it takes {2 * FEWEST}, "
            f"{FEWEST} before and {FEWEST} after"
        )
    least = f"{MIN_POINTS * 100:g} points" if trend.figure.unit == "share" else f"{trend.min_effect * 100:g}%"
    return f"no change of {least} or more was found that is more than chance"


def _kinds(trend: Trend) -> list[str]:
    told = [f"{_symbol(0)}: {units.counted(trend.kinds[0].results, 'result')}, the first plan and machine"]
    for number, kind in list(enumerate(trend.kinds))[1:MOST_KINDS]:
        results = units.counted(kind.results, "result")
        told.append(f"{_symbol(number)}: {results}, not to be held against the first: {_differences(kind.differences)}")
    if len(trend.kinds) > MOST_KINDS:
        told.append(f"and {len(trend.kinds) - MOST_KINDS} further plans or machines")
    return told


def _symbol(kind: int) -> str:
    return SYMBOLS[min(kind, len(SYMBOLS) - 1)]


def _differences(differences: Sequence[Difference]) -> str:
    told = [f"{_cut(one.path)} {_cut(one.base)} to {_cut(one.other)}" for one in differences[:MOST_TOLD]]
    if len(differences) > MOST_TOLD:
        told.append(f"and {units.counted(len(differences) - MOST_TOLD, 'further difference')}")
    return "; ".join(told)


def _why(why: str) -> str:
    return _LEFT_OUT.get(why, why)


def _rows(trends: Sequence[Trend]) -> Table:
    rows = [
        (
            point.started,
            trend.title,
            repr(point.value),
            point.runs,
            point.kind,
            "yes" if any(shift.first == at for shift in trend.shifts) else "no",
            point.folder,
        )
        for trend in trends
        for at, point in enumerate(trend.points)
    ]
    return Table("", _COLUMNS, tuple(rows))


def _short(name: str) -> str:
    return cells.cut(cells.plain(name), table.NAME_COLUMNS)


def _cut(text: str) -> str:
    return cells.cut(cells.plain(text), _LONGEST)
