"""The parts of a request's way through the tool, each for 20,000 requests; the lines at the end say ns for one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from benchmarks.conftest import REQUESTS, Timed
from sockbench.load.arrivals import due_times
from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.ledger import Ledger
from sockbench.load.pacing import ClosedPacer
from sockbench.load.payloads import make_payload
from sockbench.load.rally import rally_of
from sockbench.model.columns import Columns
from sockbench.model.message import Kind, Message
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Every, FilePayload, Rate
from sockbench.net.responder import Responder
from sockbench.services.echo import Echo
from sockbench.stats.histogram import Histogram
from sockbench.stats.jitter import JitterMeter
from sockbench.stats.tally import Tally
from sockbench.wire import FORMATS, Seen, series, series_of

PAYLOAD = b"x" * 64
ALL_SEEN = b"\xff" * 32
PEER = ("127.0.0.1", 40_000)
START = 10**12
GAP = 1_000_000
ENVELOPE = FORMATS["envelope"]
NUMBERS = range(1, REQUESTS + 1)


def new_ledger() -> Ledger:
    """As one client of a group has it: a book that folds into a tally, and a meter of jitter."""
    tally, ipdv = Tally(), list[int]()

    def fold(columns: Columns) -> None:
        tally.fold(columns)
        tally.ipdv.record_all(ipdv)
        ipdv.clear()

    book = Book(fold)
    return Ledger(timeout=10**9, warmup=book, measured=book, on_answer=JitterMeter(ipdv).add)


def test_accounting(per_request: Timed, rtts: list[int]) -> None:
    """Send and answer in the ledger, with the book, the receipts, the jitter and the tally."""

    def prepare() -> Callable[[], object]:
        ledger = new_ledger()

        def work() -> None:
            in_flight, now = ledger.in_flight, START
            for rtt in rtts:
                number = ledger.send(now, now + 1000, PAYLOAD)
                pending = in_flight[number]
                done = now + 1000 + rtt
                ledger.answer(pending, done, 124, number, number, ALL_SEEN)
                now += GAP

        return work

    per_request(prepare)


def test_client_round(per_request: Timed, rtts: list[int]) -> None:
    """`Client.take` and `Client.receive`: accounting, matching, judging and the envelope of the request."""
    replies = [Message(Kind.REPLY, 7, number, number, PAYLOAD, number, ALL_SEEN) for number in range(1, REQUESTS + 1)]

    def prepare() -> Callable[[], object]:
        client = Client(
            identity=7,
            ledger=new_ledger(),
            pacer=ClosedPacer(first=0, think=None, window=1),
            window=1,
            payload=lambda number: PAYLOAD,
            wire=ENVELOPE,
            judge=lambda request, reply, place: Outcome.OK if request == reply else Outcome.CORRUPT,
            ordered=False,
        )
        client.begin(START, START, START * 10)

        def work() -> None:
            now = START
            for rtt, reply in zip(rtts, replies, strict=True):
                client.take(now)
                now += rtt
                client.receive(reply, now)

        return work

    per_request(prepare)


def test_rally(per_request: Timed, rtts: list[int]) -> None:
    """`client_round` of a plain client, and the bytes of its replies: nearly all of it is the affair of its rallies."""
    datagrams = list(series.replies(7, PAYLOAD, NUMBERS, 1))

    def prepare() -> Callable[[], object]:
        client = Client(
            identity=7,
            ledger=new_ledger(),
            pacer=ClosedPacer(first=0, think=None, window=1),
            window=1,
            payload=make_payload(FilePayload("payload", PAYLOAD), index=1, seed=1),
            wire=ENVELOPE,
            judge=lambda request, reply, place: Outcome.OK if request == reply else Outcome.CORRUPT,
            ordered=False,
            series=series_of(ENVELOPE),
        )
        client.begin(START, START, START * 10)
        client.take(START)

        def work() -> None:
            now, rally = START, None
            for rtt, data in zip(rtts, datagrams, strict=True):
                now += rtt
                if rally is not None:
                    if rally.answer(data, now) is not None:
                        rally.sent = now
                        continue
                    rally.end()
                client.receive(ENVELOPE.datagram(data), now)
                client.take(now)
                rally = rally_of(client, data)

        return work

    per_request(prepare)


def test_responder(per_request: Timed) -> None:
    """What a server does with one request of a regular: know it, note it, answer it, know the reply."""
    requests = [ENVELOPE.request(Kind.REQUEST, 7, number, PAYLOAD) for number in NUMBERS]
    _respond(per_request, requests)


def test_responder_to_others(per_request: Timed) -> None:
    """The same of one whose payloads differ: read it, note it, answer it, write the reply."""
    requests = [ENVELOPE.request(Kind.REQUEST, 7, number, b"%064d" % number) for number in NUMBERS]
    _respond(per_request, requests)


def _respond(per_request: Timed, requests: list[bytes]) -> None:

    def prepare() -> Callable[[], object]:
        answer = Responder(Echo()).datagram

        def work() -> None:
            for request in requests:
                answer(request, PEER, 0.0)

        return work

    per_request(prepare)


def test_tally_fold(per_request: Timed, rtts: list[int]) -> None:
    """Rows into counters and three histograms, 256 at a time."""
    rows = [(START, START + rtt // 4, START + rtt // 4 + rtt, Outcome.OK) for rtt in rtts]
    pieces = [Columns() for _ in range(0, REQUESTS, 256)]
    for number, row in enumerate(rows):
        pieces[number // 256].append(*row)

    def prepare() -> Callable[[], object]:
        fold = Tally().fold

        def work() -> None:
            for columns in pieces:
                fold(columns)

        return work

    per_request(prepare)


def test_histogram_record_all(per_request: Timed, rtts: list[int]) -> None:
    """One value into one histogram, 256 at a time."""
    pieces = [rtts[first : first + 256] for first in range(0, REQUESTS, 256)]

    def prepare() -> Callable[[], object]:
        record_all = Histogram().record_all

        def work() -> None:
            for piece in pieces:
                record_all(piece)

        return work

    per_request(prepare)


def test_jitter_meter(per_request: Timed, rtts: list[int]) -> None:
    """One reply in order."""
    replies = list(enumerate(rtts, start=1))

    def prepare() -> Callable[[], object]:
        add = JitterMeter([]).add

        def work() -> None:
            for number, rtt in replies:
                add(number, rtt)

        return work

    per_request(prepare)


def test_envelope_encode(per_request: Timed) -> None:
    """A request of 64 bytes."""
    messages = [Message(Kind.REQUEST, 7, number, 0, PAYLOAD) for number in range(1, REQUESTS + 1)]
    per_request(lambda: lambda: [ENVELOPE.encode(message) for message in messages])


def test_envelope_decode(per_request: Timed) -> None:
    """A datagram of a reply of 64 bytes."""
    replies = [Message(Kind.REPLY, 7, number, number, PAYLOAD, number, ALL_SEEN) for number in range(1, REQUESTS + 1)]
    datagrams = [ENVELOPE.encode(reply) for reply in replies]
    per_request(lambda: lambda: [ENVELOPE.datagram(datagram) for datagram in datagrams])


def test_seen_take(per_request: Timed) -> None:
    """The server's note of one request that comes in order."""

    def prepare() -> Callable[[], object]:
        take = Seen().take
        return lambda: [take(number) for number in range(1, REQUESTS + 1)]

    per_request(prepare)


def test_due_times_every(per_request: Timed) -> None:
    """One due time of a fixed grid."""
    arrivals = Every(0.01)
    per_request(lambda: lambda: list(islice(due_times(arrivals, index=0, slot=3, count=10, seed=1), REQUESTS)))


def test_due_times_rate(per_request: Timed) -> None:
    """One due time of a constant rate."""
    arrivals = Rate(1000.0)
    per_request(lambda: lambda: list(islice(due_times(arrivals, index=0, slot=3, count=10, seed=1), REQUESTS)))


def test_due_times_poisson(per_request: Timed) -> None:
    """One due time of a Poisson process."""
    arrivals = Rate(1000.0, pattern="poisson")
    per_request(lambda: lambda: list(islice(due_times(arrivals, index=0, slot=3, count=10, seed=1), REQUESTS)))
