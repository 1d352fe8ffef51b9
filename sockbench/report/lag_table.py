"""How late the tool was, as a table of its own, when that matters beside the times that it measured.

It decides when it matters; whether it spoils the result is the verdict's to say.
"""

from __future__ import annotations

from sockbench.model.result import GroupResult, Times
from sockbench.report import flat
from sockbench.report.table import Column, Table

NOTABLE_S = 0.001
NOTABLE_SHARE = 0.1
"""Of the response time at the median."""

_COLUMNS = (
    Column("group", "name", "name"),
    Column("lag p50", "lag_p50_s", "duration"),
    Column("lag p90", "lag_p90_s", "duration"),
    Column("lag p99", "lag_p99_s", "duration"),
    Column("lag max", "lag_max_s", "duration"),
)


def lag_table(groups: tuple[GroupResult, ...]) -> Table:
    """A row for every group, or none at all when no group's lag is worth a look."""
    rows = [flat.flatten(group) for group in groups] if any(map(_matters, groups)) else []
    return Table(
        "lag: from due to sent", _COLUMNS, tuple(tuple(row[column.field] for column in _COLUMNS) for row in rows)
    )


def _matters(group: GroupResult) -> bool:
    worst = _highest_known(group.lag)
    usual = group.response.p50_s
    return worst > NOTABLE_S or (usual is not None and worst > NOTABLE_SHARE * usual)


def _highest_known(lag: Times) -> float:
    """The 99th percentile; a sample too small for it has a lower one, or else its maximum, which is always exact."""
    return next((value for value in (lag.p99_s, lag.p90_s, lag.p50_s, lag.max_s) if value is not None), 0.0)
