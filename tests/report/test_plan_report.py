"""A plan for people: what is said of loads that change, and of clients that come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.experiment import Experiment, Variant
from sockbench.model.plan import Arrivals, Closed, Every, Rate, Stage, Stages, Think
from sockbench.report.experiment_report import render_experiment
from sockbench.report.plan_report import Estimate, arrivals, render_plan
from tests.report.samples import EVERY_KIND, LOST, PLAN

RAMP = (Stage(10.0, 0.0, 1000.0), Stage(3.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Closed(), "closed"),
        (Closed(Think(0.01, 0.01)), "closed, think 10 ms"),
        (Closed(Think(0.0, 0.05), "lockstep"), "closed, think 0 s to 50 ms, lockstep"),
        (Every(10.0), "every 10 s"),
        (Rate(1000.0), "1,000/s"),
        (Rate(0.5, "poisson"), "0.5/s, poisson"),
        (Rate(1000.0, "burst", burst=20), "1,000/s, bursts of 20"),
        (Stages(RAMP), "2 stages, up to 1,000/s"),
        (Stages(RAMP[:1], "poisson", "lockstep"), "1 stage, up to 1,000/s, poisson, lockstep"),
    ],
)
def test_arrivals_in_a_few_words(model: Arrivals, words: str) -> None:
    assert arrivals(model) == words


def test_what_the_table_has_no_room_for() -> None:
    text = render_plan(EVERY_KIND, [Estimate(10, 5.0)] * len(EVERY_KIND.groups))
    assert "thinks: there from 2 s to 8 s; each client stays 30 s on average\n" in text
    assert "digits: nodelay: false; send_buffer: 66 kB; congestion: reno; writes: 2\n" in text
    assert "server echo: quickack: true\n" in text
    assert "ramps: 0/s to 50/s in 4 s, a pause for 1 s\n" in text
    assert "students:" not in text


def test_a_long_profile_is_cut() -> None:
    group = replace(EVERY_KIND.groups[0], arrivals=Stages(RAMP * 10))
    text = render_plan(replace(EVERY_KIND, groups=(group,)), [Estimate(10, 5.0)])
    assert text.count("0/s to 1,000/s in 10 s") == 4
    assert "and 12 stages more" in text


@pytest.mark.parametrize(
    ("drain", "words"),
    [
        (
            0.5,
            "takes at most 11.75 s: a warm-up of 1 s, 10 s of load, a drain of up to 500 ms, 250 ms more for what ",
        ),
        (0.499, "takes at most 11.499 s: a warm-up of 1 s, 10 s of load, a drain of up to 499 ms\n"),
    ],
)
def test_a_run_takes_no_longer_than_is_promised(drain: float, words: str) -> None:
    """Who left late has its whole timeout, where the drain is as long as that."""
    group = replace(PLAN.groups[0], timeout=0.5)
    plan = replace(PLAN, groups=(group,), warmup=1.0, duration=10.0, drain=drain)
    assert words in render_plan(plan, [Estimate(1, 1.0)])


@pytest.mark.parametrize(
    ("start", "stop", "words"),
    [(0.0, None, "; its stages take 13 s, and are cut after 10 s\n"),
     (2.0, 6.0, "; its stages take 13 s, and are cut after 4 s; there from 2 s to 6 s\n")],
)  # fmt: skip
def test_stages_that_outlive_the_load_are_cut(start: float, stop: float | None, words: str) -> None:
    group = replace(PLAN.groups[0], arrivals=Stages(RAMP), start=start, stop=stop)
    plan = replace(PLAN, groups=(group,), duration=10.0)
    assert words in render_plan(plan, [Estimate(1, 1.0)])


def test_stages_that_end_with_the_load_are_whole() -> None:
    plan = replace(PLAN, groups=(replace(PLAN.groups[0], arrivals=Stages(RAMP)),), duration=13.0)
    assert "cut" not in render_plan(plan, [Estimate(1, 1.0)])


def test_several_variants_are_rows_of_one_table() -> None:
    slow = replace(PLAN, duration=30.0, thresholds=())
    experiment = Experiment((Variant({"mode": "a", "n": "1"}, PLAN), Variant({"mode": "b", "n": "1"}, slow)), 3)
    text = render_experiment(experiment, [[Estimate(10, 5.0)], [Estimate(20, 5.0)]])
    assert "2 variants x 3 repetitions = 6 runs, all variants once" in text
    assert "all runs together: 90 requests, 450 B" in text
    assert max(map(len, text.splitlines())) <= 120
    keys = [line.split("  ")[:2] for line in text.splitlines() if line.startswith("mode=")]
    assert keys == [[f"mode={mode}, n=1", name] for name in ("students", "registry") for mode in "ab"]
    assert f"  {PLAN.thresholds[0].expression} (mode=a, n=1)\n" in text


@pytest.mark.parametrize(("duration", "lines", "columns"), [(PLAN.duration, 1, 0), (30.0, 0, 1)])
def test_what_a_run_takes_is_a_line_where_all_take_the_same(duration: float, lines: int, columns: int) -> None:
    other = replace(PLAN, duration=duration)
    experiment = Experiment((Variant({"mode": "a"}, PLAN), Variant({"mode": "b"}, other)), 2)
    text = render_experiment(experiment, [[Estimate(10, 5.0)], [Estimate(20, 5.0)]])
    assert text.count("\na run takes at most ") == lines
    assert text.count("  a run takes\n") == columns


def test_one_variant_that_is_run_once_is_a_plan() -> None:
    experiment = Experiment((Variant({}, PLAN),))
    assert render_experiment(experiment, [[Estimate(1, 1.0)]]) == render_plan(PLAN, [Estimate(1, 1.0)])
    assert "1 variant x 2 repetitions = 2 runs; seed 7" in render_experiment(
        replace(experiment, repeat=2), [[Estimate(1, 1.0)]]
    )


def test_a_threshold_that_ends_a_run_says_so() -> None:
    at_once, later = replace(LOST, abort_after=0.0), replace(LOST, expression="lost < 2%", abort_after=5.0)
    text = render_plan(replace(PLAN, thresholds=(LOST, at_once, later)), [Estimate(1000, 14.0)])
    assert f"thresholds\n  {LOST.expression}\n  {LOST.expression} (ends a run that fails it)\n" in text
    assert "  lost < 2% (ends a run that fails it, from 5 s on)\n" in text
