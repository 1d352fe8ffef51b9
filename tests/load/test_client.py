"""When a client sends, when it must be asked again, and when it is finished."""

from __future__ import annotations

import pytest

from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, Kind, Message, plain
from tests.load.books import (
    END,
    IDENTITY,
    Books,
    Row,
    begun,
    closed,
    is_finished,
    make_client,
    outcomes,
    payload,
    reply_to,
    schedule,
    sent,
)


def test_nothing_is_sent_before_the_load_begins() -> None:
    client = make_client(schedule([0]), Books())
    assert sent(client, 5) == []
    assert client.wake_at() is None
    assert not client.finished


@pytest.mark.parametrize("wire", list(FORMATS))
def test_what_a_request_looks_like(wire: str) -> None:
    books = Books()
    client = begun(make_client(schedule([0, 1]), books, wire=wire, window=2))
    for number in (1, 2):
        request = client.take(1)
        assert request is not None
        message = FORMATS[wire].datagram(request.data)
        whole = Message(Kind.REQUEST, IDENTITY, number, 0, payload(number))
        assert message == (whole if wire == "envelope" else plain(payload(number)))
        assert request.number == number
    assert books.measured.book.bytes_sent == 2 * (2 + FORMATS[wire].overhead)


def test_an_open_client_keeps_to_its_schedule() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 100, 200]), books, window=5), start=50)
    assert client.wake_at() == 50
    assert sent(client, 49) == []
    assert sent(client, 53) == [1]
    assert client.wake_at() == 64  # the deadline comes first
    assert sent(client, 64) == []
    assert client.wake_at() == 150
    assert sent(client, 260) == [2, 3]
    client.receive(reply_to(3), 261)
    client.finish(END)
    lost = [(50, 53), (150, 260)]
    assert books.rows == [
        Row(250, 260, 261, Outcome.OK),
        *(Row(due, at, NEVER, Outcome.LOST) for due, at in lost),
    ]


def test_an_open_client_skips_what_the_window_does_not_hold() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 1, 2, 3]), books, window=2))
    assert sent(client, 3) == [1, 2]
    assert books.rows == [Row(2, NEVER, NEVER, Outcome.SKIPPED), Row(3, NEVER, NEVER, Outcome.SKIPPED)]


def test_a_timeout_makes_room_in_the_window() -> None:
    client = begun(make_client(schedule([0, 10, 11]), Books(), window=1, timeout=10))
    assert sent(client, 0) == [1]
    assert sent(client, 10) == []
    assert sent(client, 11) == [2]


def test_what_was_due_before_the_end_is_sent_though_late_and_nothing_after() -> None:
    books = Books()
    client = begun(make_client(schedule([90, 99, 100, 101]), books, window=9), end=100)
    assert sent(client, 105) == [1, 2]
    assert sent(client, 200) == []
    client.finish(200)
    assert len(books.rows) == 2


def test_what_was_due_and_never_looked_at_is_skipped_in_the_end() -> None:
    books = Books()
    client = begun(make_client(schedule([90, 99, 100, 101]), books), end=100)
    client.finish(200)
    assert outcomes(books) == [Outcome.SKIPPED] * 2


def test_a_closed_client_fills_its_window_and_thinks_after_each_answer() -> None:
    books = Books()
    client = begun(make_client(closed(2, think=20, first=5), books, window=2, timeout=50))
    assert client.wake_at() == 5
    assert sent(client, 5) == [1, 2]
    client.receive(reply_to(2), 8)
    assert client.wake_at() == 28
    assert sent(client, 27) == []
    assert sent(client, 30) == [3]
    assert client.wake_at() == 56
    assert sent(client, 56) == []  # the first has timed out: its place thinks too
    assert client.wake_at() == 76
    assert sent(client, 76) == [4]
    client.receive(reply_to(1), 77)  # late: its place was given back before
    assert client.wake_at() == 81
    client.finish(END)
    assert [row.due for row in sorted(books.rows)] == [5, 5, 28, 76]


def test_a_closed_client_goes_on_at_once_without_thinking_and_skips_nothing() -> None:
    books = Books()
    client = begun(make_client(closed(), books), end=100)
    for now in range(100):
        assert sent(client, now) == [now + 1]
        client.receive(reply_to(now + 1), now + 1)
    assert sent(client, 100) == []
    assert client.finished
    client.finish(200)
    assert outcomes(books) == [Outcome.OK] * 100


def test_a_closed_request_that_had_no_chance_before_the_end_was_never_due() -> None:
    books = Books()
    client = begun(make_client(closed(first=99), books), end=100)
    assert sent(client, 101) == []
    assert client.wake_at() is None
    assert client.finished
    client.finish(200)
    assert books.rows == []


def test_after_a_stop_nothing_is_due_and_what_is_in_flight_is_waited_for() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 10, 20]), books, window=5, timeout=100))
    sent(client, 12)
    client.stop(15)
    client.stop(500)  # a stop is not taken back
    assert sent(client, 25) == []
    assert not is_finished(client)
    client.receive(reply_to(1), 26)
    client.receive(reply_to(2), 27)
    assert is_finished(client)
    client.finish(30)
    assert outcomes(books) == [Outcome.OK] * 2


def test_stopped_before_its_timeout_a_request_is_unfinished_not_lost() -> None:
    books = Books()
    client = begun(make_client(schedule([0, 20]), books, window=5, timeout=15))
    sent(client, 0)
    sent(client, 20)
    client.stop(21)
    client.finish(22)
    assert outcomes(books) == [Outcome.LOST, Outcome.UNFINISHED]


def test_what_is_overdue_keeps_a_client_from_being_finished() -> None:
    client = begun(make_client(schedule([0]), Books()))
    sent(client, 0)
    assert sent(client, END) == []
    assert (is_finished(client), client.wake_at()) == (False, None)
    client.receive(reply_to(1), END + 1)
    assert is_finished(client)


def test_a_client_is_not_finished_before_the_load_ends() -> None:
    client = begun(make_client(schedule([0]), Books()))
    sent(client, 0)
    client.receive(reply_to(1), 1)
    assert sent(client, END - 1) == []
    assert (is_finished(client), client.wake_at()) == (False, END)
    assert sent(client, END) == []
    assert (is_finished(client), client.wake_at()) == (True, None)
