"""Which way were requests lost? From the count, in each enveloped reply, of the requests that the server received.

A reply to request q that says "r received" proves that q - r of the requests up to q had not arrived by then: those
were lost on the way up, and the other losses up to q on the way down. Of losses after the last reply the way is
unknown. Requests that were refused or failed did not arrive either, but are no losses. The count includes copies that
the network made, so under duplication it errs towards "down".
"""

from __future__ import annotations


class Direction:
    """The losses of one client; a handful of numbers, however long the run."""

    __slots__ = (
        "_best",
        "_carried",
        "_ended",
        "_first",
        "_horizon",
        "_known",
        "_measured",
        "_missing",
        "_missing_before",
    )

    def __init__(self) -> None:
        self._first = 1  # the first number that the server's count covers
        self._best = 0
        self._missing = 0
        self._ended = 0  # on this connection, refused or failed before they arrived
        self._carried = 0  # missing on connections that are gone
        self._missing_before = 0  # missing during the warm-up
        self._measured = 0  # the first number of the measurement, once it is known
        self._horizon = 0  # the number of the request whose reply told most
        self._known = 0

    def measure(self, number: int) -> None:
        """Request `number` is the first of the measurement."""
        if not self._measured:
            self._measured = number

    def restart(self, number: int) -> None:
        """The server counts anew, from request `number` on: a new connection."""
        self._carried += self._missing
        self._first, self._best, self._missing, self._ended = number, 0, 0, 0

    def end(self) -> None:
        """A request did not arrive, and it is known why: it is no loss."""
        self._ended += 1

    def replied(self, number: int, received: int) -> None:
        """The reply to `number` says that the server has received so many requests."""
        if received > self._best:
            self._best = received
            self._horizon = number
            self._missing = max(0, number - self._first + 1 - self._ended - received)
            # At most all between the first of the measurement and this one were lost in it; the others, before.
            inside = max(0, number - self._measured) if self._measured else 0
            self._missing_before = max(self._missing_before, self._carried + self._missing - inside)

    def lose(self, number: int) -> None:
        """Request `number`, of the measurement, is lost for good."""
        if number <= self._horizon:
            self._known += 1

    def split(self) -> tuple[int, int]:
        """How many losses of the measurement are known to have been lost on the way (up, down)."""
        missing = self._carried + self._missing - self._missing_before
        up = max(0, min(self._known, missing))
        return up, self._known - up
