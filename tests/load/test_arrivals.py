"""Due times: tables, no drift, the same for the same seed, and as many as `expected_requests` says."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.arrivals import NS, due_times, expected_requests, first_due, slots
from sockbench.model.plan import Closed, Every, Phase, Rate, Think

S = NS


def first(arrivals: Every | Rate, n: int, *, index: int = 0, slot: int = 0, count: int = 1, seed: int = 1) -> list[int]:
    return list(itertools.islice(due_times(arrivals, index=index, slot=slot, count=count, seed=seed), n))


@pytest.mark.parametrize(
    ("arrivals", "slot", "count", "times"),
    [
        (Every(10.0), 0, 1, [0, 10 * S, 20 * S]),
        (Every(10.0), 0, 5, [0, 10 * S, 20 * S]),
        (Every(10.0), 1, 5, [2 * S, 12 * S, 22 * S]),
        (Every(10.0), 4, 5, [8 * S, 18 * S, 28 * S]),
        (Every(10.0, "lockstep"), 4, 5, [0, 10 * S, 20 * S]),
        (Every(1.0), 1, 3, [333_333_333, 1_333_333_333, 2_333_333_333]),
        (Every(1e-10), 0, 1, [0, 1, 2]),  # time passes, however short the period
        (Rate(10.0), 0, 1, [0, S // 10, S // 5]),
        (Rate(10.0), 0, 5, [0, S // 2, S]),
        (Rate(10.0), 3, 5, [3 * S // 10, 8 * S // 10, 13 * S // 10]),
        (Rate(10.0, phase="lockstep"), 3, 5, [0, S // 2, S]),
        (Rate(3.0), 0, 1, [0, 333_333_333, 666_666_667, S]),
        (Rate(0.1), 1, 2, [10 * S, 30 * S, 50 * S]),
    ],
)
def test_when_requests_are_due(arrivals: Every | Rate, slot: int, count: int, times: list[int]) -> None:
    assert first(arrivals, len(times), slot=slot, count=count) == times


@pytest.mark.parametrize("rate", [1.0, 3.0, 7.0, 1000.0, 0.1, 12345.678])
@pytest.mark.parametrize("count", [1, 3, 10])
def test_the_clients_of_a_group_share_its_rate_exactly(rate: float, count: int) -> None:
    each = [first(Rate(rate), 50, slot=slot, count=count) for slot in range(count)]
    merged = sorted(itertools.chain.from_iterable(each))
    assert merged == [round(Fraction(k * NS) / Fraction(rate)) for k in range(50 * count)]


@pytest.mark.parametrize("rate", [1.0, 3.0, 999.0, 250_000.0, 1e7 / 3])
def test_the_hundred_millionth_request_has_not_drifted(rate: float) -> None:
    """A group of 10**8 clients begins with its k-th request at slot k, so the far end is one step away."""
    k = 10**8
    exact = Fraction(k * NS) / Fraction(rate)
    (due,) = first(Rate(rate), 1, slot=k, count=k + 1)
    assert abs(due - exact) <= Fraction(1, 2) + exact / 2**52
    _, second = first(Rate(rate), 2, slot=0, count=k)
    assert second == due


def test_a_grid_does_not_drift() -> None:
    assert first(Every(0.1), 100_001)[-1] == 10_000 * S
    assert first(Rate(7.0), 70_001)[-1] == 10_000 * S


@pytest.mark.parametrize(
    ("arrivals", "slot", "due"),
    [
        (Closed(), 3, 0),
        (Closed(Think(1.0, 1.0)), 0, 0),
        (Closed(Think(1.0, 1.0)), 3, 300_000_000),
        (Closed(Think(1.0, 1.0), phase="lockstep"), 3, 0),
    ],
)
def test_when_a_closed_client_begins(arrivals: Closed, slot: int, due: int) -> None:
    assert first_due(arrivals, slot=slot, count=10) == due


def test_a_poisson_process_has_its_rate() -> None:
    n, rate, count = 20_000, 1000.0, 4
    last = first(Rate(rate, "poisson"), n, count=count, seed=7)[-1] / NS
    mean = n * count / rate
    assert abs(last - mean) < 5 * mean / math.sqrt(n)


def test_a_poisson_process_is_memoryless() -> None:
    """The gaps of an exponential distribution have a standard deviation of their mean."""
    times = first(Rate(100.0, "poisson"), 20_000, seed=7)
    gaps = [(later - earlier) / NS for earlier, later in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert deviation == pytest.approx(0.01, rel=0.05)
    assert min(gaps) >= 0


def test_a_poisson_process_is_its_seeds_and_its_clients() -> None:
    staggered, lockstep = Rate(10.0, "poisson"), Rate(10.0, "poisson", "lockstep")
    assert first(staggered, 50, index=1, seed=7) == first(staggered, 50, index=1, seed=7)
    assert first(staggered, 50, index=1, seed=7) != first(staggered, 50, index=1, seed=8)
    assert first(staggered, 50, index=1, seed=7) != first(staggered, 50, index=2, seed=7)
    assert first(lockstep, 50, index=1, seed=7) == first(lockstep, 50, index=2, seed=7)


@given(st.integers(1, 200), st.integers(0, 2**63))
def test_slots_are_a_seeded_permutation(count: int, seed: int) -> None:
    order = slots(count, seed)
    assert sorted(order) == list(range(count))
    assert order == slots(count, seed)


def test_another_seed_is_another_order() -> None:
    assert len({tuple(slots(20, seed)) for seed in range(20)}) == 20


PHASES: st.SearchStrategy[Phase] = st.sampled_from(["staggered", "lockstep"])
RATES = st.one_of(st.sampled_from([1.0, 3.0, 7.0, 10.0, 1000 / 3, 0.3]), st.floats(0.05, 300.0))
PERIODS = st.one_of(st.sampled_from([0.1, 0.3, 1 / 3, 1.0, 10.0]), st.floats(0.02, 20.0))
SPANS = st.one_of(st.integers(0, 5).map(float), st.floats(0.0, 5.0), st.sampled_from([0.1, 0.3, 1 / 3, 0.7]))


def counted(arrivals: Every | Rate, count: int, low: int, high: int) -> int:
    return sum(
        1
        for slot in range(count)
        for due in itertools.takewhile(
            lambda due: due < high, due_times(arrivals, index=slot, slot=slot, count=count, seed=1)
        )
        if due >= low
    )


@given(
    st.one_of(st.builds(Every, PERIODS, PHASES), st.builds(Rate, RATES, st.just("constant"), PHASES)),
    st.integers(1, 12),
    SPANS,
    SPANS,
)
def test_the_expected_requests_are_those_of_the_schedule(
    arrivals: Every | Rate, count: int, warmup: float, duration: float
) -> None:
    end = warmup + duration
    expected = expected_requests(arrivals, count=count, start=warmup, end=end)
    assert expected == counted(arrivals, count, round(warmup * NS), round(end * NS))


@given(st.integers(1, 2000), st.integers(1, 500), st.integers(1, 9))
def test_a_whole_number_of_seconds_holds_a_whole_number_of_requests(rate: int, seconds: int, count: int) -> None:
    assert expected_requests(Rate(float(rate)), count=count, start=1.0, end=1.0 + seconds) == rate * seconds


def test_what_is_expected_of_the_others() -> None:
    assert expected_requests(Closed(), count=3, start=0.0, end=1.0) is None
    assert expected_requests(Rate(10.0, "poisson"), count=3, start=1.0, end=3.0) == 20
