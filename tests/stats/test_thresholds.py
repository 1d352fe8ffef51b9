"""Thresholds: what each metric is compared with, in which unit, and when nobody can tell."""

from __future__ import annotations

import pytest

from sockbench.model.plan import Comparison, Threshold, ThresholdUnit
from sockbench.model.result import Counts, ThresholdResult
from sockbench.stats.thresholds import judge
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


def test_what_the_sample_cannot_support_is_not_judged() -> None:
    result = judge([threshold("rtt", "p99")], [], group(rtt=FEW))
    assert result == (ThresholdResult(expression="as written", actual=None, ok=None),)


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
