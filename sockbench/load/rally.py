"""A rally: the exchanges of a plain client for as long as nothing happens but what was to be expected. Pure.

A memo of the client machine, and a part of it: it knows the reply that the machine takes for the right one, byte by
byte, and the request that follows, and does what the machine would do of both in an eighth of its steps. Anything else
is the machine's affair: the rally ends, the machine is put where it would be had it done all by itself, and asked.
A plain client has a closed window of one, no pause, no place to ask for, and one payload in envelopes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from sockbench.load.book import FULL
from sockbench.load.client import Client
from sockbench.load.ledger import Pending
from sockbench.load.pacing import ClosedPacer
from sockbench.load.payloads import constant
from sockbench.load.place import NEVER
from sockbench.model.message import SEEN_SPAN, Kind, Series
from sockbench.model.outcome import Outcome

LENGTH = SEEN_SPAN - 16
"""Exchanges of one rally at most: the machine must hear of every 256th reply, of what they tell of requests."""
_OK = Outcome.OK


class Rally:
    """From a moment at which one request of `client` is in flight, and the replies to all before it have come."""

    __slots__ = (
        "_answer_size",
        "_awaited",
        "_before",
        "_book",
        "_client",
        "_due",
        "_first",
        "_hear",
        "_longest",
        "_payload",
        "_received",
        "_replies",
        "_request_size",
        "_requests",
        "_told",
        "_witness",
        "number",
        "sent",
    )

    def __init__(
        self, client: Client, series: Series, in_flight: list[Pending], replies: Iterator[bytes], received: int
    ) -> None:
        """`in_flight` are to be answered with the next of `replies`; by the last one `received` came."""
        ledger, serve = client.ledger, in_flight[0]
        self._client = client
        self._first = self.number = serve.number
        self._due, self.sent, self._payload = serve.due, serve.sent, serve.request
        self._before = 0  # when the last request was sent that is answered
        self._received, self._told = received, series.told
        self._longest = ledger.longest
        is_measured = serve.due >= ledger.measure_from
        self._book = ledger.book(serve.due)
        self._hear, self._witness = ledger.on_answer if is_measured else None, ledger.witness
        self._replies = replies
        kind = Kind.REQUEST if is_measured else Kind.WARMUP
        last = in_flight[-1].number
        numbers = range(last + 1, last + LENGTH)
        self._requests = series.requests(kind, client.identity, serve.request, numbers)
        self._awaited = next(self._replies)
        self._answer_size, self._request_size = len(self._awaited), client.overhead + len(serve.request)

    def answer(self, data: bytes, now: int) -> bytes | None:
        """`data` came. Gives the next request, due now, whose `sent` the driver sets just before it sends it.

        None when `data` is not the awaited reply, or the machine has something to look at: then `end` the rally.
        """
        sent = self.sent
        rtt = now - sent
        # A round trip longer than any before says more of losses than the ones after it: the machine takes note of it.
        if data != self._awaited or now >= self._client.plain_until or rtt > self._longest:
            return None
        request = next(self._requests, None)
        if request is None:
            return None
        self._awaited = next(self._replies)
        book = self._book
        rows = book.rows
        rows.append((self._due, sent, now, _OK))
        if len(rows) >= FULL:
            book.flush()
        book.went_out += 1
        book.bytes_sent += self._request_size
        book.bytes_received += self._answer_size
        if self._hear is not None:
            self._hear(self.number, rtt)
        if self._witness is not None:
            self._witness(self.number, self._due, sent, now, _OK, None)
        self.number += 1
        self._before, self._due = sent, now
        return request

    def end(self) -> None:
        """Put the machine where it would be by now."""
        answered = self.number - self._first
        if not answered:
            return
        client, timeout, last = self._client, self._client.ledger.timeout, self.number - 1
        client.ordinal += answered
        in_flight = [
            Pending(number, due, sent, sent + timeout, self._payload)
            for number, (due, sent) in enumerate(self._in_flight(), start=self.number)
        ]
        client.ledger.catch_up(in_flight, self._before, self._received + answered, last, self._told(last))

    def _in_flight(self) -> list[tuple[int, int]]:
        """(due, sent) of each request in flight, in the order in which they were sent."""
        return [(self._due, self.sent)]


class Volley(Rally):
    """A rally with more than one request in flight, whose replies come in the order of the requests."""

    __slots__ = ("_behind", "_dues")

    def __init__(
        self, client: Client, series: Series, in_flight: list[Pending], replies: Iterator[bytes], received: int
    ) -> None:
        super().__init__(client, series, in_flight, replies, received)
        self._behind = deque((pending.due, pending.sent) for pending in in_flight[1:])  # behind the awaited one
        self._dues: list[int] = []  # of what `answer` gave and has not left yet

    def answer(self, data: bytes, now: int) -> bytes | None:
        """As of a rally, but the request waits for `leave`: a volley leaves at once."""
        request = super().answer(data, now)
        if request is not None:
            self._dues.append(now)
            # With nothing in flight, no reply is right.
            self._due, self.sent = self._behind.popleft() if self._behind else (now, -NEVER)
        return request

    def leave(self, now: int) -> None:
        """All requests that `answer` gave meanwhile, and that did not leave yet, are sent now."""
        self._behind.extend([(due, now) for due in self._dues])
        self._dues.clear()
        self._serve()

    def leave_one(self, now: int) -> None:
        """The first of them is sent now."""
        self._behind.append((self._dues.pop(0), now))
        self._serve()

    def _serve(self) -> None:
        """With something in flight again, its reply is awaited."""
        if self.sent == -NEVER and self._behind:
            self._due, self.sent = self._behind.popleft()

    def _in_flight(self) -> list[tuple[int, int]]:
        return [(self._due, self.sent), *self._behind]


def may_rally(client: Client) -> bool:
    """Whether it is a plain client."""
    pacer, is_plain = client.pacer, client.series is not None and not client.needs_place
    is_closed = isinstance(pacer, ClosedPacer) and pacer.is_immediate
    has_room = client.window == 1 or (client.window <= LENGTH and not client.ordered)
    return is_plain and is_closed and has_room and constant(client.payload) is not None


def rally_of(client: Client, reply: bytes) -> Rally | None:
    """A rally of a plain client that goes on from here, where `reply` came last; None where there can be none."""
    ledger, series = client.ledger, client.series
    in_flight = ledger.last_sent(client.window)
    if in_flight is None or series is None:
        return None
    serve = in_flight[0]
    received, highest, seen = ledger.receipts.last
    if highest != serve.number - 1 or seen != series.told(highest) or received != highest < SEEN_SPAN:
        return None  # something was lost not long ago
    right = reply[client.overhead :]
    replies = series.replies(client.identity, right, range(highest, serve.number + LENGTH), received)
    if next(replies) != reply or client.judge(serve.request, right, None) is not _OK:
        return None  # it is not one whole reply and nothing more, as over TCP it need not be
    kind = Rally if client.window == 1 else Volley
    return kind(client, series, in_flight, replies, received)
