"""Saved results as a table, one row a result, and what its words mean.

It decides which number stands for a result of several groups, runs or variants: the one that looks worst, so that
nothing bad is hidden by something good beside it. Each of them by itself is in the report of the result.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sockbench.model.result import Result, Run
from sockbench.report import cells, table
from sockbench.report.page import WIDTH
from sockbench.report.table import Cell, Column, Table
from sockbench.stats.trend import whole

HistoryFormat = Literal["table", "markdown", "csv"]
Entry = tuple[Path, Result]

_COLUMNS = (
    Column("when (UTC)", "started", "text"),
    Column("name", "name", "name"),
    Column("verdict", "verdict", "text"),
    Column("interrupted", "interrupted", "text"),
    Column("runs", "runs", "count"),
    Column("groups", "groups", "count"),
    Column("clients", "clients", "count"),
    Column("requests/s", "requests_per_s", "rate"),
    Column("RTT p50", "rtt_p50_s", "duration"),
    Column("RTT p99", "rtt_p99_s", "duration"),
    Column("lost", "lost_share", "share"),
    Column("folder", "folder", "path"),
)
_SEVERAL = (
    "runs: of each variant the median run is shown, of several variants and groups the worst: the fewest requests/s "
    "of all groups together, the longest RTT, the most lost."
)
_SEARCHED = "of a search (--find) the runs at the value that was found are shown; - where none was."


def render(entries: Sequence[Entry], format: HistoryFormat, width: int | None = None) -> str:
    """The table as text, ending in a newline; `csv` has times as they were saved, and plain numbers.

    A table that is wider than `width` columns becomes several; None: it is one, however wide.
    """
    if format == "csv":
        return table.to_csv(history_table(entries, when=lambda started: started))
    rows = history_table(entries, when=minute)
    if not any(result.interrupted for _, result in entries):
        rows = rows.part([at for at, column in enumerate(rows.columns) if column.field != "interrupted"])
    notes = [_SEVERAL] if any(len(result.runs) > 1 or _groups(result) > 1 for _, result in entries) else []
    notes += [_SEARCHED] if any(result.find is not None for _, result in entries) else []
    if format == "markdown":
        return "\n\n".join([table.markdown(rows), *map(cells.markdown, notes)]) + "\n"
    parts = [rows] if width is None else table.fitted(rows, width)
    lines = ["\n\n".join(map(table.text, parts))]
    for note in notes:
        lines += ["", *cells.wrap(note, min(width or WIDTH, WIDTH))]
    return "\n".join(lines) + "\n"


def history_table(entries: Sequence[Entry], when: Callable[[str], str]) -> Table:
    """A row for each, in the order given."""
    return Table("", _COLUMNS, tuple(_row(folder, result, when) for folder, result in entries))


def as_rows(entries: Sequence[Entry]) -> list[dict[str, Cell]]:
    """The same rows by field, for machines."""
    rows = history_table(entries, when=lambda started: started)
    return [
        dict(zip((column.field for column in rows.columns), row, strict=True)) | {"interrupted": result.interrupted}
        for row, (_, result) in zip(rows.rows, entries, strict=True)
    ]


def minute(started: str) -> str:
    """`2026-11-02 10:00`, in UTC."""
    moment = datetime.fromisoformat(started)
    return f"{(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%d %H:%M}"


def _row(folder: Path, result: Result, when: Callable[[str], str]) -> tuple[Cell, ...]:
    variants: dict[tuple[tuple[str, str], ...], list[Run]] = {}
    for run in _meant(result):
        if run.groups:
            variants.setdefault(tuple(run.variant.items()), []).append(run)
    runs = list(variants.values())
    return (
        when(result.started),
        result.name,
        result.verdict.status,
        "yes" if result.interrupted else "no",
        len(result.runs),
        _groups(result),
        max((sum(group.clients for group in run.groups) for each in runs for run in each), default=0),
        _worst(min, [_median([whole(run.groups).requests_per_s for run in each]) for each in runs]),
        _worst(max, [_median([_longest(run, "p50_s") for run in each]) for each in runs]),
        _worst(max, [_median([_longest(run, "p99_s") for run in each]) for each in runs]),
        _worst(max, [_lost(each) for each in runs]),
        str(folder),
    )


def _meant(result: Result) -> list[Run]:
    """The runs that the figures are of: of a search (--find) those at the value that was found, else all."""
    if result.find is None:
        return list(result.runs)
    steps = [step.run for step in result.find.steps if step.run is not None and step.value == result.find.value]
    return [result.runs[run] for run in steps if run < len(result.runs)]


def _groups(result: Result) -> int:
    return max((len(run.groups) for run in result.runs), default=0)


def _longest(run: Run, statistic: str) -> float | None:
    return _worst(max, [getattr(group.rtt, statistic) for group in run.groups])


def _lost(runs: Sequence[Run]) -> float | None:
    """Of all that was sent in the runs of one variant."""
    counts = [group.counts for run in runs for group in run.groups]
    sent = sum(one.sent for one in counts)
    return sum(one.lost for one in counts) / sent if sent else None


def _worst(which: Callable[[list[float]], float], values: Sequence[float | None]) -> float | None:
    """None where one is not known: it might be the worst."""
    known = [value for value in values if value is not None]
    return which(known) if known and len(known) == len(values) else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if len(known) == len(values) else None
