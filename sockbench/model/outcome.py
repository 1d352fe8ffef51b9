"""How a request can end: exactly one of eight ways (docs/design.md, "Outcomes").

The numbers index the counters of a tally and the `outcome` column; the names are the fields of `result.json`.
"""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """The end of one request that the load model made due."""

    OK = 0
    LATE = 1
    LOST = 2
    REFUSED = 3
    FAILED = 4
    CORRUPT = 5
    SKIPPED = 6
    UNFINISHED = 7


OUTCOME_NAMES: tuple[str, ...] = tuple(outcome.name.lower() for outcome in Outcome)
