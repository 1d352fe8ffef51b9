"""What happened on the way: which way requests were lost, and how much round-trip times changed."""

from __future__ import annotations

from sockbench.model.result import GroupResult
from sockbench.report.table import Column, Table

_LOST = (
    Column("lost up", "lost_up", "count"),
    Column("lost down", "lost_down", "count"),
    Column("lost unknown", "lost_unknown", "count"),
)
_JITTER = (
    Column("jitter (RFC 3550)", "rfc3550_s", "duration"),
    Column("IPDV mean", "ipdv_mean_s", "duration"),
    Column("IPDV p99", "ipdv_p99_s", "duration"),
)


def way_table(groups: tuple[GroupResult, ...]) -> Table:
    """One row a group; without rows when nothing is known of any. Columns of losses only where there were some."""
    known = [group for group in groups if group.counts.lost or group.jitter.rfc3550_s is not None]
    lost = _LOST if any(group.counts.lost for group in known) else ()
    rows = tuple(
        (
            group.name,
            *(getattr(group, column.field) for column in lost),
            *(getattr(group.jitter, column.field) for column in _JITTER),
        )
        for group in known
    )
    return Table("on the way, to the server and back", (Column("group", "name", "name"), *lost, *_JITTER), rows)
