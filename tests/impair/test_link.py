"""One way of a UDP link: times, order and counts; what came equals what became of it, at any time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.impair.link import HOLD_BACK, MOST_HELD, LinkModel
from sockbench.model.plan import BurstLoss, Jitter, RandomLoss, Way
from sockbench.model.relay import WayCounts
from tests.impair.links import MS, Notes, S, adds_up, link, run, send_on


def test_what_nothing_holds_is_due_at_once() -> None:
    model = link(Way())
    (copy,) = model.offer(5, "f", b"one")
    assert (copy.data, copy.original, copy.corrupt_at, copy.release) == (b"one", b"one", None, 5)
    assert model.next_at() == 5
    assert send_on(model, 5) == [copy]
    assert model.next_at() is None
    assert model.counts() == WayCounts(received=1, delivered=1)


def test_a_delay_keeps_the_order() -> None:
    model = link(Way(delay=0.02))
    assert run(model, [(0, b"a"), (0, b"b"), (5 * MS, b"c")]) == [(20 * MS, b"a"), (20 * MS, b"b"), (25 * MS, b"c")]


def test_nothing_is_released_early() -> None:
    model = link(Way(delay=0.02))
    model.offer(0, "f", b"a")
    assert model.release(20 * MS - 1) == []
    assert model.counts().held == 1
    assert [copy.data for copy in model.release(20 * MS)] == [b"a"]


def test_everything_can_be_lost() -> None:
    notes = Notes()
    model = link(Way(RandomLoss(1.0)), notes=notes)
    assert run(model, [(1, b"a"), (2, b"b")]) == []
    assert model.counts() == WayCounts(received=2, lost=2)
    assert notes.heard == [
        ("arrived", "up", b"a", 1),
        ("dropped", "up", b"a", "loss", 1),
        ("arrived", "up", b"b", 2),
        ("dropped", "up", b"b", "loss", 2),
    ]


def test_a_lost_datagram_has_no_second_copy() -> None:
    model = link(Way(RandomLoss(1.0), duplicate=1.0))
    run(model, [(0, b"a")])
    assert model.counts() == WayCounts(received=1, lost=1)


def test_a_second_copy() -> None:
    model = link(Way(duplicate=1.0, delay=0.001))
    assert run(model, [(0, b"a")]) == [(MS, b"a"), (MS, b"a")]
    assert model.counts() == WayCounts(received=1, duplicated=1, delivered=2)


@pytest.mark.parametrize("size", [1, 2, 64, 65_507])
def test_one_bit_is_turned_and_its_byte_is_told(size: int) -> None:
    notes = Notes()
    model = link(Way(corrupt=1.0), notes=notes)
    original = random.Random(1).randbytes(size)
    offsets = set()
    for now in range(300):
        (copy,) = model.offer(now, "f", original)
        send_on(model, now)
        assert copy.corrupt_at is not None
        changed = [at for at in range(size) if copy.data[at] != original[at]]
        assert changed == [copy.corrupt_at]
        assert (copy.data[copy.corrupt_at] ^ original[copy.corrupt_at]).bit_count() == 1
        assert copy.original == original
        offsets.add(copy.corrupt_at)
        assert notes.heard[-1] == ("delivered", "up", original, copy.corrupt_at, now)
    assert len(offsets) > min(size, 250) // 2
    assert model.counts() == WayCounts(received=300, delivered=300, corrupted=300)


def test_an_empty_datagram_has_no_bit_to_turn() -> None:
    model = link(Way(corrupt=1.0))
    assert run(model, [(0, b"")]) == [(0, b"")]
    assert model.counts().corrupted == 0


def test_a_rate_spaces_datagrams_by_their_size() -> None:
    """Departure n of a burst at t is t + n * size / rate; an idle link owes nothing."""
    model = link(Way(rate=1e6, delay=0.01))
    left = run(model, [(0, bytes(1000))] * 5 + [(100 * MS, bytes(500))])
    assert [when for when, _ in left] == [11 * MS, 12 * MS, 13 * MS, 14 * MS, 15 * MS, 110 * MS + MS // 2]


@pytest.mark.parametrize(("queue", "pass_"), [(1, 1), (999, 1), (1000, 2), (3500, 4), (10_000, 10)])
def test_a_queue_takes_what_waits_behind_the_one_being_sent(queue: int, pass_: int) -> None:
    notes = Notes()
    model = link(Way(rate=1e6, queue=queue), notes=notes)
    assert len(run(model, [(0, bytes(1000))] * 10)) == pass_
    assert model.counts() == WayCounts(received=10, delivered=pass_, overflowed=10 - pass_)
    assert [note[3] for note in notes.heard if note[0] == "dropped"] == ["queue"] * (10 - pass_)


def test_a_queue_has_room_again_when_something_left_it() -> None:
    model = link(Way(rate=1e6, queue=1000))
    arrivals = [(0, bytes(1000))] * 3 + [(MS, bytes(1000)), (MS + 1, bytes(1000)), (2 * MS, bytes(1000))]
    assert [when for when, _ in run(model, arrivals)] == [MS, 2 * MS, 3 * MS, 4 * MS]
    assert model.counts().overflowed == 2


def test_what_is_held_is_bounded() -> None:
    model = link(Way(delay=60.0))
    number = 2000
    for _ in range(number):
        model.offer(0, "f", bytes(65_000))
    counts = model.counts()
    assert counts.held * 65_000 <= MOST_HELD
    assert counts.held + counts.overflowed == number
    assert counts.overflowed > 0


def held_back_first(seed: int = 0) -> LinkModel:
    """A link that holds the first datagram back, and not the next two."""
    while True:
        model = link(Way(reorder=0.5, delay=0.01), seed)
        probe = link(Way(reorder=0.5, delay=0.01), seed)
        times = [probe.offer(0, "f", b"")[0].release for _ in range(3)]
        if times == [10 * MS + HOLD_BACK, 10 * MS, 10 * MS]:
            return model
        seed += 1


def test_a_datagram_held_back_follows_the_next_one() -> None:
    model = held_back_first()
    assert run(model, [(0, b"a"), (3 * MS, b"b"), (4 * MS, b"c")]) == [
        (13 * MS, b"b"),
        (13 * MS, b"a"),
        (14 * MS, b"c"),
    ]
    assert model.counts() == WayCounts(received=3, delivered=3, reordered=1)


def test_a_datagram_held_back_leaves_by_itself_when_none_follows() -> None:
    model = held_back_first()
    assert run(model, [(0, b"a"), (S, b"b")]) == [(10 * MS + HOLD_BACK, b"a"), (S + 10 * MS, b"b")]


def test_only_its_own_flow_overtakes_a_datagram() -> None:
    model = held_back_first()
    model.offer(0, "f", b"a")
    assert run(model, [(3 * MS, b"b")], flow="g") == [(13 * MS, b"b"), (10 * MS + HOLD_BACK, b"a")]


def test_all_held_back_leave_in_the_order_they_came() -> None:
    model = link(Way(reorder=1.0))
    left = run(model, [(0, b"a"), (MS, b"b"), (2 * MS, b"c")])
    assert left == [(HOLD_BACK, b"a"), (HOLD_BACK + MS, b"b"), (HOLD_BACK + 2 * MS, b"c")]


def test_what_was_not_sent_is_counted_apart() -> None:
    notes = Notes()
    model = link(Way(), notes=notes)
    model.offer(0, "f", b"a")
    for copy in model.release(0):
        model.unsent(copy, 3)
    assert model.counts() == WayCounts(received=1, unsent=1)
    assert notes.heard[-1] == ("dropped", "up", b"a", "send", 3)


shares = st.sampled_from([0.0, 0.1, 0.5, 1.0])
ways = st.builds(
    Way,
    loss=st.none() | st.builds(RandomLoss, shares) | st.just(BurstLoss(0.3, 0.3, 0.9, 0.1)),
    delay=st.sampled_from([0.0, 0.001, 0.1]),
    jitter=st.none() | st.builds(Jitter, st.sampled_from(["uniform", "normal"]), st.sampled_from([0.001, 0.1])),
    duplicate=shares,
    reorder=shares,
    corrupt=shares,
    rate=st.none() | st.sampled_from([100.0, 1e4, 1e9]),
    queue=st.none() | st.sampled_from([1, 100, 10_000]),
)
steps = st.lists(
    st.tuples(st.integers(0, 30 * MS), st.sampled_from("abc"), st.binary(max_size=50), st.booleans()), max_size=60
)


@given(ways, steps, st.integers(0, 2**32))
def test_what_came_equals_what_became_of_it(way: Way, events: list[tuple[int, str, bytes, bool]], seed: int) -> None:
    notes = Notes()
    model = link(way, seed, notes)
    now = 0
    for pause, flow, data, sent in events:
        now += pause
        model.offer(now, flow, data)
        for copy in model.release(now):
            assert copy.earliest <= now
            (model.delivered if sent else model.unsent)(copy, now)
        assert adds_up(model.counts())
    while (when := model.next_at()) is not None:
        assert when > now
        now = when
        send_on(model, when)
    counts = model.counts()
    assert adds_up(counts)
    assert (counts.held, counts.received) == (0, len(events))
    kinds = [note[0] for note in notes.heard]
    assert kinds.count("arrived") == counts.received
    assert kinds.count("delivered") == counts.delivered
    assert kinds.count("dropped") == counts.lost + counts.overflowed + counts.unsent


@given(steps)
def test_without_jitter_and_holding_back_a_flow_keeps_its_order(events: list[tuple[int, str, bytes, bool]]) -> None:
    model = link(Way(RandomLoss(0.2), 0.01, duplicate=0.2, rate=1e4, queue=500))
    now = 0
    arrivals = []
    for number, (pause, _, _, _) in enumerate(events):
        now += pause
        arrivals.append((now, number.to_bytes(2)))
    left = [data for _, data in run(model, arrivals)]
    assert left == sorted(left)
