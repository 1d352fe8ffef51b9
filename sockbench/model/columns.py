"""Settled requests as four columns: what a ledger writes and a tally folds into counters and histograms.

Times are nanoseconds of the worker's clock (`time.perf_counter_ns`); `NEVER` stands where nothing happened.
"""

from __future__ import annotations

from array import array

NEVER = -1


class Columns:
    """Rows of (due, sent, done, outcome), kept as one array a column: 25 bytes a request."""

    __slots__ = ("done", "due", "outcome", "sent")

    def __init__(self) -> None:
        self.due = array("q")
        self.sent = array("q")
        self.done = array("q")
        self.outcome = array("b")

    def append(self, due: int, sent: int, done: int, outcome: int) -> None:
        """Add one settled request."""
        self.due.append(due)
        self.sent.append(sent)
        self.done.append(done)
        self.outcome.append(outcome)

    def __len__(self) -> int:
        return len(self.outcome)

    def clear(self) -> None:
        """Forget every row."""
        del self.due[:], self.sent[:], self.done[:], self.outcome[:]
