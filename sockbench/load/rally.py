"""A rally: the exchanges of a plain client for as long as nothing happens but what was to be expected. Pure.

A memo of the client machine, and a part of it: it knows the reply that the machine takes for the right one, byte by
byte, and the request that follows, and does what the machine would do of both in an eighth of its steps. Anything else
is the machine's affair: the rally ends, the machine is put where it would be had it done all by itself, and asked.
A plain client has a closed window of one, no pause, no place to ask for, and one payload in envelopes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sockbench.load.book import FULL
from sockbench.load.client import Client
from sockbench.load.ledger import Pending
from sockbench.load.pacing import ClosedPacer
from sockbench.load.payloads import constant
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

    def __init__(self, client: Client, series: Series, serve: Pending, replies: Iterator[bytes], received: int) -> None:
        """`serve` is in flight, and to be answered with the next of `replies`; by the last one `received` came."""
        ledger = client.ledger
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
        numbers = range(serve.number + 1, serve.number + LENGTH)
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
        client, number = self._client, self.number
        client.ordinal += answered
        serve = Pending(number, self._due, self.sent, self.sent + client.ledger.timeout, self._payload)
        client.ledger.catch_up(serve, self._before, self._received + answered, self._told(number - 1))


def may_rally(client: Client) -> bool:
    """Whether it is a plain client."""
    pacer, is_plain = client.pacer, client.window == 1 and client.series is not None and not client.needs_place
    is_closed = isinstance(pacer, ClosedPacer) and pacer.is_immediate
    return is_plain and is_closed and constant(client.payload) is not None


def rally_of(client: Client, reply: bytes) -> Rally | None:
    """A rally of a plain client that goes on from here, where `reply` came last; None where there can be none."""
    ledger, series = client.ledger, client.series
    serve = ledger.serve
    if serve is None or series is None:
        return None
    received, highest, seen = ledger.receipts.last
    if highest != serve.number - 1 or seen != series.told(highest) or received != highest < SEEN_SPAN:
        return None  # something was lost not long ago
    right = reply[client.overhead :]
    replies = series.replies(client.identity, right, range(highest, serve.number + LENGTH), received)
    if next(replies) != reply or client.judge(serve.request, right, None) is not _OK:
        return None  # it is not one whole reply and nothing more, as over TCP it need not be
    return Rally(client, series, serve, replies, received)
