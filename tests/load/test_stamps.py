"""The kernel's round trips: each pair once, in any order, of measured requests that are ok, in bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.ledger import Ledger
from sockbench.load.stamps import LIMIT, Stamps
from sockbench.model.outcome import Outcome
from tests.load.books import Books

TIMEOUT = 1000
EPOCH = 1_700_000_000_000_000_000


def stamped(measure_from: int = 0) -> tuple[Ledger, Stamps, list[int]]:
    ledger = Books().ledger(TIMEOUT)
    ledger.measure_from = measure_from
    heard: list[int] = []
    return ledger, Stamps(ledger, heard.append), heard


def answer(ledger: Ledger, stamps: Stamps, number: int, now: int, arrived: int | None, worth: Outcome) -> None:
    ledger.expire(now)
    pending = ledger.pending(number)
    assert pending is not None
    stamps.arrived = arrived
    ledger.settle(pending, now, worth)


@pytest.mark.parametrize("is_stamp_late", [False, True])
@pytest.mark.parametrize(
    ("now", "left", "arrived", "worth", "heard"),
    [
        (500, 10, 460, Outcome.OK, [450]),
        (500, 10, 10, Outcome.OK, [0]),
        (500, 10, 510, Outcome.OK, [500]),  # all of the application's
        (500, 10, 511, Outcome.OK, []),  # more than that: the clock was set forward
        (500, 10, 9, Outcome.OK, []),  # set back
        (500, 10, None, Outcome.OK, []),
        (500, None, 460, Outcome.OK, []),
        (500, 10, 460, Outcome.CORRUPT, []),
        (500, 10, 460, Outcome.REFUSED, []),
        (1001, 10, 460, Outcome.OK, []),  # late
    ],
)
def test_what_counts(
    now: int, left: int | None, arrived: int | None, worth: Outcome, heard: list[int], is_stamp_late: bool
) -> None:
    ledger, stamps, found = stamped()
    number = ledger.send(0, 0, b"x")
    if left is not None and not is_stamp_late:
        stamps.left(number, EPOCH + left)
    answer(ledger, stamps, number, now, None if arrived is None else EPOCH + arrived, worth)
    if left is not None and is_stamp_late:
        stamps.left(number, EPOCH + left)
        stamps.left(number, EPOCH + left)  # and told twice
    assert found == heard


def test_the_warm_up_counts_nothing() -> None:
    ledger, stamps, found = stamped(measure_from=100)
    for due in (99, 100):
        number = ledger.send(due, due, b"x")
        stamps.left(number, EPOCH + due + 1)
        answer(ledger, stamps, number, due + 50, EPOCH + due + 31, Outcome.OK)
    assert found == [30]


def test_the_stamp_of_what_is_no_request_is_passed_over() -> None:
    _, stamps, found = stamped()
    stamps.left(0, EPOCH)
    stamps.left(7, EPOCH)
    assert (found, stamps.kept) == ([], 0)


def test_losses_leave_nothing_behind() -> None:
    ledger, stamps, found = stamped()
    for number in range(1, 20 * LIMIT):
        now = number * TIMEOUT // 10  # ten in flight, all of them lost
        ledger.expire(now)
        assert ledger.send(now, now, b"x") == number
        stamps.left(number, EPOCH + now)
        assert stamps.kept <= LIMIT
    assert found == []


def test_answers_do_not_wait_for_stamps_that_never_come() -> None:
    ledger, stamps, found = stamped()
    for number in range(1, 3 * LIMIT):
        ledger.send(number, number, b"x")
        answer(ledger, stamps, number, number, EPOCH + number, Outcome.OK)
        assert stamps.kept <= LIMIT
    stamps.left(number, EPOCH + number)
    stamps.left(1, EPOCH + 1)
    assert found == [0]


@given(st.data())
def test_any_order_of_stamps_replies_and_losses_pairs_what_belongs_together(data: st.DataObject) -> None:
    ledger, stamps, found = stamped()
    count = data.draw(st.integers(1, 30))
    trips = [data.draw(st.integers(0, 900)) for _ in range(count)]
    for _ in range(count):
        ledger.send(0, 0, b"x")
    events = data.draw(st.permutations([(number, kind) for number in range(1, count + 1) for kind in ("left", "ok")]))
    lost = data.draw(st.sets(st.sampled_from(events)))
    for number, kind in events:
        if (number, kind) in lost:
            continue
        if kind == "left":
            stamps.left(number, EPOCH + number)
        else:
            answer(ledger, stamps, number, TIMEOUT - 1, EPOCH + number + trips[number - 1], Outcome.OK)
    whole = [n for n in range(1, count + 1) if not {(n, "left"), (n, "ok")} & lost]
    assert sorted(found) == sorted(trips[number - 1] for number in whole)
    assert stamps.kept <= 2 * count
