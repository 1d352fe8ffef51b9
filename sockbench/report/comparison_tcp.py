"""What kernels told of the TCP connections of what is compared, and hints: beside the comparison, no part of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sockbench.model.result import GroupResult, Run
from sockbench.report import cells
from sockbench.report.many_runs import row_of_runs
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table
from sockbench.report.tcp_table import TCP_COLUMNS, TCP_TITLE

Sides = Sequence[tuple[str, Sequence[Run]]]
"""What each side is called, and its runs."""


def tcp_blocks(sides: Sides) -> list[Block]:
    """A row a side and group that has connections, and each hint once a side; nothing where there are none."""
    columns = (Column("side", "variant", "name"), Column("group", "name", "name"), *TCP_COLUMNS)
    rows: list[tuple[Cell, ...]] = []
    hints: dict[tuple[str, str], str] = {}
    for label, runs in sides:
        groups: dict[str, list[GroupResult]] = {}
        for group in (group for run in runs for group in run.groups):
            groups.setdefault(group.name, []).append(group)
            for hint in group.hints:  # runs that differ in a share alone say the same
                hints.setdefault((label, re.sub(r"\d+%", "", hint)), f"hint: {hint} ({cells.plain(label)})")
        rows += [
            row_of_runs({"side": label}, members, columns)
            for members in groups.values()
            if any(group.tcp is not None for group in members)
        ]
    title = f"{TCP_TITLE}: counts of all runs, times the medians of the runs"
    tables: list[Block] = [Table(title, columns, tuple(rows), keys=2)] if rows else []
    return [*tables, *([Lines(tuple(hints.values()))] if hints else [])]
