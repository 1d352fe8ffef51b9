"""What a peer may say, at both ends: a server answers any bytes within bounds, and each request of a client ends."""

from __future__ import annotations

from collections import Counter

from fuzz.draw import Draw
from fuzz.streams import header
from sockbench.errors import BadMessage
from sockbench.load.client import Client
from sockbench.model.event import Event
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Server
from sockbench.net.responder import AMPLIFICATION, IP_UDP_HEADERS, Conversation, Responder
from sockbench.net.watcher import Watcher
from sockbench.report.event_log import words
from sockbench.services import SERVICES, make_service
from sockbench.wire import FORMATS, HEADER_SIZE, Decoder, Kind, Message
from tests.load.books import IDENTITY, Books, closed, make_client, reply_to, schedule

TIMEOUT = 20
PEERS = tuple(("127.0.0.1", 5000 + number) for number in range(4))
LONGEST_WORDS = 100
"""Bytes that a service adds to what it was told, at most."""
GROWS = 3
"""How many times longer upper case may be than what it was made of (U+0390: two bytes, six)."""


def responder(data: bytes) -> None:
    """Datagrams and streams of any bytes from four peers to one service, as time goes on."""
    draw = Draw(data)
    server = _server(draw)
    watcher = Watcher(server, _log)
    responder = Responder(make_service(server), watcher)
    talks: dict[tuple[str, int], Conversation] = {}
    now = 0.0
    while draw.left:
        peer = draw.pick(PEERS)
        now += draw.pick([0.0, 0.001, 1.0, 59.0, 61.0, 601.0])
        said = _said(draw)
        match draw.number() % 4:
            case 0:
                responder.expire(now)
            case 1 if peer in talks:
                del talks[peer]
                responder.left(peer)
            case 1 | 2:
                if peer not in talks:
                    talks[peer] = responder.connection(peer, now)
                    assert len(talks[peer].greeting()) <= LONGEST_WORDS
                _bounded(talks[peer].receive(said, now), said)
                if talks[peer].closing:
                    del talks[peer]
                    responder.left(peer)
            case _:
                had_place = responder.service.is_registered(peer, now)
                reply = responder.datagram(said, peer, now)
                if reply is None:
                    continue
                _bounded(reply, said)
                limit = AMPLIFICATION * (IP_UDP_HEADERS + len(said))
                assert had_place or server.service == "registry" or IP_UDP_HEADERS + len(reply) <= limit
    assert responder.answered <= responder.received
    assert len(watcher.peers(now)) <= len(PEERS)


def _server(draw: Draw) -> Server:
    return Server(
        name="s",
        service=draw.pick(list(SERVICES)),
        transport=draw.pick(["udp", "tcp"]),
        host="127.0.0.1",
        port=0,
        max_clients=draw.pick([None, 1, 2]),
        idle=60.0,
        banner=draw.pick([False, True]),
        once=draw.pick([False, True]),
    )


def _log(event: Event) -> None:
    assert words(event).isprintable()


def _said(draw: Draw) -> bytes:
    """An envelope, several, a piece of one, or any bytes."""
    match draw.number() % 4:
        case 0:
            return draw.piece()
        case 1:
            return header(draw) + draw.take(draw.number() % 64)
        case 2:
            payload = draw.take(draw.number() % 64)
            return FORMATS["envelope"].request(draw.number() % 9, draw.number(), draw.number(), payload)
        case _:
            return "(ß) : ŉΐ".encode() * (draw.number() % 32)


def _bounded(reply: bytes, said: bytes) -> None:
    """Each message is answered by at most so much; a decoder may have kept some of before."""
    messages = 2 + len(said) // HEADER_SIZE
    assert len(reply) <= GROWS * (len(said) + MAX_KEPT) + messages * (HEADER_SIZE + LONGEST_WORDS)


MAX_KEPT = 64 * 1024
"""More than any case is long."""


def client(data: bytes) -> None:
    """One client, to which anything is said at any time: each request that was due has one outcome, and one alone."""
    draw = Draw(data)
    wire, is_ordered, is_open = draw.pick(list(FORMATS)), draw.pick([False, True]), draw.pick([False, True])
    books = Books()
    window = 1 if wire == "text" or (wire != "envelope" and not is_ordered) else draw.pick([1, 3])
    due = [5 * number for number in range(1, 40)]
    code = draw.pick([None, b"A1"]) if wire == "envelope" else None
    one = make_client(
        schedule(due) if is_open else closed(window, draw.number() % 8),
        books,
        wire=wire,
        ordered=is_ordered,
        window=window,
        timeout=TIMEOUT,
        code=code,
        idle=draw.pick([None, 60]) if code else None,
    )
    end, now, decoder = 200, 0, FORMATS[wire].decoder()
    one.connect(0)
    one.begin(0, 50, end)
    while draw.left:
        _send(one, window, now)
        match draw.number() % 8:
            case 7 if one.connected:
                one.disconnect(now, draw.pick([Outcome.FAILED, Outcome.REFUSED]))
            case 7:
                one.connect(now)
                decoder = FORMATS[wire].decoder()
            case 6 if not is_ordered:
                one.refuse(now)
            case _ if one.connected:
                reply = _reply(draw, wire)
                if not _heard(one, decoder if is_ordered else None, wire, reply, now):
                    one.disconnect(now, Outcome.FAILED)
        now += draw.number() % 16
    while now < 2 * end:
        _send(one, window, now)
        now = min(one.wake_at() or 2 * end, 2 * end)
    one.finish(now)
    rows = books.rows
    counts = Counter(row.outcome for row in rows)
    assert len(rows) - counts[Outcome.SKIPPED] == one.ledger.next_number - 1
    assert not one.ledger.in_flight
    assert not one.ledger.overdue
    if is_open:
        assert sorted(row.due for row in rows) == [moment for moment in due if moment < end]
    for row in rows:
        assert row.outcome is not Outcome.OK or 0 <= row.done - row.sent <= TIMEOUT
        assert row.outcome is not Outcome.LATE or row.done - row.sent > TIMEOUT
    for kept in (books.warmup, books.measured):
        assert 0 <= kept.book.lost_up + kept.book.lost_down <= kept.count(Outcome.LOST)


def _send(one: Client, window: int, now: int) -> None:
    """All that goes out at `now`; after it there is nothing to wake for at once."""
    while one.take(now) is not None:
        assert one.connected
        assert len(one.ledger.in_flight) <= window
    wake = one.wake_at()
    assert wake is None or wake > now


def _heard(one: Client, decoder: Decoder | None, wire: str, data: bytes, now: int) -> bool:
    """As a driver does it; gives whether the connection still stands. What is no message breaks a stream."""
    try:
        for message in (FORMATS[wire].datagram(data),) if decoder is None else decoder.feed(data):
            one.receive(message, now)
    except BadMessage:
        one.ledger.unmatched(0, now)
        return decoder is None
    return True


def _reply(draw: Draw, wire: str) -> bytes:
    """What a server might say to a client that is called IDENTITY, most of it nearly right."""
    number = draw.number() % 48
    kind = draw.pick([Kind.REPLY, Kind.REPLY, Kind.REPLY, *Kind])
    right = reply_to(number, wire=wire)
    match draw.number() % 4:
        case 0:
            return draw.piece()
        case 1:
            return FORMATS[wire].encode(right)
        case 2 if wire == "envelope":
            counts = [draw.pick([number, 0, draw.number(), draw.number(4), 2**32 - 1]) for _ in range(2)]
            seen = draw.take(32).rjust(32, b"\xff")
            who = draw.pick([IDENTITY, IDENTITY, IDENTITY, 0, IDENTITY + 1])
            payload = draw.pick([right.payload, right.payload, b"", b"?"])
            return FORMATS[wire].encode(Message(kind, who, number, counts[0], payload, counts[1], seen))
        case _:
            return header(draw) + draw.piece() if wire == "envelope" else FORMATS[wire].encode(right) * 2
