"""What the kernel told of TCP connections, as a table of its own: only where there are any. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable

from sockbench.model.result import GroupResult
from sockbench.report import flat
from sockbench.report.table import Cell, Column, Table

TCP_TITLE = "TCP, by the clients' kernel (TCP_INFO), warm-up included"
TCP_COLUMNS = (
    Column("connections", "tcp_connections", "count"),
    Column("RTT min", "tcp_min_rtt_s", "duration"),
    Column("SRTT", "tcp_rtt_median_s", "duration"),
    Column("SRTT max", "tcp_rtt_max_s", "duration"),
    Column("RTTVAR", "tcp_rttvar_median_s", "duration"),
    Column("segments", "tcp_segments", "count"),
    Column("retransmits", "tcp_retransmits", "count"),
    Column("lost at end", "tcp_lost_at_end", "count"),
    Column("congestion", "tcp_congestion", "name"),
)


def tcp_tables(groups: Iterable[GroupResult]) -> list[Table]:
    """A row a group that has connections; no table where none has."""
    columns = (Column("group", "name", "name"), *TCP_COLUMNS)
    rows: list[tuple[Cell, ...]] = []
    for group in groups:
        if group.tcp is not None:
            values = flat.flatten(group)
            rows.append(tuple(values[column.field] for column in columns))
    return [Table(TCP_TITLE, columns, tuple(rows))] if rows else []
