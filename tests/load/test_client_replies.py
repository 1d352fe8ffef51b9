"""What a reply means to a client, with numbers, by order, by content, and on a connection of its own."""

from __future__ import annotations

import pytest

from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.wire import Kind, Message, plain
from tests.load.books import (
    IDENTITY,
    Books,
    Row,
    begun,
    make_client,
    outcomes,
    payload,
    reply_to,
    schedule,
    sent,
)


def test_ok_at_the_timeout_and_late_after_it() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 0]), books, window=2))
    assert sent(client, 0) == [1, 2]
    client.receive(reply_to(1), 10)
    client.receive(reply_to(2), 11)
    assert books.rows == [Row(0, 0, 10, Outcome.OK), Row(0, 0, 11, Outcome.LATE)]
    assert books.rtts == [10]


@pytest.mark.parametrize(
    ("reply", "outcome", "counts"),
    [
        (reply_to(1), Outcome.OK, (0, 0, 0)),
        (reply_to(1, text=b"other"), Outcome.CORRUPT, (0, 0, 0)),
        (Message(Kind.REJECTED, IDENTITY, 1, 1, b"full"), Outcome.REFUSED, (0, 0, 0)),
        (reply_to(2), None, (0, 0, 1)),
        (reply_to(0), None, (0, 0, 1)),
        (reply_to(1)._replace(client=IDENTITY + 1), None, (0, 0, 1)),
        (reply_to(1)._replace(client=IDENTITY + 1, kind=Kind.REJECTED), None, (0, 0, 1)),
        (Message(Kind.REGISTERED, IDENTITY + 1, 0, 0, b"1"), None, (0, 0, 1)),
        (Message(Kind.REJECTED, IDENTITY + 1, 0, 0, b"full"), None, (0, 0, 1)),
        (Message(Kind.REGISTERED, IDENTITY, 0, 0, b"1"), None, (0, 0, 0)),
    ],
)
def test_what_an_envelope_means(reply: Message, outcome: Outcome | None, counts: tuple[int, int, int]) -> None:
    books = Books()
    client = begun(make_client(schedule([0]), books))
    assert sent(client, 0) == [1]
    client.receive(reply, 1)
    assert outcomes(books) == ([] if outcome is None else [outcome])
    assert books.measured.replies == counts


@pytest.mark.parametrize("ending", [Outcome.OK, Outcome.CORRUPT, Outcome.REFUSED, Outcome.FAILED, Outcome.LOST])
def test_another_reply_to_a_request_that_has_its_outcome_is_a_duplicate(ending: Outcome) -> None:
    books = Books()
    client = begun(make_client(schedule([0]), books, remembered=0))
    assert sent(client, 0) == [1]
    if ending in (Outcome.OK, Outcome.CORRUPT):
        client.receive(reply_to(1, text=None if ending is Outcome.OK else b"other"), 1)
    elif ending is Outcome.REFUSED:
        client.refuse(1)
    elif ending is Outcome.FAILED:
        client.end_request(1, 1, Outcome.FAILED)
    else:
        client.pass_time(50)
    assert outcomes(books) == [ending]
    client.receive(reply_to(1), 60)
    client.receive(reply_to(1), 61)
    assert outcomes(books) == [ending]
    assert books.measured.replies == (2, 0, 0)


def test_bytes_count_for_the_phase_of_their_request_and_strays_for_the_moment() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 100]), books, timeout=500, window=2), measure_from=100)
    assert sent(client, 100) == [1, 2]
    client.receive(reply_to(1), 101)
    assert (books.warmup.book.bytes_received, books.measured.book.bytes_received) == (62, 0)
    client.receive(reply_to(2), 102)
    client.receive(reply_to(9, text=b"stray"), 103)
    assert (books.warmup.book.bytes_received, books.measured.book.bytes_received) == (62, 127)
    assert (books.warmup.book.bytes_sent, books.measured.book.bytes_sent) == (62, 62)


@pytest.mark.parametrize("wire", ["text", "line", "length"])
def test_on_an_ordered_stream_replies_answer_in_the_order_of_the_requests(wire: str) -> None:
    books = Books()
    client = begun(make_client(schedule([0, 1, 2]), books, wire=wire, ordered=True, window=3))
    assert sent(client, 2) == [1, 2, 3]
    for text, now in ((b"n1", 5), (b"n3", 6), (b"n3", 20), (b"n4", 21)):
        client.receive(plain(text), now)
    assert outcomes(books) == [Outcome.OK, Outcome.CORRUPT, Outcome.LATE]
    assert books.measured.replies == (0, 0, 1)


def test_on_an_ordered_stream_the_replies_to_the_forgotten_come_first() -> None:
    books = Books()
    client = begun(make_client(schedule(range(0, 500, 100)), books, wire="line", ordered=True, remembered=2))
    for now in range(0, 500, 100):
        sent(client, now)
    client.pass_time(499)
    assert outcomes(books) == [Outcome.LOST] * 3
    for number in (1, 2, 3, 4, 5):
        client.receive(plain(payload(number)), 500)
    assert outcomes(books) == [Outcome.LOST] * 3 + [Outcome.LATE] * 2
    assert books.measured.replies == (0, 0, 3)


def test_a_new_stream_owes_no_replies_to_the_forgotten() -> None:
    books = Books()
    client = begun(make_client(schedule(range(0, 500, 100)), books, wire="line", ordered=True, remembered=1))
    for now in (0, 100, 200):
        sent(client, now)
    client.disconnect(250, Outcome.FAILED)
    client.connect(260)
    assert sent(client, 300) == [4]
    client.receive(plain(payload(4)), 301)
    assert outcomes(books) == [Outcome.LOST] * 3 + [Outcome.OK]


@pytest.mark.parametrize("wire", ["text", "line", "length"])
def test_a_late_datagram_is_told_apart_by_its_content(wire: str) -> None:
    books = Books()
    client = begun(make_client(schedule([0, 20, 40]), books, wire=wire))
    for now in (0, 20, 40):
        sent(client, now)
    for number, now in ((1, 41), (3, 42), (2, 43)):
        client.receive(plain(payload(number)), now)
    assert books.rows == [
        Row(0, 0, 41, Outcome.LATE),
        Row(40, 40, 42, Outcome.OK),
        Row(20, 20, 43, Outcome.LATE),
    ]
    assert books.measured.replies == (0, 1, 0)
    client.receive(plain(payload(3)), 44)
    assert books.measured.replies == (0, 1, 1)  # nothing waits: it names no request


def test_a_datagram_that_is_right_for_none_corrupts_the_one_in_flight() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 20]), books, wire="text"))
    sent(client, 0)
    client.pass_time(15)
    client.receive(plain(b"?"), 16)
    assert outcomes(books) == []
    assert books.measured.replies == (0, 0, 1)
    sent(client, 20)
    client.receive(plain(b"?"), 21)
    assert books.rows == [Row(20, 20, 21, Outcome.CORRUPT)]


@pytest.mark.parametrize(
    ("wire", "reply", "outcome", "counts"),
    [
        ("envelope", reply_to(2), Outcome.OK, (0, 0, 0)),
        ("envelope", reply_to(2, text=b"other"), Outcome.CORRUPT, (0, 0, 0)),
        ("envelope", reply_to(9), None, (0, 0, 1)),
        ("envelope", reply_to(2)._replace(client=IDENTITY + 1), None, (0, 0, 1)),
        ("text", plain(b"n2"), Outcome.OK, (0, 0, 0)),
        ("text", plain(b"n1"), Outcome.CORRUPT, (0, 0, 0)),
    ],
)
def test_a_connection_of_its_own_names_the_request(
    wire: str, reply: Message, outcome: Outcome | None, counts: tuple[int, int, int]
) -> None:
    books = Books()
    client = begun(make_client(schedule([0, 0, 0]), books, wire=wire, ordered=True, window=3))
    assert sent(client, 0) == [1, 2, 3]
    client.receive(reply, 1, number=2)
    assert outcomes(books) == ([] if outcome is None else [outcome])
    assert books.measured.replies == counts
    assert set(client.ledger.in_flight) == ({1, 2, 3} if outcome is None else {1, 3})


def test_a_second_reply_on_a_connection_of_its_own_is_a_duplicate() -> None:
    for wire in ("envelope", "text"):
        books = Books()
        client = begun(make_client(schedule([0, 0]), books, wire=wire, ordered=True, window=2))
        assert sent(client, 0) == [1, 2]
        client.receive(reply_to(2, wire=wire), 1, number=2)
        client.receive(reply_to(2, wire=wire), 2, number=2)
        assert books.measured.replies == (1, 0, 0)


def test_a_request_whose_connection_ended_is_refused_failed_or_lost() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 5, 20]), books, window=3))
    sent(client, 5)
    client.end_request(2, 8, Outcome.REFUSED)
    client.pass_time(16)
    client.end_request(1, 17, Outcome.FAILED)  # its timeout came before
    sent(client, 20)
    client.end_request(3, 21, Outcome.FAILED)
    client.end_request(3, 22, Outcome.FAILED)
    client.end_request(99, 22, Outcome.FAILED)
    assert books.rows == [
        Row(5, 5, 8, Outcome.REFUSED),
        Row(0, 5, NEVER, Outcome.LOST),
        Row(20, 20, 21, Outcome.FAILED),
    ]


def test_a_copy_of_an_earlier_reply_without_a_number_is_no_wrong_answer() -> None:
    """What was answered last is remembered where nothing else tells: n1 comes again while n2 is waited for."""
    books = Books()
    client = begun(make_client(schedule([0, 20]), books, wire="text"))
    sent(client, 0)
    client.receive(reply_to(1, wire="text"), 1)
    sent(client, 20)
    assert client.receive(reply_to(1, wire="text"), 21) is None
    assert client.receive(reply_to(2, wire="text"), 22) is Outcome.OK
    assert books.measured.replies == (1, 0, 0)
    assert books.rows == [Row(0, 0, 1, Outcome.OK), Row(20, 20, 22, Outcome.OK)]
