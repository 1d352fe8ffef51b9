"""A client leaves and another takes over: the load of the place goes on, and nothing is counted twice or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from sockbench.load.client import Client
from sockbench.load.pacing import ClosedPacer, Pacer
from sockbench.load.place import FAREWELLS
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, Kind, Message
from tests.load.books import (
    IDENTITY,
    Books,
    begun,
    closed,
    is_finished,
    make_client,
    outcomes,
    reply_to,
    schedule,
    sent,
)


def newcomer(books: Books, *, window: int = 1, code: bytes | None = None) -> Client:
    return make_client(schedule(()), books, window=window, code=code, timeout=100)


def test_due_times_and_payloads_go_on_with_the_newcomer() -> None:
    books = Books()
    old = begun(make_client(schedule([0, 10, 20, 30]), books, window=2, timeout=100), measure_from=15, end=25)
    assert sent(old, 0) == [1]
    old.leave(5)
    assert sent(old, 12) == []
    assert old.wake_at() is not None  # for the timeout
    assert not is_finished(old)
    new = newcomer(books, window=2)
    new.succeed(old, 12)
    request = new.take(12)
    assert request is not None
    assert request.number == 1
    assert request.data.endswith(b"n2")  # the second of the place
    assert old.receive(reply_to(1), 13) is Outcome.OK
    assert is_finished(old)
    assert sent(new, 20) == [2]
    assert sent(new, 30) == []  # the end is the place's
    new.finish(40)
    old.finish(40)
    assert [row.due for row in books.warmup.rows] == [0, 10]
    assert [row.due for row in books.measured.rows] == [20]


def test_one_who_leaves_waits_for_what_is_in_flight_but_not_for_what_is_late() -> None:
    books = Books()
    old = begun(make_client(schedule([0, 2]), books, window=2, timeout=10))
    assert sent(old, 0) == [1]
    assert sent(old, 2) == [2]
    old.leave(3)
    assert old.wake_at() == 11
    old.pass_time(11)
    assert not is_finished(old)
    assert old.wake_at() == 13
    old.pass_time(13)
    assert is_finished(old)
    old.finish(13)
    assert outcomes(books) == [Outcome.LOST, Outcome.LOST]


def test_what_nobody_could_send_is_skipped_by_the_newcomer() -> None:
    books = Books()
    old = begun(make_client(schedule([0, 5, 6, 50]), books))
    old.disconnect(0, Outcome.FAILED)
    old.leave(4)
    assert is_finished(old)
    new = newcomer(books)
    new.disconnect(4, Outcome.FAILED)
    new.succeed(old, 8)
    assert sent(new, 10) == []
    new.connect(20)
    assert sent(new, 50) == [1]
    new.finish(151)
    assert outcomes(books) == [Outcome.SKIPPED] * 3 + [Outcome.LOST]


def test_a_closed_newcomer_begins_with_a_full_window() -> None:
    books = Books()
    old = begun(make_client(closed(window=3, think=20), books, window=3, timeout=100))
    assert sent(old, 0) == [1, 2, 3]
    assert old.receive(reply_to(1), 5) is Outcome.OK
    old.leave(7)
    new = newcomer(books, window=3)
    new.succeed(old, 8)
    assert sent(new, 8) == [1, 2, 3]
    assert new.receive(reply_to(1, text=b"n4"), 10) is Outcome.OK
    assert new.wake_at() == 30
    assert old.receive(reply_to(2), 11) is Outcome.OK  # and makes nothing due
    assert old.receive(reply_to(3), 11) is Outcome.OK
    assert is_finished(old)
    assert sent(old, 60) == []


def test_a_newcomer_registers_before_it_takes_over() -> None:
    books = Books()
    old = begun(make_client(schedule([0, 5]), books))
    old.leave(3)
    new = newcomer(books, code=b"A")
    assert sent(new, 4) == [0]
    new.receive(REGISTERED, 4)
    assert new.registered
    new.succeed(old, 6)
    assert sent(new, 6) == [1]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("make", [lambda: schedule(range(0, 1000, 3)), lambda: closed(2, 5)])
def test_any_number_of_successions_loses_nothing(make: Callable[[], Pacer], seed: int) -> None:
    """Replies come after up to 20, so those who left are answered long after."""
    stream = random.Random(seed)
    books = Books()
    holder = begun(make_client(make(), books, window=2, timeout=15))
    everyone = [holder]
    waiting: list[tuple[int, Client, int]] = []
    for now in range(1000):
        for item in [item for item in waiting if item[0] <= now]:
            waiting.remove(item)
            item[1].receive(reply_to(item[2]), now)
        for client in everyone:
            waiting += [(now + stream.randint(1, 20), client, number) for number in sent(client, now)]
        if stream.random() < 0.05:
            holder.leave(now)
            new = make_client(schedule(()), books, window=2, timeout=15)
            new.succeed(holder, now)
            holder = new
            everyone.append(new)
    for client in everyone:
        client.finish(1000)
    if isinstance(make(), ClosedPacer):
        assert Outcome.SKIPPED not in outcomes(books)
    else:
        assert sorted(row.due for row in books.rows) == list(range(0, 1000, 3))
    assert sum(client.ledger.next_number - 1 for client in everyone) == sum(
        row.outcome is not Outcome.SKIPPED for row in books.rows
    )


REGISTERED = Message(Kind.REGISTERED, IDENTITY, 0, 7, b"7")
GOOD_BYE = Message(Kind.LEAVE, IDENTITY, 0, 0, b"")


def has_parted(client: Client) -> bool:
    """As a call, because it changes between two looks."""
    return client.has_parted


def leaving(*, ordered: bool = False) -> Client:
    """One with a place who had its last answer and leaves, at 3."""
    client = make_client(schedule([0, 5]), Books(), code=b"A", timeout=20, ordered=ordered, retry=10)
    assert sent(client, 0) == [0]
    client.receive(REGISTERED, 0)
    begun(client)
    assert sent(client, 0) == [1]
    client.leave(2)
    assert sent(client, 2) == []
    assert not has_parted(client)
    client.receive(reply_to(1), 3)
    return client


def test_over_a_stream_its_end_is_the_good_bye() -> None:
    client = leaving(ordered=True)
    assert is_finished(client)
    assert has_parted(client)
    assert client.take(3) is None


def test_who_leaves_says_good_bye_when_nothing_is_in_flight_until_it_is_answered() -> None:
    client = leaving()
    assert not has_parted(client)
    assert client.wake_at() is not None
    request = client.take(3)
    assert request is not None
    assert FORMATS["envelope"].datagram(request.data) == GOOD_BYE
    assert has_parted(client)
    assert not is_finished(client)
    assert client.wake_at() == 13
    assert sent(client, 12) == []
    assert sent(client, 13) == [0]
    client.receive(GOOD_BYE._replace(client=IDENTITY + 1), 14)
    assert not is_finished(client)
    client.receive(GOOD_BYE, 14)
    assert is_finished(client)
    assert sent(client, 30) == []


def test_a_good_bye_that_nobody_answers_is_not_said_for_ever() -> None:
    client = leaving()
    said = 0
    while not is_finished(client):
        wake = client.wake_at()
        assert wake is not None
        said += len(sent(client, max(3, wake)))
    assert said == FAREWELLS


def test_at_the_end_of_the_load_nobody_waits_for_the_answer_to_a_good_bye() -> None:
    client = leaving()
    client.stop(3)
    assert sent(client, 3) == [0]
    assert is_finished(client)


def test_who_was_told_to_stop_makes_nothing_due_when_it_takes_over() -> None:
    """The one before may have left, and not have heard of it."""
    books = Books()
    old = begun(make_client(schedule([0, 10, 20]), books))
    old.leave(3)
    new = newcomer(books)
    new.stop(12)
    new.succeed(old, 15)
    assert new.end == 12
    assert sent(new, 15) == [1]
    assert sent(new, 30) == []


def test_a_late_group_asks_for_its_place_again() -> None:
    books = Books()
    client = make_client(schedule([0, 10]), books, code=b"A", retry=5)
    assert sent(client, 0) == [0]
    client.receive(REGISTERED, 1)
    client.begin(100, 50, 200, renew_at=80)
    assert client.wake_at() == 80
    assert sent(client, 79) == []
    assert sent(client, 80) == [0]
    assert client.wake_at() == 85
    assert sent(client, 85) == [0]
    client.receive(REGISTERED._replace(received=8), 86)
    assert client.wake_at() == 100
    assert sent(client, 100) == [1]


def test_a_client_without_a_code_asks_for_nothing() -> None:
    client = make_client(schedule([0]), Books())
    client.begin(100, 50, 200, renew_at=80)
    assert client.wake_at() == 100
    assert sent(client, 90) == []
