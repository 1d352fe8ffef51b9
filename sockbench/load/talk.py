"""A conversation by hand: messages one after the other, and what each reply that comes belongs to.

Pure; time is an argument, in nanoseconds. A reply that comes late is told as the late one wherever that can be known:
over a stream by its order, as a datagram by its content when the service is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sockbench.load.book import Book
from sockbench.load.ledger import Ledger, Pending
from sockbench.load.matching import match_datagram
from sockbench.model.message import Format, Kind, Message
from sockbench.model.outcome import Outcome

Judge = Callable[[bytes, bytes], Outcome]
"""From (message, reply) to what the reply is worth; OK to everything where the service is not known."""


class Heard(NamedTuple):
    """A reply, with the message that it belongs to: None when it belongs to none."""

    reply: bytes
    message: bytes | None
    rtt: int
    late: bool


class Talk:
    """What was said, and what was heard. `rtts` are those of replies in time, `identity` is our id in envelopes."""

    def __init__(self, wire: Format, judge: Judge, *, ordered: bool, timeout: int, identity: int = 0) -> None:
        book = Book(lambda columns: None)
        self._ledger = Ledger(timeout=timeout, warmup=book, measured=book)
        self._wire = wire
        self._judge = judge
        self._ordered = ordered
        self._identity = identity
        self.sent = 0
        self.late = 0
        self.rtts: list[int] = []

    def say(self, message: bytes, now: int) -> bytes:
        """The bytes to send for `message`, now."""
        self.sent += 1
        number = self._ledger.next_number
        self._ledger.send(now, now, message)
        return self._wire.request(Kind.REQUEST, self._identity, number, message)

    def unsay(self) -> None:
        """The last message never reached the server, and will be said again."""
        self.sent -= 1

    def hear(self, reply: Message, now: int) -> Heard:
        """A reply came."""
        self._ledger.expire(now)
        pending = self._belongs_to(reply)
        if pending is None:
            return Heard(reply.payload, None, 0, late=False)
        late = pending.number in self._ledger.overdue
        rtt = now - pending.sent
        self._ledger.settle(pending, now, Outcome.OK)
        if late:
            self.late += 1
        else:
            self.rtts.append(rtt)
        return Heard(reply.payload, pending.request, rtt, late)

    def is_waiting(self, now: int) -> bool:
        """Whether the last message may still be answered in time."""
        self._ledger.expire(now)
        return bool(self._ledger.in_flight)

    def give_up(self, now: int) -> None:
        """The connection is gone, or the peer's host refused: nothing that was said will be answered."""
        self._ledger.end_all(now, Outcome.FAILED)

    @property
    def answered(self) -> int:
        """Messages that were answered, in time or late."""
        return len(self.rtts) + self.late

    def _belongs_to(self, reply: Message) -> Pending | None:
        ledger = self._ledger
        if self._wire.numbered:
            return ledger.pending(reply.number) if reply.client == self._identity else None
        if self._ordered and ledger.forgotten:
            ledger.forgotten -= 1
            return None
        if self._ordered:
            return ledger.oldest()
        return match_datagram(ledger, lambda pending: self._judge(pending.request, reply.payload))[0]
