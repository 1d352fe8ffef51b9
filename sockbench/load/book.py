"""Where the ledgers of one group write: settled requests in columns, and the counts that belong to no request.

A book hands its columns on when they are full, so it does not grow with the length of a run.
"""

from __future__ import annotations

from collections.abc import Callable

from sockbench.model.columns import COUNTERS, Columns

FULL = 256
"""Rows that are folded at once, which takes 110 to 400 us, and so long nothing else is looked at."""
SOME = 32
"""So many may be folded in an idle moment, in 20 to 60 us; a row then costs a third more (590 ns instead of 440)."""


class Book:
    """The records of one group in one phase (warm-up or measurement)."""

    __slots__ = ("_columns", "_fold", "rows", *COUNTERS)

    def __init__(self, fold: Callable[[Columns], None]) -> None:
        self._columns = Columns()
        self.rows = self._columns.rows
        self._fold = fold
        self.duplicate = 0
        self.reordered = 0
        self.stray = 0
        self.went_out = 0
        self.timed_out = 0
        self.lost_up = 0  # of the lost, those that are known never to have come to the server
        self.lost_down = 0  # and those that did come
        self.bytes_sent = 0
        self.bytes_received = 0

    def settle(self, due: int, sent: int, done: int, outcome: int) -> None:
        """Write down how one request ended. Times in nanoseconds; NEVER where nothing happened."""
        rows = self.rows
        rows.append((due, sent, done, outcome))
        if len(rows) >= FULL:
            self.flush()

    def ease(self) -> bool:
        """In an idle moment: hand on what is written, if it is enough to be worth it. Gives whether it was."""
        if len(self.rows) < SOME:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Hand on what is written so far."""
        self._fold(self._columns)
        self._columns.clear()
