"""Was each threshold met? It looks a metric up in a result and compares.

A share is of what was sent, for the ends of requests and for replies, and of what was planned for planned, sent and
skipped. A number that the sample cannot support leaves its threshold not judged, which is neither met nor failed; but
when nothing at all was answered in time, a threshold about times has failed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Comparison, Threshold
from sockbench.model.result import GroupResult, Jitter, ThresholdResult, Times

TIME_METRICS: Final = ("rtt", "response", "lag", "late_rtt")
TIME_STATISTICS: Final = ("min", "mean", "p50", "p90", "p99", "p999", "max")
JITTER_STATISTICS: Final = ("rfc3550", "ipdv_mean", "ipdv_p99")
COUNT_METRICS: Final = ("planned", "sent", *OUTCOME_NAMES, "duplicate", "reordered", "stray")
RATE_METRICS: Final = ("requests_per_s", "replies_per_s")
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
    results = []
    for threshold in thresholds:
        group = everything if threshold.group is None else by_name[threshold.group]
        actual = actual_of(threshold, group)
        met = None if actual is None else _COMPARE[threshold.op](actual, threshold.value)
        if threshold.metric in TIME_METRICS and group.counts.planned and not group.rtt.n:
            met = False  # nothing was answered in time: no limit on times was kept
        results.append(ThresholdResult(expression=threshold.expression, actual=actual, ok=met))
    return tuple(results)


def actual_of(threshold: Threshold, group: GroupResult) -> float | None:
    """The number that `threshold` is about, in its unit; None when it is not known."""
    metric, statistic = threshold.metric, threshold.statistic
    if metric in TIME_METRICS and statistic in TIME_STATISTICS:
        return _field(getattr(group, metric), f"{statistic}_s")
    if metric == "jitter" and (statistic or "rfc3550") in JITTER_STATISTICS:
        return _field(group.jitter, f"{statistic or 'rfc3550'}_s")
    if metric in RATE_METRICS and statistic is None:
        return _field(group, metric)
    if metric in COUNT_METRICS and statistic is None:
        count = count_of(group, metric)
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
