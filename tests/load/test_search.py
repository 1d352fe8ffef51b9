"""The search for the highest load that is kept, against systems of any capacity, with and without noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.search import CONFIRMED, Outcome, Search, Try, most_runs
from sockbench.model.find import Answer, Bounds

System = Callable[[Try], Answer]


def walk(bounds: Bounds, system: System) -> tuple[Outcome, list[Try]]:
    """What the search found, and the runs that it made."""
    search, made = Search(bounds), []
    while search.next is not None:
        made.append(search.next)
        assert bounds.lowest <= search.next.value <= bounds.highest
        assert not bounds.whole or search.next.value == int(search.next.value)
        assert len(made) <= most_runs(bounds), made
        search.tell(system(search.next))
    return search.outcome, made


def up_to(capacity: float) -> System:
    return lambda one: "kept" if one.value <= capacity else "failed"


@st.composite
def bounds_of(draw: st.DrawFn, *, whole: bool | None = None) -> Bounds:
    is_whole = draw(st.booleans()) if whole is None else whole
    if is_whole:
        lowest, start, highest = (float(one) for one in sorted(draw(st.tuples(*[st.integers(1, 10**6)] * 3))))
    else:
        lowest, start, highest = sorted(draw(st.lists(st.floats(0.01, 1e7), min_size=3, max_size=3)))
    return Bounds(start, lowest, highest, draw(st.sampled_from([0.001, 0.01, 0.02, 0.5])), is_whole)


@given(bounds_of(), st.floats(0.001, 2e7))
def test_any_capacity_is_found_within_the_resolution(bounds: Bounds, capacity: float) -> None:
    found, made = walk(bounds, up_to(capacity))
    if capacity < bounds.lowest:
        assert (found.value, found.confirmed, found.limited_by) == (None, False, "system")
        assert found.limit == bounds.lowest
        return
    assert found.value is not None
    assert found.confirmed
    assert found.value <= capacity
    assert sum(one.value == found.value for one in made) == CONFIRMED
    if found.limited_by == "bound":
        assert found.value == bounds.highest
        assert found.limit is None
        return
    assert found.limit is not None
    assert found.limit > capacity
    assert found.limit - found.value <= max(bounds.resolution * found.value, float(bounds.whole))


@given(bounds_of(), st.integers(0, 2**32), st.lists(st.sampled_from(["kept", "failed", "tool", "unknown"]), min_size=1))
def test_it_ends_whatever_the_answers_are(bounds: Bounds, seed: int, words: list[Answer]) -> None:
    chance = random.Random(seed)
    found, made = walk(bounds, lambda _: chance.choice(words))
    assert made
    assert found.confirmed <= (found.value is not None)


@given(st.integers(0, 2**32), st.floats(20, 5000))
def test_a_noisy_system_is_found_within_bounds(seed: int, capacity: float) -> None:
    """Below its capacity one run in ten fails by noise; above, none is kept."""
    chance = random.Random(seed)

    def noisy(one: Try) -> Answer:
        return "failed" if one.value > capacity or chance.random() < 0.1 else "kept"

    bounds = Bounds(100.0, 1.0, 10_000.0, 0.02, whole=False)
    found, _ = walk(bounds, noisy)
    assert found.value is None or found.value <= capacity


def test_noise_seldom_costs_much() -> None:
    chance, near = random.Random(1), 0
    for _ in range(1000):
        found, _ = walk(
            Bounds(100.0, 1.0, 10_000.0, 0.02, whole=False),
            lambda one: "failed" if one.value > 1234 or chance.random() < 0.05 else "kept",
        )
        near += found.value is not None and found.value >= 0.9 * 1234
    assert near > 950


def test_a_value_that_was_kept_by_chance_is_refuted() -> None:
    bounds, lucky = Bounds(100.0, 1.0, 10_000.0, 0.02, whole=False), [True]

    def system(one: Try) -> Answer:
        if one.value == 200 and lucky:
            lucky.clear()
            return "kept"
        return "kept" if one.value <= 110 else "failed"

    found, made = walk(bounds, system)
    assert found.confirmed
    assert found.value is not None
    assert 100 <= found.value <= 110
    assert any(one.purpose == "confirmation" and one.value >= 200 for one in made)


def test_the_way_it_goes() -> None:
    _, made = walk(Bounds(100.0, 1.0, 10_000.0, 0.1, whole=False), up_to(350))
    assert [(one.value, one.purpose, one.again) for one in made] == [
        (100, "start", False),
        (200, "doubling", False),
        (400, "doubling", False),
        (400, "doubling", True),
        (300, "bisection", False),
        (350, "bisection", False),
        (375, "bisection", False),
        (375, "bisection", True),
        (350, "confirmation", False),
        (350, "confirmation", False),
    ]


def test_the_tool_is_not_taken_for_the_system() -> None:
    bounds = Bounds(100.0, 1.0, 10_000.0, 0.02, whole=False)
    found, _ = walk(bounds, lambda one: "kept" if one.value <= 500 else "tool")
    assert (found.limited_by, found.confirmed) == ("tool", True)
    mixed: Iterator[Answer] = iter(("kept", "kept", "failed", "tool"))
    found, _ = walk(Bounds(100.0, 1.0, 300.0, 0.5, whole=False), lambda one: next(mixed, "kept"))
    assert found.limited_by == "tool"


@pytest.mark.parametrize("capacity", range(1, 12))
def test_a_few_clients_are_found_exactly(capacity: int) -> None:
    found, _ = walk(Bounds(3.0, 1.0, 1000.0, 0.02, whole=True), up_to(capacity))
    assert (found.value, found.limit) == (capacity, capacity + 1)


def test_too_few_samples_end_it_where_less_load_gives_fewer_still() -> None:
    bounds = Bounds(100.0, 1.0, 10_000.0, 0.02, whole=False)
    found, made = walk(bounds, lambda _: "unknown")
    assert (found.value, found.limited_by, len(made)) == (None, "unknown", 2)
    found, _ = walk(bounds, lambda one: "kept" if one.value <= 300 else "unknown")
    assert (found.limited_by, found.confirmed) == ("system", True)


@pytest.mark.parametrize(("resolution", "most"), [(0.02, 23), (0.1, 19)])
def test_how_many_runs_it_takes_without_noise(resolution: float, most: int) -> None:
    """As docs/scenarios.md says."""
    bounds = Bounds(1000.0, 1.0, 1e7, resolution, whole=False)
    taken = [len(walk(bounds, up_to(capacity))[1]) for capacity in range(1000, 100_000, 97)]
    assert max(taken) == most
