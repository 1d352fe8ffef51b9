"""Thresholds: what each metric is compared with, in which unit, and when nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.plan import Comparison, Threshold, ThresholdUnit
from sockbench.model.result import Counts, GroupResult, Jitter, ThresholdResult, Times
from sockbench.stats.thresholds import hopeless, judge, margin_of
from tests.stats.samples import FEW, GROUP, MANY, NO_TIMES, group


def threshold(
    metric: str,
    statistic: str | None = None,
    unit: ThresholdUnit = "seconds",
    value: float = 1.0,
    op: Comparison = "<",
    name: str | None = None,
) -> Threshold:
    return Threshold(
        expression="as written", group=name, metric=metric, statistic=statistic, op=op, value=value, unit=unit
    )


def actual(wanted: Threshold) -> float | None:
    return judge([wanted], [GROUP], GROUP)[0].actual


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (threshold("rtt", "p99"), 0.004),
        (threshold("rtt", "p999"), 0.008),
        (threshold("rtt", "min"), 0.0004),
        (threshold("response", "mean"), 0.001),
        (threshold("lag", "max"), 1e-4),
        (threshold("late_rtt", "max"), None),
        (threshold("jitter"), 0.0003),
        (threshold("jitter", "ipdv_mean"), 0.0002),
        (threshold("requests_per_s", unit="per_second"), 99.0),
        (threshold("replies_per_s", unit="per_second"), 95.0),
        (threshold("planned", unit="count"), 1100),
        (threshold("sent", unit="share"), 1000 / 1100),
        (threshold("skipped", unit="share"), 100 / 1100),
        (threshold("planned", unit="share"), 1.0),
        (threshold("ok", unit="share"), 0.95),
        (threshold("late", unit="share"), 0.01),
        (threshold("lost", unit="share"), 0.03),
        (threshold("lost", unit="count"), 30),
        (threshold("refused", unit="share"), 0.003),
        (threshold("failed", unit="share"), 0.002),
        (threshold("corrupt", unit="share"), 0.001),
        (threshold("lost_up", unit="count"), 20),
        (threshold("lost_down", unit="share"), 0.01),
        (threshold("kernel_rtt", "p50"), None),
        (threshold("unfinished", unit="share"), 0.004),
        (threshold("duplicate", unit="share"), 0.005),
        (threshold("reordered", unit="count"), 6),
        (threshold("stray", unit="count"), 7),
    ],
)
def test_what_a_metric_is(wanted: Threshold, expected: float | None) -> None:
    assert actual(wanted) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("op", "value", "met"),
    [
        ("<", 0.03, False),
        ("<", 0.031, True),
        ("<=", 0.03, True),
        (">", 0.03, False),
        (">", 0.029, True),
        (">=", 0.03, True),
        ("==", 0.03, True),
        ("==", 0.0, False),
    ],
)
def test_how_it_is_compared(op: Comparison, value: float, met: bool) -> None:
    result = judge([threshold("lost", unit="share", value=value, op=op)], [GROUP], GROUP)
    assert result == (ThresholdResult(expression="as written", actual=0.03, ok=met),)


def test_a_group_or_everything() -> None:
    quick, slow = group(name="quick", rtt=MANY), group(name="slow", rtt=FEW)
    everything = group(name="all", rtt=NO_TIMES)
    wanted = [threshold("rtt", "p50", name="slow"), threshold("rtt", "p50", name="quick"), threshold("rtt", "p50")]
    assert [result.actual for result in judge(wanted, [quick, slow], everything)] == [0.002, 0.0009, None]


@pytest.mark.parametrize(
    ("wanted", "samples", "reason"),
    [
        (threshold("rtt", "p99"), {"rtt": FEW}, "withheld: 50 samples, and p99 takes 1,000"),
        (threshold("response", "p90"), {"response": FEW}, "withheld: 50 samples, and p90 takes 100"),
        (threshold("jitter", "ipdv_p99"), {}, "withheld: too few samples, and p99 takes 1,000"),
        (threshold("rtt", "max"), {"rtt": NO_TIMES}, "nothing was answered in time"),
    ],
)
def test_what_the_sample_cannot_support_fails_with_that_reason(
    wanted: Threshold, samples: dict[str, Times], reason: str
) -> None:
    result = judge([wanted], [], group(**samples))
    assert result == (ThresholdResult(expression="as written", actual=None, ok=False, reason=reason),)


@pytest.mark.parametrize(
    "wanted", [threshold("lost_up", unit="count"), threshold("lost_down", unit="share"), threshold("jitter", "rfc3550")]
)
def test_what_nobody_can_know_is_not_judged(wanted: Threshold) -> None:
    result = judge([wanted], [], group(lost_up=None, lost_down=None, jitter=Jitter(None, None, None)))
    expected = ThresholdResult(expression="as written", actual=None, ok=None, reason="nothing to measure it by")
    assert result == (expected,)


@pytest.mark.parametrize(
    ("op", "actual", "unit", "expected"),
    [
        ("<", 0.012, "seconds", 0.988),
        ("<=", 1.5, "seconds", -0.5),
        (">", 1.5, "per_second", 0.5),
        (">=", 0.4, "share", -0.6),
        ("==", 1.0, "count", 0.0),
        ("==", 3.0, "count", -2.0),
        ("<", None, "seconds", None),
    ],
)
def test_the_margin_is_what_is_left_to_the_limit(
    op: Comparison, actual: float | None, unit: ThresholdUnit, expected: float | None
) -> None:
    assert margin_of(threshold("rtt", "p50", unit, 1.0, op), actual) == pytest.approx(expected)


def may_end(after: float, **changes: Any) -> Threshold:
    return replace(threshold("lost", unit="share", value=0.01), abort_after=after, **changes)


@pytest.mark.parametrize(
    ("wanted", "measured_s", "known", "ends"),
    [
        (may_end(0.0), 1.0, group(), True),
        (may_end(5.0), 4.9, group(), False),  # the grace is not over
        (may_end(5.0), 5.0, group(), True),
        (may_end(0.0, value=0.04), 1.0, group(), False),  # it is kept
        (threshold("lost", unit="share", value=0.01), 9.0, group(), False),  # it has no abort
        (may_end(0.0), 1.0, group(counts=Counts()), False),  # nothing is known yet
        (may_end(0.0, metric="ok", op=">="), 1.0, group(counts=Counts()), False),
        (may_end(0.0, metric="rtt", statistic="p99", unit="seconds", value=1e-6), 1.0, group(), True),
        (
            may_end(0.0, metric="rtt", statistic="p99", unit="seconds", value=1.0),
            1.0,
            group(rtt=FEW),
            False,
        ),  # may be known soon
        (may_end(0.0, metric="rtt", statistic="p99", unit="seconds", value=1.0), 1.0, group(rtt=NO_TIMES), True),
        (may_end(0.0, unit="count", op="==", value=0.0), 1.0, group(), True),
        (may_end(0.0, unit="count", op="==", value=31.0), 1.0, group(), False),  # one more may be lost
    ],
)
def test_what_ends_a_run(wanted: Threshold, measured_s: float, known: GroupResult, ends: bool) -> None:
    assert (hopeless([wanted], measured_s, [], known) is not None) == ends
    own = replace(wanted, group="students")
    assert (hopeless([own], measured_s, [known], group(name="all")) is not None) == ends


@pytest.mark.parametrize("metric", ["lost", "skipped"])
def test_a_share_of_nothing_is_nothing(metric: str) -> None:
    assert judge([threshold(metric, unit="share")], [], group(counts=Counts()))[0].actual == 0


@pytest.mark.parametrize(("metric", "statistic"), [("rtt", None), ("rtt", "p98"), ("speed", None), ("lost", "max")])
def test_a_metric_that_does_not_exist_is_refused(metric: str, statistic: str | None) -> None:
    with pytest.raises(ValueError, match="no metric"):
        actual(threshold(metric, statistic))


def test_a_group_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        actual(threshold("rtt", "p99", name="nobody"))
