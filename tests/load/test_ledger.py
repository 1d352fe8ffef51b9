"""Each request ends in exactly one of eight ways, and each further reply is one of three."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sockbench.load.book import FULL, SOME, Book
from sockbench.load.ledger import Ledger
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from tests.load.books import Books, Row

TIMEOUT = 10


def reply(now: int, worth: Outcome = Outcome.OK) -> Callable[[Ledger], object]:
    def act(ledger: Ledger) -> None:
        ledger.expire(now)
        pending = ledger.pending(1)
        assert pending is not None
        ledger.settle(pending, now, worth)

    return act


def end(now: int, outcome: Outcome) -> Callable[[Ledger], object]:
    def act(ledger: Ledger) -> None:
        pending = ledger.pending(1)
        assert pending is not None
        ledger.end(pending, now, outcome)

    return act


@pytest.mark.parametrize(
    ("act", "row"),
    [
        (reply(105), Row(98, 100, 105, Outcome.OK)),
        (reply(100), Row(98, 100, 100, Outcome.OK)),
        (reply(110), Row(98, 100, 110, Outcome.OK)),  # at the timeout is within it
        (reply(111), Row(98, 100, 111, Outcome.LATE)),
        (reply(900), Row(98, 100, 900, Outcome.LATE)),
        (reply(105, Outcome.CORRUPT), Row(98, 100, 105, Outcome.CORRUPT)),
        (reply(111, Outcome.CORRUPT), Row(98, 100, 111, Outcome.CORRUPT)),
        (reply(105, Outcome.REFUSED), Row(98, 100, 105, Outcome.REFUSED)),
        (end(105, Outcome.REFUSED), Row(98, 100, 105, Outcome.REFUSED)),
        (end(105, Outcome.FAILED), Row(98, 100, 105, Outcome.FAILED)),
        (lambda ledger: ledger.end_all(105, Outcome.FAILED), Row(98, 100, 105, Outcome.FAILED)),
        (lambda ledger: ledger.finish(111), Row(98, 100, NEVER, Outcome.LOST)),
        (lambda ledger: ledger.finish(110), Row(98, 100, NEVER, Outcome.UNFINISHED)),
        (lambda ledger: ledger.finish(100), Row(98, 100, NEVER, Outcome.UNFINISHED)),
    ],
)
def test_how_a_request_ends(act: Callable[[Ledger], object], row: Row) -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    assert ledger.send(98, 100, b"x") == 1
    act(ledger)
    ledger.finish(1000)
    ledger.finish(2000)
    assert books.rows == [row]
    assert books.rtts == ([row.done - row.sent] if row.outcome is Outcome.OK else [])
    assert not ledger.in_flight
    assert not ledger.overdue
    assert ledger.pending(1) is None


def test_a_request_that_was_never_sent_is_skipped() -> None:
    books = Books()
    books.ledger(TIMEOUT).skip(98)
    assert books.rows == [Row(98, NEVER, NEVER, Outcome.SKIPPED)]


def test_a_request_belongs_to_the_phase_in_which_it_was_due() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    ledger.measure_from = 100
    for due in (99, 100):
        number = ledger.send(due, 104, b"x")
        pending = ledger.pending(number)
        assert pending is not None
        ledger.settle(pending, 106, Outcome.OK)
        ledger.skip(due)
    assert [row.due for row in books.warmup.rows] == [99, 99]
    assert [row.due for row in books.measured.rows] == [100, 100]
    assert books.rtts == [2]


def test_the_window_is_free_and_the_request_still_open_after_the_timeout() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    for now in (100, 101, 105):
        ledger.send(now, now, b"x")
    assert ledger.next_deadline() == 111
    assert ledger.expire(110) == 0
    assert ledger.expire(112) == 2
    assert ledger.next_deadline() == 116
    assert (list(ledger.in_flight), list(ledger.overdue)) == ([3], [1, 2])
    assert books.rows == []
    assert ledger.expire(116) == 1
    assert ledger.next_deadline() is None


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        ([1, 2, 3], (0, 0, 0)),
        ([1, 1], (1, 0, 0)),
        ([1, 1, 1, 2, 1], (3, 0, 0)),
        ([2, 1], (0, 1, 0)),
        ([3, 1, 2], (0, 2, 0)),
        ([3, 2, 1, 3], (1, 2, 0)),
        ([0], (0, 0, 1)),
        ([4], (0, 0, 1)),
        ([-1, 2**32], (0, 0, 2)),
        ([1, 4, 0, 1], (1, 0, 2)),
    ],
)
def test_replies_have_counts_of_their_own(answers: list[int], counts: tuple[int, int, int]) -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    for now in (1, 2, 3):
        ledger.send(now, now, b"x")
    for number in answers:
        pending = ledger.pending(number)
        if pending is None:
            ledger.unmatched(number, 5)
        else:
            ledger.settle(pending, 5, Outcome.OK)
    assert books.measured.replies == counts
    assert books.warmup.replies == (0, 0, 0)


def test_a_late_reply_is_reordered_when_a_later_one_was_answered_first() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    ledger.send(0, 0, b"x")
    ledger.expire(11)
    ledger.send(11, 11, b"x")
    for number, now in ((2, 12), (1, 13)):
        pending = ledger.pending(number)
        assert pending is not None
        ledger.settle(pending, now, Outcome.OK)
    assert [row.outcome for row in books.rows] == [Outcome.OK, Outcome.LATE]
    assert books.measured.replies == (0, 1, 0)


def test_a_broken_connection_ends_what_was_in_flight_and_loses_what_was_overdue() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    for now in (0, 20, 21):
        ledger.expire(now)
        ledger.send(now, now, b"x")
    assert ledger.end_all(25, Outcome.FAILED) == 2
    assert sorted(books.rows) == [
        Row(0, 0, NEVER, Outcome.LOST),
        Row(20, 20, 25, Outcome.FAILED),
        Row(21, 21, 25, Outcome.FAILED),
    ]


def test_no_more_is_remembered_than_the_limit() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT, remembered=3)
    for now in range(0, 1000, 100):
        ledger.expire(now)
        ledger.send(now, now, b"x")
        assert len(ledger.overdue) <= 3
    ledger.expire(1000)
    assert list(ledger.overdue) == [8, 9, 10]
    assert books.rows == [Row(due, due, NEVER, Outcome.LOST) for due in range(0, 700, 100)]
    assert ledger.forgotten == 7
    ledger.unmatched(1, 1000)
    assert books.measured.replies == (1, 0, 0)


def test_one_that_is_waited_for_no_longer_is_lost() -> None:
    books = Books()
    ledger = books.ledger(TIMEOUT)
    ledger.send(0, 0, b"x")
    ledger.expire(11)
    ledger.lose(ledger.overdue[1])
    assert books.rows == [Row(0, 0, NEVER, Outcome.LOST)]
    assert ledger.pending(1) is None


def test_the_oldest_is_the_one_that_waits_the_longest() -> None:
    ledger = Books().ledger(TIMEOUT)
    assert ledger.oldest() is None
    for now in (0, 20):
        ledger.expire(now)
        ledger.send(now, now, b"x")
    for number in (1, 2):
        oldest = ledger.oldest()
        assert oldest is not None
        assert oldest.number == number
        ledger.settle(oldest, 21, Outcome.OK)


def test_a_book_hands_on_what_it_holds_and_keeps_none() -> None:
    sizes: list[int] = []
    book = Book(lambda columns: sizes.append(len(columns)))
    for due in range(2 * FULL + 3):
        book.settle(due, due, due, Outcome.OK)
    book.flush()
    book.flush()
    assert sizes == [FULL, FULL, 3, 0]


def test_in_an_idle_moment_a_book_hands_on_what_is_worth_it() -> None:
    sizes: list[int] = []
    book = Book(lambda columns: sizes.append(len(columns)))
    assert not book.ease()
    for due in range(SOME - 1):
        book.settle(due, due, due, Outcome.OK)
    assert not book.ease()
    book.settle(0, 0, 0, Outcome.OK)
    assert book.ease()
    assert not book.ease()
    assert sizes == [SOME]
