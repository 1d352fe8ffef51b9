"""`[group.]metric[.statistic] op value` -> Threshold. Pure: a Threshold, or ValueError with a sentence.

Decides the grammar and which value goes with which metric; holds nothing against a result.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import cast

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Comparison, Threshold, ThresholdUnit
from sockbench.scenario import units
from sockbench.scenario.words import either, hint, quoted

COUNTS = ("planned", "sent", *OUTCOME_NAMES, "duplicate", "reordered", "stray")
WAYS = ("lost_up", "lost_down")
RATES = ("requests_per_s", "replies_per_s")
_TIMES = ("min", "mean", "p50", "p90", "p99", "p999", "max")
STATISTICS: dict[str, tuple[str, ...]] = {
    "rtt": _TIMES,
    "response": _TIMES,
    "lag": _TIMES,
    "kernel_rtt": _TIMES,
    "jitter": ("rfc3550", "ipdv_mean", "ipdv_p99"),
}
METRICS = (*COUNTS, *WAYS, *RATES, *STATISTICS)
_ALL_STATISTICS = (*_TIMES, *STATISTICS["jitter"])

EXAMPLE = "rtt.p99 < 20ms or lost < 1%"
LONGEST = 500

_WHOLE = re.compile(r"(.*)(<=|>=|==|<|>)([^<>=]*)", re.DOTALL)


def parse_threshold(text: str, groups: Collection[str] | None) -> Threshold:
    """The threshold in `text`; a group in it must be one of `groups`, unless those are not known."""
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is too long for a threshold: write it like {EXAMPLE}")
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} compares nothing: write <, <=, >, >= or ==, like {EXAMPLE}")
    left, op, value = match[1].strip(), cast("Comparison", match[2]), match[3].strip()
    if not left:
        raise ValueError(f"{quoted(text)} has no metric before {op}: write it like {EXAMPLE}")
    if not value:
        raise ValueError(f"{quoted(text)} has no value after {op}: write it like {EXAMPLE}")
    group, metric, statistic = _name(text, left, groups or ())
    if group is not None and groups is not None and group not in groups:
        advice = hint(group, groups, f"write {either(groups)}" if groups else "leave it out")
        raise ValueError(f"{quoted(text)}: no group is called {quoted(group)}{advice}")
    number, unit = _value(text, metric, value)
    return Threshold(text.strip(), group, metric, statistic, op, number, unit)


def check_abort(threshold: Threshold) -> None:
    """ValueError where nobody can tell before its end that a run has no hope to keep it."""
    if threshold.unit == "count" and threshold.op in (">", ">="):
        raise ValueError(
            f"{quoted(threshold.expression)} may come true until the run ends, since a count grows: leave abort "
            "out, or hold a share or a rate against it"
        )


def check_stamped(threshold: Threshold, stamped: Collection[str]) -> None:
    """ValueError where no group that a threshold about kernel RTTs is about is one of the `stamped`."""
    if not stamped or threshold.group not in (None, *stamped):
        whose = f"the group {quoted(threshold.group)} has" if threshold.group is not None else "the groups have"
        raise ValueError(
            f"{quoted(threshold.expression)}: {whose} no kernel RTTs: write timestamps: kernel there, or hold rtt"
        )


def _name(text: str, left: str, groups: Collection[str]) -> tuple[str | None, str, str | None]:
    parts = [part.strip() for part in left.split(".")]
    if len(parts) > 3 or "" in parts:
        raise ValueError(f"{quoted(text)}: {quoted(left)} is not [group.]metric[.statistic], like {EXAMPLE}")
    group: str | None = None
    if len(parts) == 3 or (len(parts) == 2 and _leads_with_group(parts, groups)):
        group, *parts = parts
    metric = parts[0]
    if metric not in METRICS:
        advice = hint(metric, METRICS, f"write {either(METRICS)}")
        raise ValueError(f"{quoted(text)}: {quoted(metric)} is not a metric{advice}")
    statistic = parts[1] if len(parts) == 2 else None
    allowed = STATISTICS.get(metric)
    if allowed is None and statistic is not None:
        raise ValueError(f"{quoted(text)}: {metric} has no statistic: leave {quoted('.' + statistic)} out")
    if allowed is not None and statistic is None:
        raise ValueError(
            f"{quoted(text)}: {metric} needs a statistic: write {metric}.{allowed[-1]} or another of {either(allowed)}"
        )
    if allowed is not None and statistic is not None and statistic not in allowed:
        advice = hint(statistic, allowed, f"write {either(allowed)}")
        raise ValueError(f"{quoted(text)}: {quoted(statistic)} is not a statistic of {metric}{advice}")
    return group, metric, statistic


def _leads_with_group(parts: list[str], groups: Collection[str]) -> bool:
    """Of two names: is it group.metric rather than metric.statistic?"""
    first, second = parts
    if second in METRICS:
        return True
    if second in _ALL_STATISTICS or first in METRICS:
        return False
    return first in groups


def _value(text: str, metric: str, value: str) -> tuple[float, ThresholdUnit]:
    try:
        if metric in STATISTICS:
            return units.duration(value), "seconds"
        if metric in RATES:
            return units.rate(value), "per_second"
        if value.endswith("%"):
            return units.share(value), "share"
    except ValueError as error:
        raise ValueError(f"{quoted(text)}: {error}") from None
    if re.fullmatch("[0-9]{1,15}", value):
        return float(value), "count"
    raise ValueError(f"{quoted(text)}: {quoted(value)} is neither a whole number nor a share: write it like 10 or 1%")
