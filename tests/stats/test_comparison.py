"""What is said of two sides: by hand, on A/A experiments that have no difference, and on shifts that are real."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockbench.model.comparison import Answer, Change, Comparison, FigureRow
from sockbench.model.result import GroupResult
from sockbench.stats.comparison import ALPHA, MIN_EFFECT, compare, estimate, runs_needed, unpaired
from sockbench.stats.comparison import tested as figures_tested
from sockbench.stats.figures import COMPARED, FIGURES, SHORT, value_of
from tests.stats.runs import drawn, group_of, run_of, side_of
from tests.stats.samples import GROUP


def compared(base: Sequence[GroupResult], other: Sequence[GroupResult], min_effect: float = MIN_EFFECT) -> Comparison:
    return compare([side_of("A", base), side_of("B", other)], min_effect=min_effect)


def row_of(comparison: Comparison, name: str) -> FigureRow:
    (row,) = (row for row in comparison.groups[0].rows if row.figure.name == name)
    return row


def change_of(comparison: Comparison, name: str) -> Change:
    (change,) = row_of(comparison, name).changes
    return change


def times(*p50: float | None) -> list[GroupResult]:
    """Runs that differ in their median alone."""
    return [group_of(p50=value) for value in p50]


@pytest.mark.parametrize(
    ("base", "other", "difference", "answer"),
    [
        pytest.param((1.0, 1.1, 1.2, 1.3), (2.0, 2.1, 2.2, 2.3), 2.15 / 1.15 - 1, "higher", id="slower"),
        pytest.param((2.0, 2.1, 2.2, 2.3), (1.0, 1.1, 1.2, 1.3), 1.15 / 2.15 - 1, "lower", id="faster"),
        pytest.param((1.0, 1.1, 1.2, 1.3), (1.05, 1.15, 1.25, 1.35), 0.05 / 1.15, "unclear", id="chance"),
        pytest.param(
            (1.00, 1.01, 1.02, 1.03), (1.04, 1.05, 1.06, 1.07), 0.04 / 1.015, "small", id="too small to count"
        ),
        pytest.param((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0), 0.0, "equal", id="the same everywhere"),
        pytest.param((1.0, 1.1, 1.2), (2.0, 2.1, 2.2), 1.1 / 1.1 - 0.0909, "too few runs", id="three runs"),
        pytest.param((1.0,), (2.0,), 1.0, "too few runs", id="one run"),
        pytest.param(
            (1.0, 1.1, 1.2), (2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7), 2.35 / 1.1 - 1, "too few runs", id="3 and 8"
        ),
        pytest.param((1.0, 1.1, 1.2, None), (2.0, 2.1, 2.2, 2.3), None, "withheld", id="withheld in one run"),
        pytest.param((None, None), (2.0, 2.1), None, "withheld", id="withheld in all"),
        pytest.param((0.0, 1.0, 1.0, 1.0), (2.0, 2.1, 2.2, 2.3), None, "withheld", id="no ratio to nothing"),
    ],
)
def test_what_is_said_of_one_figure(
    base: tuple[float | None, ...], other: tuple[float | None, ...], difference: float | None, answer: Answer
) -> None:
    change = change_of(compared(times(*base), times(*other)), "rtt.p50")
    assert change.answer == answer
    assert change.difference == pytest.approx(difference, abs=1e-4)


def test_four_runs_are_too_few_for_two_figures() -> None:
    """The p of 4 runs a side is 2/70 at the least, and Holm asks the smallest of two for 0.025."""
    base = [group_of(p50=1.0 + run / 10, p99=4.0 + run / 10) for run in range(4)]
    other = [group_of(p50=2.0 + run / 10, p99=9.0 + run / 10) for run in range(4)]
    comparison = compared(base, other)
    change = change_of(comparison, "rtt.p50")
    assert change.p == pytest.approx(2 / 70)
    assert change.adjusted_p == pytest.approx(4 / 70)
    assert change.answer == change_of(comparison, "rtt.p99").answer == "too few runs"
    assert figures_tested(comparison.groups[0].rows, 1) == 2


@pytest.mark.parametrize(("figures", "runs"), [(1, 4), (2, 5), (5, 5), (6, 5), (7, 6), (20, 6), (27, 7)])
def test_how_many_runs_it_takes(figures: int, runs: int) -> None:
    assert runs_needed(figures) == runs
    assert 2 / math.comb(2 * runs, runs) * figures <= ALPHA


def test_five_runs_tell_the_usual_figures() -> None:
    assert runs_needed(len(COMPARED)) == 5


def test_a_loss_differs_by_points_and_never_divides_by_nothing() -> None:
    none = [group_of(lost=0) for _ in range(5)]
    some = [group_of(lost=40 + run) for run in range(5)]
    few = [group_of(lost=1 + run) for run in range(5)]
    change = change_of(compared(none, some), "lost")
    assert change.answer == "higher"
    assert (change.difference, change.low, change.high) == pytest.approx((0.0042, 0.004, 0.0044))
    assert change_of(compared(none, few), "lost").answer == "small"  # 0.03 points
    assert change_of(compared(none, none), "lost").answer == "equal"
    assert change_of(compared(some, none), "lost").difference == pytest.approx(-0.0042)


def test_an_estimate_counts_what_was_withheld() -> None:
    assert estimate([1.0, None, 3.0]).n == 2
    assert estimate([1.0, None, 3.0]).withheld == 1
    assert estimate([1.0, 2.0, 3.0]).low is None
    assert (estimate([1.0, 2.0, 3.0, 4.0]).low, estimate([1.0, 2.0, 3.0, 4.0]).high) == (1.0, 4.0)
    assert estimate([None]).median is None


def test_only_figures_that_can_differ_are_corrected_for() -> None:
    """Of five figures two are the same everywhere and one is withheld, so p is multiplied by two at most."""
    base = [group_of(p50=1.0 + run / 10, rate=100.0 + run, p99=None) for run in range(5)]
    other = [group_of(p50=2.0 + run / 10, rate=100.5 + run, p99=None) for run in range(5)]
    comparison = compared(base, other)
    change = change_of(comparison, "rtt.p50")
    assert change.adjusted_p == pytest.approx(2 * 2 / 252)
    assert row_of(comparison, "rtt.p99").estimates[0].withheld == 5
    assert figures_tested(comparison.groups[0].rows, 1) == 2


def test_further_figures_are_compared_too() -> None:
    sides = [side_of("A", times(1.0)), side_of("B", times(2.0))]
    names = [row.figure.name for row in compare(sides, [FIGURES["response.p99"], FIGURES["lost"]]).groups[0].rows]
    assert names == ["rtt.p50", "rtt.p90", "rtt.p99", "requests_per_s", "lost", "response.p99"]


def test_groups_are_paired_by_name() -> None:
    a, b, c = (group_of(name=name) for name in "abc")
    sides = [side_of("A", []), side_of("B", [])]
    runs = [[run_of(a, b)], [run_of(b, a, c)]]
    comparison = compare([(side, of_side) for (side, _), of_side in zip(sides, runs, strict=True)])
    assert [group.name for group in comparison.groups] == ["a", "b"]
    assert unpaired(runs) == ("c",)


def test_single_groups_are_paired_whatever_they_are_called() -> None:
    comparison = compared([group_of(name="clients")], [group_of(name="askers")])
    assert [group.name for group in comparison.groups] == ["clients / askers"]


def test_nothing_in_common() -> None:
    runs = [[run_of(group_of(name="a"), group_of(name="b"))], [run_of(group_of(name="c"))]]
    with pytest.raises(ValueError, match="no group in common"):
        compare([(side_of("A", [])[0], runs[0]), (side_of("B", [])[0], runs[1])])


def test_each_side_is_held_against_the_first() -> None:
    sides = [
        side_of(label, [group_of(p50=p50 + run / 100) for run in range(5)])
        for label, p50 in zip("ABC", (1, 2, 1), strict=True)
    ]
    comparison = compare(sides)
    assert [change.answer for change in row_of(comparison, "rtt.p50").changes] == ["higher", "unclear"]


def test_every_figure_has_a_value() -> None:
    found = {name: value_of(FIGURES[name], GROUP) for name in FIGURES}
    assert found["lost"] == 0.03
    assert found["rtt.p99"] == 0.004
    assert found["requests_per_s"] == 99.0
    assert found["jitter.ipdv_p99"] is None


def test_short_names_stand_for_figures() -> None:
    assert set(SHORT.values()) <= set(FIGURES)


@settings(max_examples=40)
@given(st.integers(4, 9), st.integers(4, 9), st.integers(0, 10**6))
def test_a_swap_turns_every_answer_round(first: int, second: int, seed: int) -> None:
    chance = random.Random(seed)
    base, other = drawn(chance, first, 0.05), drawn(chance, second, 0.05, p50=1.3)
    turned: dict[Answer, Answer] = {"higher": "lower", "lower": "higher"}
    there, back = compared(base, other, 0.0), compared(other, base, 0.0)
    for one, two in zip(there.groups[0].rows, back.groups[0].rows, strict=True):
        assert one.changes[0].adjusted_p == pytest.approx(two.changes[0].adjusted_p)
        answer = one.changes[0].answer
        if one.changes[0].difference:
            assert two.changes[0].answer == turned.get(answer, answer)


def claims(comparison: Comparison) -> bool:
    """Does it claim any difference?"""
    return any(row.changes[0].answer in ("higher", "lower") for row in comparison.groups[0].rows)


@pytest.mark.parametrize(("spread", "disturbed"), [(0.03, 0.1), (0.15, 0.0)])
def test_false_alarms_stay_at_the_nominal_rate(spread: float, disturbed: float) -> None:
    """A/A: both sides are the same machine and program. The rate is of whole comparisons, all their figures together.

    It may be lower than 5%, as ranks are few and figures go together; it may not be higher but by chance.
    """
    chance = random.Random(20261121)
    trials = 500
    found = 0
    for _ in range(trials):
        runs = chance.choice((5, 6, 7, 10))
        base, other = drawn(chance, runs, spread, disturbed), drawn(chance, runs, spread, disturbed)
        found += claims(compared(base, other, min_effect=0.0))
    assert 0 < found / trials <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / trials)


@pytest.mark.parametrize(("spread", "disturbed", "least"), [(0.03, 0.0, 0.98), (0.03, 0.05, 0.93), (0.05, 0.0, 0.83)])
@pytest.mark.parametrize(
    ("name", "figure", "factor", "answer"),
    [
        ("p50", "rtt.p50", 1.1, "higher"),
        ("p99", "rtt.p99", 1 / 1.1, "lower"),
        ("rate", "requests_per_s", 1.1, "higher"),
    ],
)
def test_a_shift_of_a_tenth_is_found_with_ten_runs(
    spread: float, disturbed: float, least: float, name: str, figure: str, factor: float, answer: Answer
) -> None:
    chance = random.Random(99)
    trials = 40
    found = 0
    for _ in range(trials):
        base = drawn(chance, 10, spread, disturbed)
        other = drawn(chance, 10, spread, disturbed, **{name: factor})
        found += change_of(compared(base, other), figure).answer == answer
    assert found / trials > least - 3 * math.sqrt(least * (1 - least) / trials)
