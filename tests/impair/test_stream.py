"""One way of a TCP connection, and the pipe it shares: closed formulas, order, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.impair.pipe import Pipe
from sockbench.impair.stream import HELD, LEAST_PIECE, MOST_PIECE, Stalls, StreamModel
from sockbench.model.plan import Stall, Way
from tests.impair.links import MS, S


def stream(way: Way, stall: Stall | None = None, pipe: Pipe | None = None) -> StreamModel:
    return StreamModel(way, pipe or Pipe(way.rate, None), Stalls(stall, 0) if stall else None)


def test_a_delay() -> None:
    model = stream(Way(delay=0.02))
    assert [model.offer(now, 10) for now in (0, 0, 7)] == [20 * MS, 20 * MS, 20 * MS + 7]


def test_a_rate_and_the_end_behind_it() -> None:
    model = stream(Way(delay=0.001, rate=1e6))
    assert [model.offer(0, 1000), model.offer(0, 500), model.offer(0, 0)] == [
        2 * MS,
        2 * MS + MS // 2,
        2 * MS + MS // 2,
    ]


def test_connections_share_one_rate() -> None:
    way = Way(rate=1e6)
    pipe = Pipe(way.rate, None)
    first, second = stream(way, pipe=pipe), stream(way, pipe=pipe)
    assert [first.offer(0, 1000), second.offer(0, 1000), first.offer(0, 1000)] == [MS, 2 * MS, 3 * MS]


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, 0), (4 * S, 4 * S), (5 * S - 1, 5 * S - 1), (5 * S, 5 * S + S // 2), (5 * S + S // 2 - 1, 5 * S + S // 2),
     (5 * S + S // 2, 5 * S + S // 2), (10 * S + 1, 10 * S + S // 2)],
)  # fmt: skip
def test_a_stall_holds_what_falls_into_it_until_its_end(at: int, expected: int) -> None:
    assert Stalls(Stall(5.0, 0.5), 0).after(at) == expected
    assert Stalls(Stall(5.0, 0.5), 3 * S).after(at + 3 * S) == expected + 3 * S
    assert stream(Way(), Stall(5.0, 0.5)).offer(at, 1) == expected


@pytest.mark.parametrize(
    ("way", "piece", "limit"),
    [
        (Way(), MOST_PIECE, HELD),
        (Way(queue=1000), 1000, 1000),
        (Way(rate=100.0), LEAST_PIECE, HELD),
        (Way(rate=1e6), 5000, HELD),
        (Way(rate=1e9), MOST_PIECE, HELD),
    ],
)
def test_reading_stops_when_as_much_is_held_as_may_be(way: Way, piece: int, limit: int) -> None:
    model = stream(way)
    assert model.room() == piece
    while room := model.room():
        model.offer(0, room)
    assert model.held == limit
    model.written(10)
    assert model.room() == 10


@given(
    st.floats(0, 1),
    st.none() | st.floats(1, 1e9),
    st.lists(st.tuples(st.integers(0, S), st.integers(0, 70_000)), max_size=40),
    st.booleans(),
)
def test_nothing_goes_early_or_out_of_order(
    delay: float, rate: float | None, events: list[tuple[int, int]], stalls: bool
) -> None:
    model = stream(Way(delay=delay, rate=rate), Stall(1.0, 0.3) if stalls else None)
    now = last = 0
    for pause, size in events:
        now += pause
        when = model.offer(now, size)
        assert when >= max(last, now + round(delay * 1e9))
        if rate is not None:
            assert when - now >= size / rate * 1e9 - 1
        last = when


def test_a_fast_pipe_loses_nothing_to_rounding() -> None:
    pipe = Pipe(1e11, None)
    for _ in range(1000):
        last = pipe.admit(0, 1)
    assert last == 10


@given(st.integers(0, 5000), st.lists(st.tuples(st.integers(0, 3 * MS), st.integers(0, 2000)), max_size=50))
def test_a_queue_never_holds_more_than_its_bytes(queue: int, events: list[tuple[int, int]]) -> None:
    """The backlog as Lindley's recursion has it, against what the pipe admits."""
    pipe = Pipe(1e6, queue)
    now = 0
    sent: list[tuple[int, int]] = []  # (when its sending began, size)
    free = 0
    for pause, size in events:
        now += pause
        waiting = sum(bytes_ for begins, bytes_ in sent if begins > now)
        admitted = pipe.admit(now, size)
        assert (admitted is None) == (free > now and waiting + size > queue)
        if admitted is not None:
            begins = max(now, free)
            free = begins + size * 1000
            sent.append((begins, size))
            assert admitted == free


def test_a_stall_shorter_than_a_nanosecond_is_none() -> None:
    assert Stalls(Stall(4e-10, 2e-10), 0).after(7) == 7
