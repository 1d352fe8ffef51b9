"""Jitter by hand: the estimator of RFC 3550 A.8, and |ipdv| of requests with consecutive numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats.jitter import REMEMBERED, JitterMeter


def fed(replies: list[tuple[int, int]]) -> tuple[JitterMeter, list[int]]:
    ipdv: list[int] = []
    meter = JitterMeter(ipdv)
    for number, rtt in replies:
        meter.add(number, rtt)
    return meter, ipdv


def numbered(rtts: list[int]) -> list[tuple[int, int]]:
    return list(enumerate(rtts, start=1))


@pytest.mark.parametrize(
    ("rtts", "rfc3550_s", "ipdv"),
    [
        ([], None, []),
        ([5_000_000], None, []),
        ([5_000_000, 5_000_000], 0.0, [0]),
        ([1_000_000, 1_016_000], 1e-6, [16_000]),
        ([1_000_000, 1_016_000, 1_000_000], 1e-6 + (16e-6 - 1e-6) / 16, [16_000, 16_000]),
    ],
)
def test_jitter_of(rtts: list[int], rfc3550_s: float | None, ipdv: list[int]) -> None:
    meter, found = fed(numbered(rtts))
    assert found == ipdv
    assert meter.rfc3550_s == pytest.approx(rfc3550_s)


@pytest.mark.parametrize(
    ("replies", "ipdv"),
    [
        ([(1, 10), (3, 50)], []),  # number 2 was lost: no pair
        ([(1, 10), (3, 50), (2, 70)], [60, 20]),  # it came after 3: both pairs are there
        ([(3, 50), (2, 70), (1, 10)], [20, 60]),
        ([(2, 70), (1, 10), (3, 50)], [60, 20]),
        ([(1, 10), (1 + REMEMBERED, 20), (2, 30)], []),  # too far apart to be remembered
        ([(0, 7), (1, 10)], [3]),
    ],
)
def test_pairs_are_of_consecutive_requests_in_any_order_of_replies(
    replies: list[tuple[int, int]], ipdv: list[int]
) -> None:
    assert fed(replies)[1] == ipdv


@given(st.permutations(list(range(1, 30))), st.data())
def test_every_pair_counts_once_whatever_the_order(order: list[int], data: st.DataObject) -> None:
    rtts = {number: data.draw(st.integers(0, 10**9)) for number in order}
    _, ipdv = fed([(number, rtts[number]) for number in order])
    assert sorted(ipdv) == sorted(abs(rtts[number] - rtts[number - 1]) for number in range(2, 30))


@given(st.lists(st.integers(0, 10**10), min_size=2))
def test_jitter_is_never_above_the_largest_change(rtts: list[int]) -> None:
    meter, ipdv = fed(numbered(rtts))
    changes = [abs(after - before) for before, after in pairwise(rtts)]
    assert ipdv == changes
    assert meter.rfc3550_s is not None
    assert 0 <= meter.rfc3550_s <= max(changes) / 1e9 * (1 + 1e-9)
