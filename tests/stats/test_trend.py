"""Which results a trend has a point for, which are alike, and which changes it tells."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.comparison import Figure
from sockbench.model.result import Result, Run, Verdict
from sockbench.stats.figures import FIGURES
from sockbench.stats.trend import Trend, trends, value_of_run
from tests.report.samples import ENVIRONMENT, PLAN, RESULT
from tests.report.searches import RESULT as SEARCH
from tests.stats.runs import group_of, run_of

P99 = FIGURES["rtt.p99"]


def day(number: int) -> str:
    return f"2026-11-{number:02}T10:00:00Z"


def result(number: int, *runs: Run, **changes: Any) -> tuple[str, Result]:
    made: Result = replace(RESULT, started=day(number), runs=runs, thresholds=(), **changes)
    return f"results/{number}", made


def series(values: Sequence[float], **changes: Any) -> list[tuple[str, Result]]:
    return [result(number, run_of(group_of(p99=value)), **changes) for number, value in enumerate(values, start=1)]


def one(results: Sequence[tuple[str, Result]], figure: Figure = P99, group: str | None = None, **more: float) -> Trend:
    (trend,) = trends(results, figure, group, **more)
    return trend


def noisy(chance: random.Random, *levels: tuple[float, int]) -> list[float]:
    return [level * chance.lognormvariate(0, 0.02) for level, count in levels for _ in range(count)]


def test_a_rise_is_told_with_what_is_before_and_after() -> None:
    values = noisy(random.Random(1), (0.004, 6), (0.0046, 7))
    trend = one(list(reversed(series(values))))
    (shift,) = trend.shifts
    assert [point.value for point in trend.points] == values
    assert (trend.points[shift.last].started, trend.points[shift.first].started) == (day(6), day(7))
    assert (shift.results_before, shift.results_after) == (6, 7)
    assert shift.difference == pytest.approx(0.15, abs=0.04)
    assert one(series(values), min_effect=0.3).shifts == ()


def test_what_was_measured_elsewhere_is_not_held_against_it() -> None:
    chance = random.Random(2)
    here = series(noisy(chance, (0.004, 8)))
    for changes in (
        {"environment": replace(ENVIRONMENT, cpus=64)},
        {"scenario": replace(PLAN, groups=(replace(PLAN.groups[0], window=9),))},
    ):
        there = [(f"there/{at}", entry) for at, entry in series(noisy(chance, (0.001, 8)), **changes)]
        trend = one([*here, *there])
        assert [kind.results for kind in trend.kinds] == [8, 8]
        assert [one.path for one in trend.kinds[1].differences] in (["cpus"], ["groups.students.window"])
        assert trend.shifts == ()


def test_alternating_machines_are_two_series() -> None:
    chance = random.Random(3)
    quick = noisy(chance, (0.001, 6), (0.0015, 6))
    values = [value for pair in zip(quick, noisy(chance, (0.01, 12)), strict=True) for value in pair]
    other = replace(ENVIRONMENT, cpu="another")
    results = [
        (folder, replace(entry, environment=other) if at % 2 else entry)
        for at, (folder, entry) in enumerate(series(values))
    ]
    (shift,) = one(results).shifts
    assert (shift.last, shift.first) == (10, 12)


def test_other_versions_are_marked_and_searched_across() -> None:
    values = noisy(random.Random(4), (0.004, 6), (0.005, 6))
    newer = replace(ENVIRONMENT, sockbench="0.2.0", kernel="7.0", libraries={"trio": "1.0"})
    results = series(values)
    results[6:] = [(folder, replace(entry, environment=newer)) for folder, entry in results[6:]]
    trend = one(results)
    assert len(trend.kinds) == 1
    (turn,) = trend.turns
    assert (turn.at, [one.path for one in turn.differences]) == (6, ["sockbench", "libraries.trio", "kernel"])
    assert [shift.first for shift in trend.shifts] == [6]


def test_the_seed_makes_no_other_plan() -> None:
    results = series(noisy(random.Random(5), (0.004, 4)))
    results += [(folder, replace(entry, scenario=replace(PLAN, seed=99))) for folder, entry in results]
    assert len(one(results).kinds) == 1


def test_a_result_is_one_point_the_median_of_its_whole_runs() -> None:
    runs = [run_of(group_of(p99=value), repetition=at) for at, value in enumerate((0.001, 0.009, 0.002), start=1)]
    cut = replace(runs[0], elapsed_s=1.0)
    (point,) = one([result(1, *runs, cut)]).points
    assert (point.value, point.runs) == (0.002, 3)


def test_what_has_no_point_is_counted() -> None:
    cut = replace(run_of(group_of()), elapsed_s=1.0)
    trend = one(
        [
            result(1, run_of(group_of())),
            result(2, run_of(group_of(p99=None))),
            result(3, cut),
            result(4, run_of(group_of()), verdict=Verdict("invalid", ("the tool was late",))),
            result(5, run_of(group_of()), verdict=Verdict("suspect", ())),
        ]
    )
    assert len(trend.points) == 2
    assert trend.left_out == (("cut short", 1), ("invalid", 1), ("without rtt.p99", 1))


def test_each_variant_has_a_trend() -> None:
    results = [
        result(
            number, run_of(group_of(), variant={"transport": "udp"}), run_of(group_of(), variant={"transport": "tcp"})
        )
        for number in (1, 2)
    ]
    results.append(result(3, run_of(group_of(), variant={"transport": "udp"})))
    assert [(trend.title, len(trend.points)) for trend in trends(results, P99)] == [
        ("transport=udp", 3),
        ("transport=tcp", 2),
    ]


def test_all_groups_together() -> None:
    run = run_of(group_of(name="a", lost=100, rate=10.0), group_of(name="b", rate=5.0))
    assert value_of_run(FIGURES["lost"], run, None) == 0.005
    assert value_of_run(FIGURES["requests_per_s"], run, None) == 15.0
    assert value_of_run(P99, run, "b") == 0.004
    assert value_of_run(P99, run, "none") is None
    for figure in (P99, FIGURES["jitter.rfc3550"]):
        with pytest.raises(ValueError, match=r"is known of each group by itself, and there are several \(a, b\)$"):
            value_of_run(figure, run, None)


def test_from_nothing_there_is_no_share() -> None:
    def lossy(number: int, lost: int) -> tuple[str, Result]:
        return result(number, run_of(group_of(lost=lost)))

    (shift,) = one([lossy(number, 0 if number < 6 else 300) for number in range(1, 12)], FIGURES["lost"]).shifts
    assert (shift.before, shift.after, shift.difference) == (0.0, 0.03, 0.03)


def test_a_search_has_no_point() -> None:
    searched = ("results/9", replace(SEARCH, started=day(9)))
    trend = one([*series([0.004] * 3), searched])
    assert (len(trend.points), trend.left_out) == (3, (("searches", 1),))
    assert one([searched]).points == ()
