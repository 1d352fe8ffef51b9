"""Refusals, broken connections, and places that are asked for, given, refused and lost."""

from __future__ import annotations

import pytest

from sockbench.load.client import Client
from sockbench.load.pacing import PAUSE
from sockbench.load.place import LONGEST_REFUSAL
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, MAX_PAYLOAD, Kind, Message
from tests.load.books import (
    END,
    IDENTITY,
    Books,
    Row,
    begun,
    closed,
    make_client,
    outcomes,
    payload,
    reply_to,
    schedule,
    sent,
)


def test_a_refusal_ends_the_oldest_in_flight() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 5]), books, window=2))
    client.refuse(0)
    sent(client, 0)
    sent(client, 5)
    client.refuse(6)
    assert books.rows == [Row(0, 0, 6, Outcome.REFUSED)]
    assert list(client.ledger.in_flight) == [2]


def test_a_closed_client_goes_on_after_every_outcome() -> None:
    """At once after an answer or a timeout; after a pause when there was nothing to wait for."""
    books = Books()
    client = begun(make_client(closed(), books), end=10 * PAUSE)
    assert sent(client, 0) == [1]
    client.refuse(1)
    assert sent(client, PAUSE) == []
    assert client.wake_at() == PAUSE + 1
    assert sent(client, PAUSE + 1) == [2]
    now = PAUSE + 2
    client.receive(reply_to(2, text=b"?"), now)
    assert sent(client, now) == [3]
    assert sent(client, now + 11) == [4]
    client.end_request(4, now + 12, Outcome.FAILED)
    assert sent(client, now + 11 + PAUSE) == []
    now += 12 + PAUSE
    assert sent(client, now) == [5]
    client.receive(reply_to(5), now + 1)
    client.finish(now + 1)
    assert outcomes(books) == [Outcome.REFUSED, Outcome.CORRUPT, Outcome.FAILED, Outcome.OK, Outcome.LOST]


def test_of_a_window_only_the_place_of_the_refused_request_pauses() -> None:
    books = Books()
    client = begun(make_client(closed(window=2), books, window=2), end=10 * PAUSE)
    assert sent(client, 0) == [1, 2]
    client.refuse(1)
    client.receive(reply_to(2), 2)
    assert sent(client, 2) == [3]
    assert sent(client, PAUSE) == [4]  # in the place of 3, whose timeout is past
    assert sent(client, PAUSE + 1) == [5]


def test_without_a_connection_an_open_client_skips_and_a_closed_one_waits() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 10, 20, 30, 40]), books, window=5, timeout=100))
    assert sent(client, 0) == [1]
    client.disconnect(5, Outcome.FAILED)
    assert sent(client, 25) == []
    assert client.wake_at() == END
    client.connect(30)
    assert sent(client, 30) == [2]
    assert outcomes(books) == [Outcome.FAILED, Outcome.SKIPPED, Outcome.SKIPPED]

    books = Books()
    client = begun(make_client(closed(2), books, window=2, timeout=100))
    assert sent(client, 0) == [1, 2]
    client.disconnect(5, Outcome.REFUSED)
    assert sent(client, 25) == []
    assert client.wake_at() == END
    client.connect(30)
    assert sent(client, 30) == [3, 4]
    assert books.rows == [Row(0, 0, 5, Outcome.REFUSED)] * 2


def registered(place: int = 3, words: bytes = b"3", *, client: int = IDENTITY) -> Message:
    return Message(Kind.REGISTERED, client, 0, place, words)


REJECTED = Message(Kind.REJECTED, IDENTITY, 0, 0, b"Servidor cheio: limite de 10 clientes")


def test_the_code_is_announced_until_it_is_answered() -> None:
    client = make_client(schedule([0]), Books(), code=b"A1", retry=5)
    request = client.take(100)
    assert request is not None
    assert request.number == 0
    assert FORMATS["envelope"].datagram(request.data) == Message(Kind.REGISTER, IDENTITY, 0, 0, b"A1")
    assert client.wake_at() == 105
    assert sent(client, 104) == []
    assert sent(client, 105) == [0]
    assert client.wake_at() == 110
    client.receive(registered(), 106)
    assert client.registered
    assert client.wake_at() is None
    assert sent(client, 110) == []


def test_nothing_is_sent_by_who_has_no_place_and_what_was_due_is_skipped() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 10, 20, 30]), books, code=b"A1", retry=7))
    assert sent(client, 0) == [0]
    assert sent(client, 15) == [0]
    client.receive(registered(), 20)
    assert sent(client, 20) == [1]
    assert sent(client, 30) == []  # the window is full
    assert books.rows[:2] == [Row(0, NEVER, NEVER, Outcome.SKIPPED), Row(10, NEVER, NEVER, Outcome.SKIPPED)]
    assert books.measured.book.bytes_sent == 62


def test_a_closed_client_waits_for_its_place() -> None:
    books = Books()
    client = begun(make_client(closed(), books, code=b"A1", retry=7))
    assert sent(client, 0) == [0]
    client.receive(registered(), 20)
    assert sent(client, 21) == [1]
    assert books.rows == []


def test_a_refusal_is_kept_in_the_words_of_the_server_until_a_place_is_free() -> None:
    client = begun(make_client(schedule([50]), Books(), code=b"A1", retry=7))
    assert sent(client, 0) == [0]
    client.receive(REJECTED, 1)
    assert (client.place.refusal, client.registered) == ("Servidor cheio: limite de 10 clientes", False)
    assert sent(client, 7) == [0]
    client.receive(registered(), 8)
    assert (client.place.refusal, client.registered) == (None, True)
    client.receive(Message(Kind.REJECTED, IDENTITY, 0, 0, b"\xff"), 9)  # no UTF-8: still words
    assert client.place.refusal == "\ufffd"
    for size in (LONGEST_REFUSAL, LONGEST_REFUSAL + 1, MAX_PAYLOAD):
        client.receive(Message(Kind.REJECTED, IDENTITY, 0, 0, b"\x1b" * size), 10)
        assert client.place.refusal == "\x1b" * LONGEST_REFUSAL + "…" * (size > LONGEST_REFUSAL)


@pytest.mark.parametrize(("place", "known"), [(3, 3), (2**32 - 1, 2**32 - 1), (0, None)])
@pytest.mark.parametrize("words", [b"3", b"4", b"", b"\xff", b"9" * 5000])
def test_the_place_is_learned_from_the_header_which_a_checksum_covers(
    place: int, known: int | None, words: bytes
) -> None:
    asked: list[int | None] = []

    def judge(request: bytes, reply: bytes, client: int | None) -> Outcome:
        asked.append(client)
        return Outcome.OK

    books = Books()
    client = Client(
        identity=IDENTITY,
        ledger=books.ledger(10),
        pacer=schedule([5]),
        window=1,
        payload=payload,
        wire=FORMATS["envelope"],
        judge=judge,
        ordered=False,
        code=b"A1",
    )
    begun(client)
    client.receive(registered(place, words), 0)
    client.receive(registered(8), 1)  # a repetition changes nothing
    assert sent(client, 5) == [1]
    client.receive(reply_to(1), 6)
    assert asked == [known]


def test_a_place_on_a_broken_connection_is_lost_with_it() -> None:
    """The server gives it back when the connection closes, and knows the next one as somebody else."""
    books = Books()
    client = begun(make_client(schedule([0, 10, 20, 30]), books, code=b"A1", ordered=True))
    client.connect(0)
    client.receive(registered(), 0)
    assert sent(client, 0) == [1]
    client.disconnect(5, Outcome.FAILED)
    client.connect(12)
    assert not client.registered
    assert client.wake_at() == 12
    assert sent(client, 12) == [0]
    client.receive(registered(4), 20)
    assert sent(client, 20) == [2]


def test_who_never_gets_a_place_asks_until_the_end_and_is_finished_then() -> None:
    for pacer in (schedule(range(0, END, 10)), closed()):
        books = Books()
        client = begun(make_client(pacer, books, code=b"A1", retry=300))
        asked = []
        now: int | None = 0
        while now is not None:
            asked += [now] * len(sent(client, now))
            now = client.wake_at()
        assert asked == [0, 300, 600, 900]
        client.finish(END + 1)
        assert client.finished
        assert outcomes(books) == ([] if pacer.waits else [Outcome.SKIPPED] * 100)


def test_a_driver_that_wakes_after_the_end_has_nothing_to_ask_and_nothing_to_wait_for() -> None:
    for pacer in (schedule([0]), closed()):
        client = begun(make_client(pacer, Books(), code=b"A1", retry=300), end=950)
        assert sent(client, 640) == [0]  # again at 940, but the driver is late
        assert sent(client, 951) == []
        assert client.wake_at() is None
        assert client.finished
