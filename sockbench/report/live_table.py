"""The groups of a run that goes on, as a table: a line a group, and a sparkline in it or below it.

Columns leave in a fixed order where the screen is narrow. Numbers have widths that hold what is usual, so that a
column does not move when a number grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sockbench.model.live import LiveGroup, LiveRun
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.report import cells, units
from sockbench.report.live_words import Line, Style, line_of, sparkline
from sockbench.report.table import NAME_COLUMNS

ALL = "all groups"
NOW = "now: the last second; of a percentile as much longer as it needs, 10 s at most"
SPARKS = 10
"""A sparkline in the table has at least so many columns; where there are fewer, it is below its group."""
MOST_SPARKS = 60
_DURATION, _COUNT = len("40.4 ms"), len("100,000")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers. Neighbours with the same `over` share it as a heading and stand close together."""

    key: str
    over: str
    heading: str
    least: int
    show: Callable[[LiveGroup], str]


def _duration(field: str, of: Literal["now", "so_far"]) -> Callable[[LiveGroup], str]:
    return lambda group: units.duration(getattr(getattr(group, of), field))


def _outcome(name: str) -> Column:
    return Column(name, "", name, len(name), lambda group: units.count(getattr(group.counts, name)))


_RATES, _P50, _P99 = "requests/s", "RTT p50", "RTT p99"
_OUTCOMES = (
    *(_outcome(name) for name in OUTCOME_NAMES if name != "ok"),
    Column("timed out", "", "timed out", len("timed out"), lambda group: units.count(group.timed_out)),
)
_NOT_OK = Column("not ok", "", "not ok", 6, lambda group: units.count(not_ok(group)))
_COLUMNS = (
    Column("rate now", _RATES, "now", _COUNT, lambda group: units.rate(group.now.requests_per_s)),
    Column("rate", _RATES, "so far", _COUNT, lambda group: units.rate(group.so_far.requests_per_s)),
    Column("p50 now", _P50, "now", _DURATION, _duration("p50_s", "now")),
    Column("p50", _P50, "so far", _DURATION, _duration("p50_s", "so_far")),
    Column("p99 now", _P99, "now", _DURATION, _duration("p99_s", "now")),
    Column("p99", _P99, "so far", _DURATION, _duration("p99_s", "so_far")),
    Column("ok", "", "ok", _COUNT, lambda group: units.count(group.counts.ok)),
)
SHORT_NAME = 10
"""Names are cut to this before a column leaves."""
ORDER = ("p50", "rate", "p99", "p50 now", "ok", "p99 now", "not ok")
"""Which column leaves first. Before them, the sparkline goes below its group, and the outcomes become `not ok`."""


def not_ok(group: LiveGroup) -> int:
    """Requests whose outcome is another than ok, those past their timeout included."""
    return group.counts.planned - group.counts.ok + group.timed_out


def group_lines(run: LiveRun, columns: int, rows: int) -> list[Line]:
    """The table in at most `rows` lines: groups that have no room are counted."""
    several = len(run.groups) > 1
    room = rows - len(("headings", "below them")) - several
    shown = run.groups if len(run.groups) <= room else run.groups[: max(1, room - 1)]
    missing = len(run.groups) - len(shown)
    named = [(cells.cut(cells.plain(name), NAME_COLUMNS), run.look(name)) for name in shown]
    whole = run.look(None) if several else named[0][1]
    table = _fitting(named, whole, columns)
    is_below = not table.sparks and room >= 2 * len(named) and not missing
    lines = table.headings()
    for name, group in named:
        lines.append(table.row(name, group))
        if is_below and group.rates:
            lines.append(_spark_below(group, columns))
    if missing:
        lines.append(line_of(f"{cells.ELLIPSIS} and {missing:,} more", columns, "dim"))
    if several:
        lines.append(table.row(ALL, whole, "bold"))
    if table.has("not ok") and not_ok(whole):
        told = (f"{column.show(whole)} {column.heading}" for column in _OUTCOMES if column.show(whole) != "0")
        lines += [line_of(text) for text in cells.wrap(f"not ok: {', '.join(told)}", columns, "  ")]
    if len(lines) < rows and len(NOW) <= columns:
        lines.append(line_of(NOW, columns, "dim"))
    return lines


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns that are shown, how wide each is, and the seconds of a sparkline; 0 where it is not in the table."""

    names: int
    numbers: tuple[tuple[Column, int], ...]
    sparks: int = 0

    def has(self, key: str) -> bool:
        """Is there such a column?"""
        return any(column.key == key for column, _ in self.numbers)

    @property
    def width(self) -> int:
        """Without the sparkline."""
        return self.names + sum(len(gap) + width for gap, _, width in self._spaced())

    def _spaced(self) -> Iterator[tuple[str, Column, int]]:
        """Each column, and what stands before it: less between two that share a heading."""
        before = ""
        for column, width in self.numbers:
            yield " " if column.over and column.over == before else "  ", column, width
            before = column.over

    def headings(self) -> list[Line]:
        """What neighbours share, and below it what they do not."""
        over, under = "", "group".ljust(self.names)
        for place, (gap, column, width) in enumerate(self._spaced()):
            under += gap + column.heading.rjust(width)
            following = self.numbers[place + 1][0].over if place + 1 < len(self.numbers) else ""
            if column.over and following != column.over:
                over += column.over.rjust(len(under) - len(over))
        if self.sparks:
            label = f"requests/s, last {self.sparks} s"
            under += "  " + (label if len(label) <= self.sparks else _RATES)
        return [line_of(over, None, "dim"), line_of(under, None, "dim")]

    def row(self, name: str, group: LiveGroup, style: Style = "") -> Line:
        """One line of it."""
        shown = cells.cut(name, self.names)
        text = shown + " " * (self.names - cells.width(shown))
        text += "".join(gap + column.show(group).rjust(width) for gap, column, width in self._spaced())
        return line_of(text + ("  " + _sparks(group, self.sparks) if self.sparks else ""), None, style)


def _fitting(named: Sequence[tuple[str, LiveGroup]], whole: LiveGroup, columns: int) -> _Table:
    """The table with as much in it as there is room for."""
    groups = [*(group for _, group in named), whole]
    names = max(cells.width(name) for name in ("group", *([ALL] if len(named) > 1 else []), *(n for n, _ in named)))
    seen = [column for column in _OUTCOMES if any(column.show(group) != "0" for group in groups)]
    chosen = [*_COLUMNS, *(seen or [_NOT_OK])]
    table = _table(names, chosen, groups)
    if table.width + 2 + SPARKS > columns:
        chosen = [*_COLUMNS, _NOT_OK]
        table = _table(names, chosen, groups)
    room = columns - table.width - 2
    if room >= SPARKS:
        return replace(table, sparks=min(room, MOST_SPARKS))
    short = min(names, SHORT_NAME)
    for key in ORDER:
        if _table(short, chosen, groups).width <= columns:
            break
        chosen = [column for column in chosen if column.key != key]
    table = _table(short, chosen, groups)
    return replace(table, names=min(names, short + max(0, columns - table.width)))


def _table(names: int, chosen: Sequence[Column], groups: Sequence[LiveGroup]) -> _Table:
    overs = [column.over for column in chosen]
    widths = [
        max(
            column.least,
            len(column.over) if overs.count(column.over) == 1 else 0,
            *(len(column.show(g)) for g in groups),
        )
        for column in chosen
    ]
    return _Table(names, tuple(zip(chosen, widths, strict=True)))


def _sparks(group: LiveGroup, most: int) -> str:
    values = group.rates[-most:]
    return sparkline(values, max(values, default=0.0))


def _spark_below(group: LiveGroup, columns: int) -> Line:
    """With its scale, for which there is room there."""
    seconds = min(len(group.rates), MOST_SPARKS, max(SPARKS, columns - len("  ") - len("  last 60 s, peak 100,000/s")))
    told = f"  last {seconds} s, peak {units.rate(max(group.rates[-seconds:]))}/s"
    return line_of(cells.cut(f"  {_sparks(group, seconds)}{told}", columns), None, "dim")
