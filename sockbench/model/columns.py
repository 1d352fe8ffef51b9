"""Settled requests as rows: what a ledger writes and a tally folds into counters and histograms, many at a time.

Times are nanoseconds of the worker's clock (`time.perf_counter_ns`); `NEVER` stands where nothing happened.
"""

from __future__ import annotations

from collections.abc import Sequence

NEVER = -1

COUNTERS = (
    "duplicate",
    "reordered",
    "stray",
    "lost_up",
    "lost_down",
    "bytes_sent",
    "bytes_received",
    "went_out",
    "timed_out",
)
"""What is counted besides the rows, in a book and in a tally. The last two at the moment when it happens: requests that
are sent, and requests whose timeout passes, most of them without an outcome yet.
"""


class Columns:
    """Rows of (due, sent, done, outcome). `rows` may be appended to: for one request that is all that it costs."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []

    def append(self, due: int, sent: int, done: int, outcome: int) -> None:
        """Add one settled request."""
        self.rows.append((due, sent, done, outcome))

    def __len__(self) -> int:
        return len(self.rows)

    def columns(self) -> tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]:
        """All due times, all sent, all done, all outcomes; at least one row."""
        due, sent, done, outcome = zip(*self.rows, strict=True)
        return due, sent, done, outcome

    def clear(self) -> None:
        """Forget every row."""
        self.rows.clear()
