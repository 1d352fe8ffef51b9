"""Whatever a network does, each request has one outcome, the true one, and nothing is counted twice or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from tests.load.network import Conditions, Network

PERCENT = st.sampled_from([0, 0, 10, 40])
SEEDS = st.integers(0, 2**32)
GAPS = st.lists(st.integers(0, 30), min_size=1, max_size=40).map(tuple)


def conditions(**fixed: st.SearchStrategy[object]) -> st.SearchStrategy[Conditions]:
    chances: dict[str, st.SearchStrategy[object]] = {
        "open_": st.booleans(),
        "gaps": GAPS,
        "think": st.integers(0, 20),
        "window": st.integers(1, 5),
        "timeout": st.integers(0, 40),
        "measure_from": st.sampled_from([0, 50, 100]),
        "end": st.integers(1, 250),
        "drain": st.integers(1, 80),
        "seed": SEEDS,
        "delay": st.sampled_from([0, 5, 30, 100]),
        "lateness": st.sampled_from([0, 0, 3, 30]),
    }
    return st.builds(Conditions, **(chances | fixed))


NUMBERED_UDP = conditions(
    wire=st.just("envelope"),
    dropped=PERCENT,
    copied=PERCENT,
    corrupted=PERCENT,
    refused=PERCENT,
    rejected=PERCENT,
    stray=PERCENT,
    code=st.sampled_from([None, b"A1"]),
)
TCP = conditions(
    wire=st.sampled_from(["envelope", "line", "length"]),
    ordered=st.just(True),
    corrupted=PERCENT,
    broken=st.sampled_from([0, 2, 10]),
)
TEXT_TCP = conditions(wire=st.just("text"), ordered=st.just(True), window=st.just(1), corrupted=PERCENT)
TCP_WITH_PLACES = conditions(
    wire=st.just("envelope"), ordered=st.just(True), code=st.just(b"A1"), broken=PERCENT, rejected=PERCENT
)
UNNUMBERED = st.sampled_from(["text", "line", "length"])
LOSSY_DATAGRAMS = conditions(wire=UNNUMBERED, window=st.just(1), dropped=PERCENT)
WILD_DATAGRAMS = conditions(
    wire=UNNUMBERED, window=st.just(1), dropped=PERCENT, copied=PERCENT, corrupted=PERCENT, refused=PERCENT
)


def driven(conditions: Conditions) -> Network:
    network = Network(conditions)
    network.run()
    check_conservation(network)
    return network


def check_conservation(network: Network) -> None:
    """What holds whatever the client could know."""
    it, books = network.conditions, network.books
    rows = books.rows
    skipped = sum(row.outcome is Outcome.SKIPPED for row in rows)
    assert len(rows) - skipped == len(network.truths) == network.client.ledger.next_number - 1
    if it.open_:
        assert sorted(row.due for row in rows) == [due for due in network.due if due < it.end]
    else:
        assert skipped == 0
        assert all(row.due < it.end for row in rows)
    for row in rows:
        assert (row.sent == NEVER) == (row.outcome is Outcome.SKIPPED)
        assert row.sent == NEVER or row.sent >= row.due
        waited = row.done - row.sent
        if row.outcome is Outcome.OK:
            assert 0 <= waited <= it.timeout
        elif row.outcome is Outcome.LATE:
            assert waited > it.timeout
        elif row.outcome is Outcome.LOST:
            assert row.done == NEVER
            assert row.sent + it.timeout < network.now
        elif row.outcome is Outcome.UNFINISHED:
            assert row.done == NEVER
            assert row.sent + it.timeout >= network.now
    assert Counter(books.rtts) == Counter(
        row.done - row.sent for row in books.measured.rows if row.outcome is Outcome.OK
    )
    assert all(row.due < it.measure_from for row in books.warmup.rows)
    assert all(row.due >= it.measure_from for row in books.measured.rows)
    both = (books.warmup.book, books.measured.book)
    assert sum(book.bytes_sent for book in both) == network.bytes_sent
    assert sum(book.bytes_received for book in both) == network.bytes_received
    assert not network.client.ledger.in_flight
    assert not network.client.ledger.overdue


def check_truth(network: Network) -> None:
    """What holds where replies can be told apart: every outcome is the network's own."""
    rows = [row[1:] for row in network.books.rows if row.outcome is not Outcome.SKIPPED]
    truths = [(truth.sent, truth.done, truth.outcome) for truth in network.truths.values()]
    assert Counter(rows) == Counter(truths)
    counts = zip(network.books.warmup.replies, network.books.measured.replies, strict=True)
    assert [sum(pair) for pair in counts] == [network.duplicates, network.reordered, network.strays]


@given(NUMBERED_UDP)
@settings(max_examples=300)
def test_envelopes_over_a_network_that_does_its_worst(it: Conditions) -> None:
    check_truth(driven(it))


@given(st.one_of(TCP, TEXT_TCP))
@settings(max_examples=200)
def test_streams_that_break_and_are_made_anew(it: Conditions) -> None:
    check_truth(driven(it))


@given(TCP_WITH_PLACES)
def test_streams_whose_places_are_lost_with_them(it: Conditions) -> None:
    network = driven(it)
    check_truth(network)
    first = min((truth.sent for truth in network.truths.values()), default=None)
    assert first is None or (network.registered_at is not None and first >= network.registered_at)


@given(LOSSY_DATAGRAMS)
@settings(max_examples=200)
def test_late_datagrams_without_a_number_are_told_apart_by_their_content(it: Conditions) -> None:
    check_truth(driven(it))


@given(WILD_DATAGRAMS)
def test_datagrams_without_a_number_are_all_accounted_for(it: Conditions) -> None:
    network = driven(it)
    rows = network.books.rows
    replies = sum(row.outcome in (Outcome.OK, Outcome.LATE, Outcome.CORRUPT) for row in rows)
    duplicates, _, strays = (
        sum(pair) for pair in zip(network.books.warmup.replies, network.books.measured.replies, strict=True)
    )
    assert duplicates <= network.duplicates
    given_ = sum(truth.done != NEVER and truth.outcome is not Outcome.REFUSED for truth in network.truths.values())
    assert replies + strays + duplicates == given_ + network.duplicates


@pytest.mark.parametrize(
    ("it", "counts"),
    [
        (Conditions(), {Outcome.OK: 19}),
        (Conditions(timeout=2, delay=9, window=5, seed=3), {Outcome.OK, Outcome.LATE}),
        (Conditions(dropped=50), {Outcome.OK, Outcome.LOST, Outcome.SKIPPED}),
        (Conditions(refused=50, delay=9), {Outcome.OK, Outcome.REFUSED}),
        (Conditions(ordered=True, broken=30, delay=9), {Outcome.OK, Outcome.FAILED, Outcome.SKIPPED}),
        (Conditions(corrupted=50), {Outcome.OK, Outcome.CORRUPT}),
        (Conditions(delay=100, drain=1, window=9), {Outcome.OK, Outcome.LATE, Outcome.LOST, Outcome.UNFINISHED}),
    ],
)
def test_the_network_does_what_it_is_told(it: Conditions, counts: set[Outcome] | dict[Outcome, int]) -> None:
    """Else the tests above would prove nothing: each outcome comes up."""
    network = driven(it)
    found = Counter(row.outcome for row in network.books.rows)
    assert set(found) == set(counts)
    if isinstance(counts, dict):
        assert found == counts


@given(NUMBERED_UDP)
@settings(max_examples=50)
def test_the_same_network_twice_is_the_same_run(it: Conditions) -> None:
    assert driven(it).books.rows == driven(replace(it)).books.rows
