"""The ledger of one client: which requests are in flight, and how each one ends.

Every request that becomes due is entered once, by `send` or `skip`, and leaves with exactly one outcome, so
planned = the sum of the outcomes. The ledger never reads a clock: times are arguments, in nanoseconds, and never go
back. It does not judge contents either: the caller says what a reply is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sockbench.load.book import FULL, Book
from sockbench.load.receipts import Receipts
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome

REMEMBERED = 1024
"""How many requests a client waits for past their timeout; beyond them the oldest is lost for good."""


class Pending(NamedTuple):
    """A request without an outcome yet."""

    number: int
    due: int
    sent: int
    deadline: int
    request: bytes


_new = tuple.__new__  # a third of what the class takes to make one
_OK = Outcome.OK  # looking it up in the class takes ten times as long


Witness = Callable[[int, int, int, int, Outcome, bool | None], None]
"""Hears of each request when it ends: its number (0 when it was never sent), due, sent, done, the outcome, and of a
lost one whether it came to the server (None: unknown).
"""


class Ledger:
    """The requests of one client, numbered from 1 in the order in which they are sent.

    A request that was due before `measure_from` is written to the `warmup` book, any other to `measured`;
    `on_answer` hears the number and the round-trip time of each measured request that is ok, `witness` of every end.
    """

    __slots__ = (
        "_first_measured",
        "_highest_answered",
        "_measured",
        "_remembered",
        "_warmup",
        "forgotten",
        "in_flight",
        "longest",
        "measure_from",
        "next_number",
        "on_answer",
        "overdue",
        "receipts",
        "timeout",
        "witness",
    )

    def __init__(
        self,
        *,
        timeout: int,
        warmup: Book,
        measured: Book,
        on_answer: Callable[[int, int], None] | None = None,
        witness: Witness | None = None,
        remembered: int = REMEMBERED,
    ) -> None:
        self.measure_from = 0
        self.next_number = 1
        self.in_flight: dict[int, Pending] = {}
        self.overdue: dict[int, Pending] = {}
        self.receipts = Receipts(self.in_flight, self.overdue)
        self.forgotten = 0  # lost to make room: over an ordered stream their replies come before any other
        self.timeout = timeout
        self._warmup = warmup
        self._measured = measured
        self.on_answer = on_answer
        self.witness = witness
        self._remembered = remembered
        self._highest_answered = 0
        self.longest = 0  # the longest round trip so far
        self._first_measured = 1  # the number after the last request of the warm-up

    def hear(self, pending: Pending, now: int, received: int, highest: int, seen: bytes) -> None:
        """The reply to `pending` tells what the server knows of this client's requests (see `Message`)."""
        number, _, sent, _, _ = pending
        if now - sent > self.longest:
            self.longest = now - sent
        if highest < self.next_number:  # of what was never sent nobody can tell
            self.receipts.hear(number, received, highest, seen, sent - self.longest)

    # Requests

    def send(self, due: int, now: int, request: bytes, size: int = 0) -> int:
        """Request `next_number`, of `size` bytes on the wire, goes out now; gives its number."""
        number = self.next_number
        self.next_number = number + 1
        self.in_flight[number] = _new(Pending, (number, due, now, now + self.timeout, request))
        if due < self.measure_from:
            self._first_measured = number + 1
            book = self._warmup
        else:
            book = self._measured
        book.bytes_sent += size
        book.went_out += 1
        return number

    def skip(self, due: int) -> None:
        """A request was due and was not sent."""
        self._write(Pending(0, due, NEVER, NEVER, b""), NEVER, Outcome.SKIPPED)

    def book(self, due: int) -> Book:
        """The book of the phase that a time belongs to."""
        return self._measured if due >= self.measure_from else self._warmup

    def tell_too(self, hear: Callable[[int, int], None]) -> None:
        """`hear`, too, hears (number, round-trip time) of each measured request that is ok."""
        first = self.on_answer

        def tell(number: int, rtt: int) -> None:
            if first is not None:
                first(number, rtt)
            hear(number, rtt)

        self.on_answer = tell

    # Replies

    def pending(self, number: int) -> Pending | None:
        """The request of that number, if it has no outcome yet."""
        return self.in_flight.get(number) or self.overdue.get(number)

    def oldest(self) -> Pending | None:
        """The request that an ordered stream answers next."""
        for waiting in (self.overdue, self.in_flight):
            for pending in waiting.values():
                return pending
        return None

    def answer(self, pending: Pending, now: int, size: int, received: int, highest: int, seen: bytes) -> None:
        """The right reply, of `size` bytes, to `pending`, which is in flight and within its timeout: `hear` and
        `settle` in one, for a third of their cost.
        """
        number, due, sent, _, _ = pending
        rtt = now - sent
        if rtt > self.longest:
            self.longest = rtt
        if highest < self.next_number:
            self.receipts.hear(number, received, highest, seen, sent - self.longest)
        del self.in_flight[number]
        if due >= self.measure_from:
            book = self._measured
            if self.on_answer is not None:
                self.on_answer(number, rtt)
        else:
            book = self._warmup
        if number < self._highest_answered:
            book.reordered += 1
        else:
            self._highest_answered = number
        book.bytes_received += size
        rows = book.rows  # `Book.settle` written out: this is the end of nearly every request
        rows.append((due, sent, now, _OK))
        if len(rows) >= FULL:
            book.flush()
        if self.witness is not None:
            self.witness(number, due, sent, now, _OK, None)

    def last_sent(self, count: int) -> list[Pending] | None:
        """The last `count` requests, where they alone are without an outcome, and of one phase."""
        if len(self.in_flight) != count or self.overdue:
            return None
        pending = list(self.in_flight.values())
        first, last = pending[0], pending[-1]
        is_of_one = (first.due < self.measure_from) == (last.due < self.measure_from)
        return pending if is_of_one and first.number == self.next_number - count else None

    def catch_up(self, in_flight: list[Pending], before: int, received: int, highest: int, seen: bytes) -> None:
        """Now these are in flight. All before them are answered and written down; no round trip was longer than any
        before, and the reply to the last one, which was sent at `before`, told the rest.
        """
        last = in_flight[-1]
        self.in_flight.clear()
        self.in_flight.update((pending.number, pending) for pending in in_flight)
        self.next_number = last.number + 1
        if last.due < self.measure_from:
            self._first_measured = last.number + 1
        self._highest_answered = number = in_flight[0].number - 1
        self.receipts.hear(number, received, highest, seen, before - self.longest)

    def settle(self, pending: Pending, now: int, outcome: Outcome) -> Outcome:
        """A reply to `pending` came. OK becomes LATE when it came after the timeout; gives the outcome."""
        number, due, sent, deadline, _ = pending
        if self.in_flight.pop(number, None) is None:
            self._remove(number)
        book = self._measured if due >= self.measure_from else self._warmup
        if outcome is _OK:
            if now > deadline:
                outcome = Outcome.LATE
            elif self.on_answer is not None and book is self._measured:
                self.on_answer(number, now - sent)
        if number < self._highest_answered:
            book.reordered += 1
        else:
            self._highest_answered = number
        book.settle(due, sent, now, outcome)
        if self.witness is not None:
            self.witness(number, due, sent, now, outcome, None)
        return outcome

    def unmatched(self, number: int, now: int) -> None:
        """A reply came that settles nothing: another one to a request that has its outcome, or one that names none.

        `number` is 0 when the reply names no request.
        """
        if 0 < number < self.next_number:
            book = self._warmup if number < self._first_measured else self._measured
            book.duplicate += 1
        else:
            self.book(now).stray += 1

    # The other ends

    def end(self, pending: Pending, now: int, outcome: Outcome) -> None:
        """`pending` ends without a reply: REFUSED or FAILED."""
        self._remove(pending.number)
        self._write(pending, now, outcome)

    def end_all(self, now: int, outcome: Outcome) -> int:
        """The connection is gone: what was in flight ends, what was overdue is lost. Gives how many were in flight."""
        broken = list(self.in_flight.values())
        for pending in broken:
            self.end(pending, now, outcome)
        self._lose_overdue()
        self.forgotten = 0
        return len(broken)

    def lose(self, pending: Pending) -> None:
        """`pending`, overdue, is waited for no longer."""
        del self.overdue[pending.number]
        arrived = self.receipts.forget(pending.number)
        if arrived is not None:
            book = self.book(pending.due)
            book.lost_down += arrived
            book.lost_up += not arrived
        self._write(pending, NEVER, Outcome.LOST, arrived)

    def expire(self, now: int) -> int:
        """Requests past their deadline leave the window, and wait on for a late reply. Gives how many."""
        expired = 0
        while self.in_flight:
            pending = next(iter(self.in_flight.values()))
            if pending.deadline >= now:
                break
            self.receipts.watch(pending.number)
            del self.in_flight[pending.number]
            self.overdue[pending.number] = pending
            self.book(pending.due).timed_out += 1
            expired += 1
            if len(self.overdue) > self._remembered:
                self.lose(next(iter(self.overdue.values())))
                self.forgotten += 1
        return expired

    def next_deadline(self) -> int | None:
        """The first moment at which `expire` has something to do."""
        for pending in self.in_flight.values():
            return pending.deadline + 1
        return None

    def finish(self, now: int) -> None:
        """The run is over: what is past its timeout is lost, what is still in flight is unfinished."""
        self.expire(now)
        self._lose_overdue()
        for pending in self.in_flight.values():
            self._write(pending, NEVER, Outcome.UNFINISHED)
        self.in_flight.clear()

    def _lose_overdue(self) -> None:
        for pending in list(self.overdue.values()):
            self.lose(pending)

    def _remove(self, number: int) -> None:
        if self.in_flight.pop(number, None) is None:
            del self.overdue[number]
            self.receipts.forget(number)

    def _write(self, pending: Pending, done: int, outcome: Outcome, arrived: bool | None = None) -> None:
        """The end of a request, in the book of its phase."""
        number, due, sent, _, _ = pending
        self.book(due).settle(due, sent, done, outcome)
        if self.witness is not None:
            self.witness(number, due, sent, done, outcome, arrived)
