"""Which way was a request lost? From what each enveloped reply tells of the requests that reached the server.

A reply says how many different requests of this client have come, which one was the highest, and which of the last 256
came. A lost request that came was lost on the way down. One that had not come was lost on the way up, if it was sent
earlier than the answered one by more than the longest round trip so far: before that it may be on its way still, as in
RACK (RFC 8985, section 6.2). Of requests further back than 256 the count tells: when none came but those that are
known, the others are lost. Of what no reply tells, such as the last requests of a run, the way is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sockbench.model.message import SEEN_SPAN

NO_CHANCE = 16
"""When so many requests or more are unaccounted for, and as many more came than were told of, they are the same."""
KEPT = 4096
"""How far behind the highest the bits of an overdue request are kept, while its way is unknown."""


class Sent(Protocol):
    """A request without an outcome."""

    @property
    def sent(self) -> int:
        """When it was sent, ns."""


class Receipts:
    """What the server has told one client, whose requests without an outcome are `in_flight` or, past their timeout,
    `overdue`; both by number, ascending. Memory does not grow with the run: bits are kept for those in flight.
    """

    __slots__ = (
        "_arrived",
        "_base",
        "_below",
        "_clear_from",
        "_fates",
        "_fresh_to",
        "_highest",
        "_in_flight",
        "_is_new",
        "_limit",
        "_open",
        "_overdue",
        "_received",
        "_seen",
        "_since",
        "_told",
        "_unknown",
    )

    def __init__(self, in_flight: Mapping[int, Sent], overdue: Mapping[int, Sent]) -> None:
        self._in_flight = in_flight
        self._overdue = overdue
        self._fates: dict[int, bool] = {}  # of those overdue: did they come?
        self._open: dict[int, None] = {}  # those overdue of which that is not known yet, ascending
        self._limit = 0  # up to this request, what has not come is lost
        self._base = 1  # the request of bit 0
        self._told = 0  # bit i: it is known whether request base + i came
        self._arrived = 0  # bit i: and it came
        self._below = 0  # how many below the base came
        self._fresh_to = 0  # a word of a request up to this one tells all that the last one does
        self._unknown = 0  # how many came that the count knows of, and the bits do not
        self._clear_from = 1  # below this, some of those may be; the count tells nothing more of it
        self._received = self._highest = 0  # the last word
        self._seen = b""
        self._since = 0  # of what was sent before, it tells for good that it has not come
        self._is_new = False  # it is not in the bits yet

    def restart(self, number: int) -> None:
        """The server counts anew, from request `number` on: a new connection."""
        self._learn()
        self._received, self._seen = 0, b""
        self._highest = self._fresh_to = number - 1
        self._begin_count(number)

    def hear(self, number: int, received: int, highest: int, seen: bytes, since: int) -> None:
        """The reply to `number` tells this; what was sent before `since` and still comes took longer than any so far.

        Words may come in another order than they were said in.
        """
        if received > self._received and highest <= self._fresh_to and highest - number < SEEN_SPAN:
            self._received = received
            self._highest = highest
            self._seen = seen
            self._is_new = True
            if since > self._since:
                self._since = since
            return  # nearly always: it tells all that the words before it do
        if highest - number >= SEEN_SPAN:
            self._came_late(number, 1)  # it does not tell of the very request that it answers
        if received <= self._received and highest <= self._highest:
            if self._highest - highest >= SEEN_SPAN:
                self._came_late(*_ascending(highest, seen))  # overtaken by far: no later word tells what it does
            if since > self._since:
                self._since, self._is_new = since, True  # the last word was said after this one
            return
        if received < self._received:  # the server began anew: what it had counted is forgotten
            self._learn()
            self._begin_count(self._highest + 1)
        elif highest > self._fresh_to:
            self._learn()
        self._received, self._highest, self._seen, self._is_new = received, highest, seen, True
        if since > self._since:
            self._since = since

    @property
    def last(self) -> tuple[int, int, bytes]:
        """The last word: how many came, the highest of them, and which of the last ones."""
        return self._received, self._highest, self._seen

    def watch(self, number: int) -> None:
        """Request `number`, still in flight, is past its timeout: remember of it what is known."""
        self._learn()
        self._open[number] = None
        self._settle(number)

    def forget(self, number: int) -> bool | None:
        """The last that is known of an overdue request: whether it came; None when nobody told."""
        if number in self._open:
            self._learn()
            self._open.pop(number, None)
        return self._fates.pop(number, None)

    def _settle(self, number: int) -> None:
        """An overdue request: what the bits say of it is said for good."""
        came = self._read(number)
        if came is not None:
            del self._open[number]
            self._fates[number] = came

    def _learn(self) -> None:
        """Work the last word into the bits."""
        if not self._is_new:
            return
        self._is_new = False
        if self._is_nothing_missing():
            self._highest_came()
            return
        first, bits = _ascending(self._highest, self._seen)
        if first < self._base:  # those before are settled
            first, bits = self._base, bits >> (self._base - first)
        limit = self._settled_to()
        self._arrived |= bits << (first - self._base)
        self._tell(first, min(self._highest, limit))
        self._count(first, limit)
        self._told |= self._arrived
        self._settle_overdue(first, limit)
        self._drop_below(first)
        told = self._told >> (first - self._base)
        settled = (~told & (told + 1)).bit_length() - 1  # so many requests from `first` on, before one that is open
        self._fresh_to = first + settled + SEEN_SPAN - 1  # a word of a higher one does not tell of that

    def _settle_overdue(self, first: int, limit: int) -> None:
        """Those up to `limit` are decided, or never will be; of those from `first` on the word tells."""
        while self._open:
            number = next(iter(self._open))
            if number > limit:
                break
            self._settle(number)
            self._open.pop(number, None)
        told = []
        for number in reversed(self._open):
            if number < first:
                break
            told.append(number)
        for number in told:
            self._settle(number)

    def _is_nothing_missing(self) -> bool:
        """Did all come, from the base to the highest, and does nothing overdue wait to hear of it?"""
        size = self._highest + 1 - self._base
        if self._received - self._below != size or self._unknown or self._told.bit_length() > size:
            return False
        return not self._open

    def _highest_came(self) -> None:
        """And all before it, from the base on: nearly always, so it is the short way through `_learn`."""
        first = max(self._base, min(self._highest - SEEN_SPAN + 1, next(iter(self._in_flight), self._highest)))
        self._below += first - self._base
        self._base = first
        self._told = self._arrived = _ones(self._highest + 1 - first)
        self._fresh_to = self._highest + SEEN_SPAN

    def _count(self, first: int, limit: int) -> None:
        """How many came that no word told of, below the `first` that this one tells of?"""
        known = self._arrived & _ones(first - self._base)
        unknown = self._received - int.from_bytes(self._seen).bit_count() - self._below - known.bit_count()
        start = max(self._base, self._clear_from)
        if unknown <= self._unknown:  # none since the last word
            self._tell(start, min(first - 1, limit))
        else:
            candidates = _ones(first - self._base) & ~(self._told | self._arrived)
            count = candidates.bit_count()
            if start == self._base and NO_CHANCE <= count == unknown - self._unknown:  # all of them
                self._arrived |= candidates
                return
            self._clear_from = first
        self._unknown = unknown

    def _tell(self, first: int, last: int) -> None:
        """Of the requests from `first` to `last` it is known for good whether they came."""
        if last >= first:
            self._told |= _ones(last - first + 1) << (first - self._base)

    def _settled_to(self) -> int:
        """Up to this number, what has not come is lost: it was sent before the last word's moment. It only rises."""
        in_flight, overdue, since = self._in_flight, self._overdue, self._since
        for number in range(self._limit + 1, self._highest + 1):
            pending = in_flight.get(number) or overdue.get(number)
            if pending is not None and pending.sent > since:
                break
            self._limit = number
        return self._limit

    def _came_late(self, first: int, bits: int) -> None:
        """Some requests came, of which the last word did not tell; the count may have known of them."""
        before = self._arrived.bit_count()
        self._arrived |= _shifted(bits, first - self._base)
        self._told |= self._arrived
        self._unknown -= self._arrived.bit_count() - before

    def _begin_count(self, number: int) -> None:
        """Request `number` is the first that is counted."""
        self._below = -(self._arrived & _ones(number - self._base)).bit_count()
        self._unknown = 0
        self._clear_from = number

    def _read(self, number: int) -> bool | None:
        place = number - self._base
        if place < 0 or not self._told >> place & 1:
            return None
        return bool(self._arrived >> place & 1)

    def _drop_below(self, number: int) -> None:
        """Nothing is asked of requests before `number`, but of those that are in flight or unsettled."""
        number = min(number, next(iter(self._in_flight), number))
        for overdue in self._open:
            if overdue >= self._highest - KEPT:
                number = min(number, overdue)
                break
        dropped = number - self._base
        if dropped > 0:
            self._below += (self._arrived & _ones(dropped)).bit_count()
            self._told >>= dropped
            self._arrived >>= dropped
            self._base = number


def _ascending(highest: int, seen: bytes) -> tuple[int, int]:
    """What a word tells of, lowest first: the number of bit 0, and the bits."""
    size = min(highest, SEEN_SPAN)
    return highest - size + 1, int(f"{int.from_bytes(seen):0{SEEN_SPAN}b}"[::-1], 2) >> (SEEN_SPAN - size)


def _ones(size: int) -> int:
    return (1 << max(0, size)) - 1


def _shifted(bits: int, places: int) -> int:
    return bits << places if places >= 0 else bits >> -places
