"""Which way requests were lost: exact on a link that loses but neither reorders nor copies."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.direction import Direction
from sockbench.model.outcome import Outcome
from tests.load.books import Books, make_client, reply_to, schedule

UP, DOWN, BACK, NO_PORT = "up", "down", "back", "no port"
FATES = st.sampled_from([UP, DOWN, BACK])
GAP, TIMEOUT = 100, 10


class Truth(NamedTuple):
    """What a run of `fates` must be told: losses up and down to the last reply, and all losses."""

    up: int
    down: int
    lost: int


def truth(fates: list[str], first: int) -> Truth:
    """Of the requests from index `first` on."""
    last = max((index for index, fate in enumerate(fates) if fate == BACK), default=-1)
    told = fates[first : last + 1]
    return Truth(told.count(UP), told.count(DOWN), sum(fate in (UP, DOWN) for fate in fates[first:]))


def told(fates: list[str], first: int = 0) -> Truth:
    """What a client says of a link with these fates, one for each request; the first ones are of the warm-up."""
    books = Books()
    client = make_client(schedule(range(0, GAP * len(fates), GAP)), books, timeout=TIMEOUT, window=3)
    client.begin(0, first * GAP, GAP * len(fates))
    received = 0
    for number, fate in enumerate(fates, start=1):
        now = (number - 1) * GAP
        assert client.take(now) is not None
        if fate == NO_PORT:
            client.refuse(now + 1)
        elif fate != UP:
            received += 1
            if fate == BACK:
                client.receive(reply_to(number, received), now + 1)
    client.finish(GAP * len(fates))
    up, down = client.ledger.direction.split()
    return Truth(up, down, books.measured.count(Outcome.LOST))


@given(st.lists(FATES, max_size=40))
def test_every_loss_before_the_last_reply_has_its_direction(fates: list[str]) -> None:
    assert told(fates) == truth(fates, 0)


@given(st.lists(st.sampled_from([UP, DOWN, BACK, NO_PORT]), max_size=40))
def test_a_refused_request_is_no_loss(fates: list[str]) -> None:
    assert told(fates) == truth(fates, 0)


@given(st.lists(FATES, max_size=20), st.lists(FATES, max_size=20))
def test_losses_of_the_warmup_are_not_those_of_the_measurement(warmup: list[str], measured: list[str]) -> None:
    """Exact when the first request of the measurement is answered: what was missing before is known then."""
    fates = [*warmup, BACK, *measured]
    assert told(fates, len(warmup)) == truth(fates, len(warmup))


@given(st.lists(FATES, max_size=20), st.lists(FATES, max_size=20))
def test_never_more_than_were_lost(warmup: list[str], measured: list[str]) -> None:
    found, real = told(warmup + measured, len(warmup)), truth(warmup + measured, len(warmup))
    assert found.lost == real.lost
    assert found.up + found.down <= real.lost


@pytest.mark.parametrize(
    ("replies", "lost", "split"),
    [
        ([], [1, 2], (0, 0)),
        ([(3, 3)], [1, 2], (0, 2)),
        ([(3, 1)], [1, 2], (2, 0)),
        ([(3, 2)], [1, 2], (1, 1)),
        ([(3, 2), (5, 4)], [1, 2, 4, 9], (1, 2)),  # of 9 nothing is known
        ([(5, 4), (3, 2)], [1, 2, 4], (1, 2)),  # a reply that was overtaken tells nothing new
        ([(3, 9)], [1, 2], (0, 2)),  # copies: more received than sent
        ([(3, 0)], [1, 2], (0, 0)),  # a server that counts nothing
    ],
)
def test_what_the_counts_in_replies_tell(
    replies: list[tuple[int, int]], lost: list[int], split: tuple[int, int]
) -> None:
    direction = Direction()
    direction.measure(1)
    for number, received in replies:
        direction.replied(number, received)
    for number in lost:
        direction.lose(number)
    assert direction.split() == split


def test_a_new_connection_counts_anew() -> None:
    direction = Direction()
    direction.measure(1)
    direction.replied(3, 2)  # one lost up
    direction.restart(4)
    direction.replied(6, 2)  # and another
    for number in (1, 4):
        direction.lose(number)
    assert direction.split() == (2, 0)
