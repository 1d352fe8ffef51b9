"""Was each threshold met? It looks a metric up in a result and compares.

A share is of what was sent, for the ends of requests and for replies, and of what was planned for planned, sent and
skipped. A percentile that the sample cannot support fails its threshold, and so do times when nothing was answered in
time; what nobody can know (which way a loss went) leaves it not judged.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Comparison, Threshold
from sockbench.model.result import GroupResult, Jitter, ThresholdResult, Times

TIME_METRICS: Final = ("rtt", "response", "lag", "late_rtt", "kernel_rtt")
TIME_STATISTICS: Final = ("min", "mean", "p50", "p90", "p99", "p999", "max")
JITTER_STATISTICS: Final = ("rfc3550", "ipdv_mean", "ipdv_p99")
COUNT_METRICS: Final = ("planned", "sent", *OUTCOME_NAMES, "duplicate", "reordered", "stray")
WAY_METRICS: Final = ("lost_up", "lost_down")
RATE_METRICS: Final = ("requests_per_s", "replies_per_s")
SAMPLES_NEEDED: Final = {"p50": 20, "p90": 100, "p99": 1_000, "p999": 10_000}
"""For 10 of them to lie beyond the percentile."""
WITHHELD: Final = "withheld"
"""How the reason begins where a percentile was withheld."""
SHARES_OF_PLANNED: Final = frozenset({"planned", "sent", "skipped"})

_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def judge(
    thresholds: Sequence[Threshold], groups: Sequence[GroupResult], everything: GroupResult
) -> tuple[ThresholdResult, ...]:
    """Hold each threshold against its group, or against `everything` (all groups merged) when it names none.

    `actual` is in the threshold's unit: seconds, a share from 0 to 1, a count, or per second.
    KeyError for a group, ValueError for a metric, that does not exist: a plan that was checked has neither.
    """
    by_name = {group.name: group for group in groups}
    return tuple(
        _held(threshold, everything if threshold.group is None else by_name[threshold.group])
        for threshold in thresholds
    )


def _held(threshold: Threshold, group: GroupResult) -> ThresholdResult:
    actual, whole = actual_of(threshold, group), threshold.expression
    if threshold.metric in TIME_METRICS and group.counts.planned and not group.rtt.n:
        return ThresholdResult(whole, actual, False, reason="nothing was answered in time")
    if actual is not None:
        return ThresholdResult(whole, actual, _COMPARE[threshold.op](actual, threshold.value))
    percentile = (threshold.statistic or "").removeprefix("ipdv_")
    if percentile not in SAMPLES_NEEDED:
        return ThresholdResult(whole, None, None, reason="nothing to measure it by")
    times: Times | None = getattr(group, threshold.metric) if threshold.metric in TIME_METRICS else None
    samples = "too few samples" if times is None else "1 sample" if times.n == 1 else f"{times.n:,} samples"
    takes = f"{percentile} takes {SAMPLES_NEEDED[percentile]:,}"
    return ThresholdResult(whole, None, False, reason=f"{WITHHELD}: {samples}, and {takes}")


def hopeless(
    thresholds: Sequence[Threshold], measured_s: float, groups: Sequence[GroupResult], everything: GroupResult
) -> ThresholdResult | None:
    """The first of those that may end a run which fails now, `measured_s` into the measurement; its grace is over.

    A percentile that is withheld may be known soon, and a count grows, so neither ends anything.
    """
    by_name = {group.name: group for group in groups}
    for threshold in thresholds:
        if threshold.abort_after is None or measured_s < threshold.abort_after:
            continue
        group = everything if threshold.group is None else by_name[threshold.group]
        held = _held(threshold, group)
        is_count = threshold.op == "==" and threshold.unit == "count"
        may_come = group.rtt.n > 0 if held.actual is None else is_count and held.actual < threshold.value
        if held.ok is False and group.counts.planned and not may_come:
            return held
    return None


def margin_of(threshold: Threshold, actual: float | None) -> float | None:
    """How far `actual` lies on the good side of the limit, in the threshold's unit; negative on the other side."""
    if actual is None:
        return None
    if threshold.op == "==":
        return -abs(actual - threshold.value)
    return threshold.value - actual if threshold.op in ("<", "<=") else actual - threshold.value


def actual_of(threshold: Threshold, group: GroupResult) -> float | None:
    """The number that `threshold` is about, in its unit; None when it is not known."""
    metric, statistic = threshold.metric, threshold.statistic
    if metric in TIME_METRICS and statistic in TIME_STATISTICS:
        times: Times | None = getattr(group, metric)
        return None if times is None else _field(times, f"{statistic}_s")
    if metric == "jitter" and (statistic or "rfc3550") in JITTER_STATISTICS:
        return _field(group.jitter, f"{statistic or 'rfc3550'}_s")
    if metric in RATE_METRICS and statistic is None:
        return _field(group, metric)
    if metric in (*COUNT_METRICS, *WAY_METRICS) and statistic is None:
        count = getattr(group, metric) if metric in WAY_METRICS else count_of(group, metric)
        if count is None:
            return None
        if threshold.unit != "share":
            return float(count)
        whole = group.counts.planned if metric in SHARES_OF_PLANNED else group.counts.sent
        return count / whole if whole else 0.0
    raise ValueError(f"there is no metric {metric}{f'.{statistic}' if statistic else ''}")


def count_of(group: GroupResult, metric: str) -> int:
    """One of COUNT_METRICS of a group."""
    value: int = getattr(group if metric in ("duplicate", "reordered", "stray") else group.counts, metric)
    return value


def _field(values: GroupResult | Times | Jitter, name: str) -> float | None:
    value: float | None = getattr(values, name)
    return value
