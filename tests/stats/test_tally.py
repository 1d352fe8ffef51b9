"""A tally keeps every request, counts each time where it belongs, and merges in any order."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.columns import NEVER, Columns
from sockbench.model.outcome import Outcome
from sockbench.stats.tally import Tally, merged
from tests.stats.test_histogram import of

Row = tuple[int, int, int, Outcome]
MS = 1_000_000


@st.composite
def rows(draw: st.DrawFn) -> Row:
    due = draw(st.integers(0, 10**12))
    outcome = draw(st.sampled_from(Outcome))
    if outcome is Outcome.SKIPPED:
        return due, NEVER, NEVER, outcome
    sent = due + draw(st.integers(0, 10**9))
    has_reply = outcome in (Outcome.OK, Outcome.LATE, Outcome.CORRUPT)
    return due, sent, sent + draw(st.integers(0, 10**9)) if has_reply else NEVER, outcome


def columns_of(batch: list[Row]) -> Columns:
    columns = Columns()
    for row in batch:
        columns.append(*row)
    return columns


def folded(batch: list[Row]) -> Tally:
    tally = Tally()
    tally.fold(columns_of(batch))
    return tally


def test_each_time_counts_where_it_belongs() -> None:
    tally = folded(
        [
            (0, 1 * MS, 4 * MS, Outcome.OK),
            (10 * MS, 12 * MS, 90 * MS, Outcome.LATE),
            (20 * MS, 20 * MS, NEVER, Outcome.LOST),
            (30 * MS, 31 * MS, NEVER, Outcome.REFUSED),
            (40 * MS, 41 * MS, NEVER, Outcome.FAILED),
            (50 * MS, 51 * MS, 52 * MS, Outcome.CORRUPT),
            (60 * MS, NEVER, NEVER, Outcome.SKIPPED),
            (70 * MS, 71 * MS, NEVER, Outcome.UNFINISHED),
        ]
    )
    assert tally.outcomes == [1] * 8
    assert tally.rtt == of(3 * MS)
    assert tally.response == of(4 * MS)
    assert tally.late == of(78 * MS)
    assert tally.lag == of(1 * MS, 2 * MS, 0, 1 * MS, 1 * MS, 1 * MS, 1 * MS)
    assert tally.planned == 8
    assert tally.counts().sent == 7


@given(st.lists(rows(), max_size=50))
def test_no_request_disappears(batch: list[Row]) -> None:
    tally = folded(batch)
    counts = tally.counts()
    assert tally.planned == counts.planned == len(batch)
    assert [sum(row[3] is outcome for row in batch) for outcome in Outcome] == tally.outcomes
    assert tally.rtt.n == tally.response.n == counts.ok
    assert tally.late.n == counts.late
    assert tally.lag.n == counts.sent
    assert tally.is_empty == (not batch)


@given(st.lists(rows(), max_size=50))
def test_the_quick_way_counts_as_one_row_at_a_time(batch: list[Row]) -> None:
    slow = Tally()
    for due, sent, done, outcome in batch:
        slow.outcomes[outcome] += 1
        if outcome is Outcome.OK:
            slow.rtt.record(done - sent)
            slow.response.record(done - due)
        if outcome is Outcome.LATE:
            slow.late.record(done - sent)
        if sent != NEVER:
            slow.lag.record(sent - due)
    assert folded(batch) == slow


@given(st.lists(st.lists(rows(), max_size=10), max_size=6))
def test_merging_in_any_order_is_folding_at_once(batches: list[list[Row]]) -> None:
    at_once = folded([row for batch in batches for row in batch])
    tallies = [folded(batch) for batch in batches]
    assert merged(tallies) == at_once
    assert merged(reversed(tallies)) == at_once


def test_kernel_rtts_merge_exactly_and_are_counted_apart() -> None:
    one, other = folded([(0, 0, 5, Outcome.OK)]), folded([(0, 0, 7, Outcome.OK)])
    one.kernel_rtt.record(3)
    other.kernel_rtt.record(2)
    whole = merged([one, other])
    assert whole.kernel_rtt == of(2, 3)
    assert whole.rtt == of(5, 7)
    assert whole != merged([other, folded([(0, 0, 5, Outcome.OK)])])


def test_merging_adds_every_counter() -> None:
    tally = Tally()
    names = ("duplicate", "reordered", "stray", "bytes_sent", "bytes_received", "lost_up", "lost_down")
    for number, name in enumerate(names, start=1):
        setattr(tally, name, number)
    assert not tally.is_empty
    twice = merged([tally, tally])
    assert [getattr(twice, name) for name in names] == [2 * number for number in range(1, 8)]


@given(st.lists(rows(), max_size=10))
def test_it_survives_pickling(batch: list[Row]) -> None:
    tally = folded(batch)
    assert pickle.loads(pickle.dumps(tally)) == tally
    assert tally != 0


def test_folding_leaves_the_columns_as_they_are() -> None:
    columns = columns_of([(0, 1, 2, Outcome.OK), (0, 1, NEVER, Outcome.LOST)])
    tally = Tally()
    tally.fold(columns)
    tally.fold(columns)
    tally.fold(Columns())
    assert len(columns) == 2
    assert tally.planned == 4


@pytest.mark.parametrize("code", [8, -1, 127])
def test_an_outcome_that_does_not_exist_is_refused_and_nothing_is_counted(code: int) -> None:
    columns = Columns()
    columns.append(0, 1, 2, Outcome.LOST)
    columns.append(0, 1, 2, code)
    tally = Tally()
    with pytest.raises(ValueError, match="outcome that does not exist"):
        tally.fold(columns)
    assert tally.is_empty
