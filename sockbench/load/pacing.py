"""Which request of one client is due next: a schedule of its own, or whenever the window has room.

A pacer decides when requests become due; whether they are sent or skipped is the client's affair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from sockbench.load.place import NEVER

PAUSE = 10_000_000
"""Nanoseconds that a place in the window stays empty when its request was refused or could not be sent: no answer paces
the loop then, and a closed one would offer a hundred thousand such requests a second."""


class Pacer(Protocol):
    """Due times, absolute, in nanoseconds."""

    waits: bool
    """Whether a request is due only when it can be sent, so that none is ever skipped."""
    due: int
    """When the next request is due; NEVER when that is not known, or none is. An attribute, since every request asks
    for it three times, and a call takes 50 ns."""

    def begin(self, start: int) -> None:
        """The load begins at `start`."""

    def take(self) -> int:
        """Take the next due time."""

    def freed(self, now: int) -> None:
        """A request left the window; or leaves it at `now`, which may lie ahead."""

    def heir(self, now: int) -> Pacer:
        """The pacer of the client that takes over at `now`; this one is used no more."""


class OpenPacer:
    """Requests are due when the schedule says, whatever became of the earlier ones."""

    __slots__ = ("_offsets", "_start", "due")
    waits = False

    def __init__(self, offsets: Iterator[int]) -> None:
        self.due = NEVER
        self._offsets = offsets
        self._start = 0

    def begin(self, start: int) -> None:
        """The schedule's zero is `start`."""
        self._start = start
        self.take()

    def take(self) -> int:
        """The next time of the schedule, which moves on."""
        due = self.due
        offset = next(self._offsets, None)
        self.due = NEVER if offset is None else self._start + offset
        return due

    def freed(self, now: int) -> None:
        """Answers do not matter to an open schedule."""

    def heir(self, now: int) -> Pacer:
        """The schedule goes on, whoever follows it."""
        return self


class ClosedPacer:
    """A request is due `think` after an earlier one left the window; at the start, one for each place in it.

    `think` gives the next pause, in nanoseconds; without it there is none.
    """

    __slots__ = ("_first", "_later", "_think", "_window", "due")
    waits = True

    def __init__(self, *, first: int, think: Callable[[], int] | None, window: int) -> None:
        self.due = NEVER
        self._first = first
        self._think = think
        self._window = window
        # The due times after that, ascending. A window of one has none, and an empty deque takes 600 bytes.
        self._later: deque[int] | None = deque() if window > 1 else None

    def begin(self, start: int) -> None:
        """The window is empty: all of it is due."""
        self.due = start + self._first
        if self._later is not None:
            self._later.extend([self.due] * (self._window - 1))

    def take(self) -> int:
        """Fill the place in the window that did its thinking first."""
        due = self.due
        self.due = self._later.popleft() if self._later else NEVER
        return due

    def freed(self, now: int) -> None:
        """A place is free again: it thinks, then is due."""
        due = now if self._think is None else now + self._think()
        if self.due == NEVER:
            self.due = due
            return
        assert self._later is not None, "a window of one is empty when its only request has left it"
        if due < self.due:  # a shorter pause may overtake a longer one
            due, self.due = self.due, due
        later = self._later
        if not later or later[-1] <= due:  # nearly always
            later.append(due)
            return
        at = len(later)
        while at and later[at - 1] > due:
            at -= 1
        later.insert(at, due)

    def heir(self, now: int) -> Pacer:
        """A newcomer begins with a full window."""
        pacer = ClosedPacer(first=0, think=self._think, window=self._window)
        pacer.begin(now)
        return pacer
