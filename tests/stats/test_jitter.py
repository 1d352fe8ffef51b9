"""Jitter by hand: the estimator of RFC 3550 A.8 and the mean |ipdv|."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats.jitter import JitterMeter


@pytest.mark.parametrize(
    ("rtts", "rfc3550_s", "ipdv_mean_s"),
    [
        ([], None, None),
        ([5_000_000], None, None),
        ([5_000_000, 5_000_000], 0.0, 0.0),
        ([1_000_000, 1_016_000], 1e-6, 16e-6),
        ([1_000_000, 1_016_000, 1_000_000], 1e-6 + (16e-6 - 1e-6) / 16, 16e-6),
        ([0, 10, 0, 30], None, (10 + 10 + 30) / 3 / 1e9),
    ],
)
def test_jitter_of(rtts: list[int], rfc3550_s: float | None, ipdv_mean_s: float | None) -> None:
    meter = JitterMeter()
    for rtt in rtts:
        meter.add(rtt)
    assert meter.ipdv_mean_s == pytest.approx(ipdv_mean_s)
    if rfc3550_s is not None or len(rtts) < 2:
        assert meter.rfc3550_s == pytest.approx(rfc3550_s)


@given(st.lists(st.integers(0, 10**10), min_size=2))
def test_jitter_is_never_above_the_largest_change(rtts: list[int]) -> None:
    meter = JitterMeter()
    for rtt in rtts:
        meter.add(rtt)
    changes = [abs(after - before) for before, after in pairwise(rtts)]
    assert meter.ipdv_sum == sum(changes)
    assert meter.ipdv_n == len(changes)
    assert meter.rfc3550_s is not None
    assert 0 <= meter.rfc3550_s <= max(changes) / 1e9 * (1 + 1e-9)
