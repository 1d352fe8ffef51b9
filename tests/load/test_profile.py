"""Rates that change: against closed formulas, exact in their counts, ascending, and nothing due in a pause."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.arrivals import NS, due_times, expected_requests
from sockbench.load.profile import Profile
from sockbench.model.plan import Pattern, Phase, Rate, Stage, Stages

S = NS


def constant(duration: float, rate: float) -> Stage:
    return Stage(duration, rate, rate)


def all_due(profile: Profile) -> list[int]:
    return list(itertools.takewhile(lambda due: due is not None, map(profile.when, itertools.count())))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stages", "times"),
    [
        ([constant(1.0, 4.0)], [0, S // 4, S // 2, 3 * S // 4]),
        ([constant(1.0, 2.0), constant(3.0, 0.0), constant(1.0, 1.0)], [0, S // 2, 4 * S]),
        ([constant(3.0, 0.0), constant(1.0, 2.0)], [3 * S, 3 * S + S // 2]),
        ([constant(1.0, 1.5), constant(1.0, 0.5)], [0, 666_666_667]),  # two requests in two seconds
        ([constant(1.0, 0.5), constant(10.0, 0.0), constant(1.0, 1.5)], [0, 11 * S + 333_333_333]),
        # The third is due so short before the end of its stage that it rounds to the end: it comes after the pause.
        ([constant(1.0, 2.0000000001), constant(3.0, 0.0), constant(1.0, 1.0)], [0, S // 2, 4 * S]),
        ([Stage(2.0, 0.0, 2.0)], [0, 1_414_213_562]),  # N = t^2 / 2
        ([Stage(2.0, 2.0, 0.0)], [0, 585_786_438]),  # 2 t - t^2 / 2 = 1 at 2 - sqrt(2)
        ([Stage(1.0, 1.0, 3.0)], [0, 618_033_989]),  # t + t^2 = 1: the golden ratio
        ([Stage(1.0, 3.0, 1.0)], [0, 381_966_011]),
        ([constant(0.5, 1.0)], [0]),
        ([constant(1e-10, 1.0)], []),  # shorter than the clock can tell
    ],
)
def test_when_requests_are_due(stages: list[Stage], times: list[int]) -> None:
    assert all_due(Profile(tuple(stages))) == times


RATES = st.one_of(st.sampled_from([0.0, 1.0, 3.0, 10.0, 1000 / 3, 0.3]), st.floats(1e-9, 300.0))
STAGE = st.builds(Stage, st.one_of(st.sampled_from([0.1, 0.3, 1.0, 2.5]), st.floats(0.001, 3.0)), RATES, RATES)
STAGES = st.lists(STAGE, min_size=1, max_size=5).map(tuple).filter(lambda stages: Profile(stages).total > 0)


def integral(stages: tuple[Stage, ...], until: int) -> Fraction:
    """N(t), in exact numbers: a t + (b - a) t^2 / (2 d) of each stage."""
    found = Fraction(0)
    at = 0
    for stage in stages:
        length = round(stage.duration * NS)
        if length and until > at:
            t, d = Fraction(min(until - at, length), NS), Fraction(length, NS)
            first, last = Fraction(stage.first), Fraction(stage.last)
            found += first * t + (last - first) * t * t / (2 * d)
        at += length
    return found


@given(STAGES, st.floats(0.0, 1.0))
def test_the_count_is_the_integral_of_the_rate(stages: tuple[Stage, ...], share: float) -> None:
    profile = Profile(stages)
    end = sum(round(stage.duration * NS) for stage in stages)
    when = round(share * end)
    assert profile.count(when) == pytest.approx(float(integral(stages, when)), rel=1e-12, abs=1e-9)
    assert profile.total == pytest.approx(float(integral(stages, end)), rel=1e-14)
    assert profile.count(end) == pytest.approx(profile.total, rel=1e-12)


@given(STAGES)
def test_due_times_ascend_and_invert_the_count(stages: tuple[Stage, ...]) -> None:
    profile = Profile(stages)
    times = all_due(profile)
    assert times == sorted(times)
    assert abs(len(times) - math.ceil(profile.total)) <= 1
    highest = max(max(stage.first, stage.last) for stage in stages)
    for number, due in enumerate(times):
        # At most what is due in the nanosecond to which a time is rounded, and in a stage of no more than that.
        assert float(integral(stages, due)) == pytest.approx(number, abs=1e-6 + 2e-9 * highest)


@given(STAGES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_between_any_two_times_as_many_are_due_as_the_integral_says(
    stages: tuple[Stage, ...], one: float, other: float
) -> None:
    end = sum(round(stage.duration * NS) for stage in stages)
    low, high = sorted((round(one * end), round(other * end)))
    times = all_due(Profile(stages))
    found = sum(low <= due < high for due in times)
    assert abs(found - float(integral(stages, high) - integral(stages, low))) <= 1 + 1e-6
    assert expected_requests(Stages(stages), count=3, start=low / NS, end=high / NS) == found


@given(STAGES)
def test_nothing_is_due_in_a_pause(stages: tuple[Stage, ...]) -> None:
    pause = Stage(1.0, 0.0, 0.0)
    with_pauses = tuple(itertools.chain.from_iterable((stage, pause) for stage in stages))
    at, pauses = 0, []
    for stage in with_pauses:
        length = round(stage.duration * NS)
        if stage is pause:
            pauses.append((at, at + length))
        at += length
    for due in all_due(Profile(with_pauses)):
        assert not any(begin <= due < end for begin, end in pauses)


@pytest.mark.parametrize("rate", [1.0, 3.0, 7.0, 1000.0, 12345.678, 1000 / 3])
@pytest.mark.parametrize("pattern", ["constant", "poisson", "burst"])
def test_one_constant_stage_is_the_rate_itself(rate: float, pattern: Pattern) -> None:
    burst = 7 if pattern == "burst" else 1
    for index in range(3):
        one = due_times(Stages((constant(10.0, rate),), pattern, burst=burst), index=index, slot=index, count=3, seed=5)
        other = due_times(Rate(rate, pattern, burst=burst), index=index, slot=index, count=3, seed=5)
        assert list(one) == list(itertools.takewhile(lambda due: due < 10 * S, other))


def test_a_long_profile_does_not_drift() -> None:
    """A week of one request in three milliseconds, in stages of ten minutes: each begins with a third of a request."""
    stages = tuple(constant(600.0, 1000 / 3) for _ in range(6 * 24 * 7))
    number = 200_000_000
    due = Profile(stages).when(number)
    assert due is not None
    assert abs(due - Fraction(number) / Fraction(1000 / 3) * NS) <= 1


def test_the_last_requests_of_a_steep_descent() -> None:
    """Where the rate comes down to nothing the times are still those of N = a t - a t^2 / (2 d)."""
    a, d = 10_000.0, 10.0
    profile = Profile((Stage(d, a, 0.0),))
    assert profile.total == 50_000
    for number in (49_990, 49_998, 49_999):
        exact = d - math.sqrt(2 * d * (50_000 - number) / a)
        due = profile.when(number)
        assert due is not None
        assert due / NS == pytest.approx(exact, abs=1e-8)
    assert profile.when(50_000) is None


PATTERNS = st.sampled_from([("constant", 1), ("burst", 1), ("burst", 2), ("burst", 20)])
PHASES: st.SearchStrategy[Phase] = st.sampled_from(["staggered", "lockstep"])


@given(STAGES, PATTERNS, PHASES, st.integers(1, 9), st.sampled_from([0, 1_000_000_000]))
def test_the_clients_share_the_group_and_expect_what_they_do(
    stages: tuple[Stage, ...], pattern: tuple[Pattern, int], phase: Phase, count: int, warmup: int
) -> None:
    arrivals = Stages(stages, pattern[0], phase, pattern[1])
    each = [
        list(due_times(arrivals, index=slot, slot=slot, count=count, seed=1, warmup=warmup)) for slot in range(count)
    ]
    assert all(times == sorted(times) for times in each)
    measured = sorted(due - warmup for times in each for due in times if due >= warmup)
    assert len(measured) == expected_requests(arrivals, count=count, start=0.0, end=arrivals.duration + 1)
    if phase == "lockstep":
        assert all(times == each[0] for times in each)
    else:
        alone = list(due_times(arrivals, index=0, slot=0, count=1, seed=1))
        assert measured == alone


@pytest.mark.parametrize(
    ("stages", "times"),
    [
        ([Stage(1.0, 2.0, 4.0)], [0, S // 2]),
        ([Stage(1.0, 0.0, 4.0)], [0, S // 4, S // 2, 3 * S // 4]),
        ([Stage(1.0, 0.0, 0.0), Stage(1.0, 4.0, 4.0)], []),
    ],
)
def test_a_warmup_is_driven_at_the_rate_that_the_stages_begin_with(stages: list[Stage], times: list[int]) -> None:
    due = list(due_times(Stages(tuple(stages)), index=0, slot=0, count=1, seed=1, warmup=S))
    assert [time for time in due if time < S] == times
    assert [time - S for time in due if time >= S] == all_due(Profile(tuple(stages)))


def test_bursts_are_whole_and_come_when_their_first_request_would() -> None:
    times = list(itertools.islice(due_times(Rate(10.0, "burst", burst=4), index=0, slot=0, count=1, seed=1), 9))
    assert times == [0] * 4 + [4 * S // 10] * 4 + [8 * S // 10]
    assert expected_requests(Rate(10.0, "burst", burst=4), count=1, start=0.0, end=0.5) == 8
    assert expected_requests(Rate(10.0, "burst", burst=4), count=3, start=0.1, end=0.5) == 4


def test_a_poisson_process_follows_the_profile() -> None:
    """As many in each tenth of a ramp as its integral says, within five standard deviations."""
    stages = (Stage(10.0, 0.0, 2000.0), Stage(2.0, 0.0, 0.0))
    arrivals = Stages(stages, "poisson")
    each = [list(due_times(arrivals, index=index, slot=index, count=4, seed=3)) for index in range(4)]
    assert all(times == sorted(times) for times in each)
    times = list(itertools.chain.from_iterable(each))
    assert max(times) < 10 * S
    for second in range(10):
        mean = float(integral(stages, (second + 1) * S) - integral(stages, second * S))
        found = sum(second * S <= due < (second + 1) * S for due in times)
        assert abs(found - mean) < 5 * math.sqrt(mean)
    assert expected_requests(arrivals, count=4, start=2.0, end=4.0) == 1200
