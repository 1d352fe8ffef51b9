"""A table of raw values and three ways to write it: aligned text, GitHub Markdown, CSV.

Text and Markdown are for people: durations, counts and shares humanised (`report.units`), names escaped and cut.
CSV is for machines: plain numbers in seconds, bytes and per second, an empty cell where nothing is known.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tabulate import DataRow, TableFormat, tabulate

from sockbench.report import cells, units

Kind = Literal["name", "text", "count", "rate", "duration", "size", "share", "path"]
Cell = str | int | float | None

NAME_COLUMNS = 24
MARKDOWN_NAME_COLUMNS = 60
TEXT_COLUMNS = 48

_NUMBERS: dict[Kind, Callable[[float], str]] = {
    "count": lambda value: units.count(int(value)),
    "rate": units.rate,
    "duration": units.duration,
    "size": lambda value: units.size(int(value)),
    "share": units.share,
}
# tabulate widens each heading by two columns; so headings, and the rule below them, are handed to it as rows.
_TEXT = TableFormat(None, None, None, None, DataRow("", "  ", ""), DataRow("", "  ", ""), 0, None)
_MARKDOWN = TableFormat(None, None, None, None, DataRow("|", "|", "|"), DataRow("|", "|", "|"), 1, None)
# One column of a terminal, for whatever is not ASCII, while tabulate lays out: it counts characters, not columns.
_STAND_IN = "\ue000"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `heading` for people, `field` for machines, and what kind of value it holds."""

    heading: str
    field: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw values, as many in each as there are columns. The first `keys` columns say what a row is about."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1

    def part(self, chosen: Sequence[int], title: str | None = None) -> Table:
        """The table of the chosen columns, by their positions."""
        return Table(
            title=self.title if title is None else title,
            columns=tuple(self.columns[i] for i in chosen),
            rows=tuple(tuple(row[i] for i in chosen) for row in self.rows),
            keys=self.keys,
        )


def text(table: Table) -> str:
    """Aligned columns, numbers to the right; the title is not in it."""
    return _laid_out(table, _TEXT, NAME_COLUMNS, str)


def markdown(table: Table) -> str:
    """A GitHub Markdown table; nothing in a name is Markdown."""
    return _laid_out(table, _MARKDOWN, MARKDOWN_NAME_COLUMNS, cells.markdown)


def to_csv(table: Table) -> str:
    """RFC 4180 with `\\n` line ends and a header of field names.

    A name that a spreadsheet would take for a formula (it begins with `=`, `+`, `-` or `@`) has a `'` before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.field for column in table.columns)
    writer.writerows([_machine(value) for value in row] for row in table.rows)
    return out.getvalue()


def columns_of(table: Table) -> int:
    """How many columns of a terminal the table takes as `text`."""
    return max((cells.width(line) for line in text(table).split("\n")), default=0)


def fitted(table: Table, most: int) -> list[Table]:
    """The table as one or more of at most so many terminal columns; each keeps the key columns and every row."""
    keys = list(range(table.keys))
    parts: list[list[int]] = [keys.copy()]
    for i in range(table.keys, len(table.columns)):
        if len(parts[-1]) > table.keys and columns_of(table.part([*parts[-1], i])) > most:
            parts.append(keys.copy())
        parts[-1].append(i)
    return [table.part(part) for part in parts]


def _laid_out(table: Table, style: TableFormat, name_columns: int, escape: Callable[[str], str]) -> str:
    if not table.rows:
        return ""
    exotic: list[str] = []

    def prepared(value: Cell, kind: Kind) -> str:
        shown = escape(_human(value, kind, name_columns))
        if shown.isascii():
            return shown
        exotic.append(shown)
        return _STAND_IN * cells.width(shown)

    rows = [[prepared(column.heading, "text") for column in table.columns]]
    for row in table.rows:
        rows.append([prepared(value, column.kind) for value, column in zip(row, table.columns, strict=True)])
    alignment = ["right" if column.kind in _NUMBERS else "left" for column in table.columns]
    rules = ["-" * max(map(len, column)) for column in zip(*rows, strict=True)]
    if style is _MARKDOWN:
        rules = [f"{rule[1:]}:" if side == "right" else rule for rule, side in zip(rules, alignment, strict=True)]
    rows.insert(1, rules)
    laid_out = tabulate(rows, (), tablefmt=style, disable_numparse=True, colalign=alignment)
    originals = iter(exotic)
    restored = re.sub(f"{_STAND_IN}+", lambda _: next(originals), laid_out)
    return "\n".join(line.rstrip() for line in restored.split("\n"))


def _human(value: Cell, kind: Kind, name_columns: int) -> str:
    if value is None:
        return units.UNKNOWN
    if isinstance(value, str):
        shown = cells.plain(value)
        if kind == "path":  # which must stay one that can be copied
            return shown
        return cells.cut(shown, name_columns if kind == "name" else TEXT_COLUMNS)
    return _NUMBERS[kind](value) if kind in _NUMBERS else str(value)


def csv_name(name: str) -> str:
    """A name as a cell of CSV, which no spreadsheet takes for a formula (see `to_csv`)."""
    shown = cells.plain(name)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _machine(value: Cell) -> Cell:
    return csv_name(value) if isinstance(value, str) else value
