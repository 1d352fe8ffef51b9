"""The figures that runs can be compared by, and the value that a run has for each.

It decides the unit of a figure and which way is better. The names are those of thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator

from sockbench.model.comparison import Figure
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Threshold
from sockbench.model.result import GroupResult
from sockbench.stats.thresholds import JITTER_STATISTICS, RATE_METRICS, TIME_STATISTICS, actual_of

_TIMES = ("rtt", "response", "lag")
_SHARES = (*(name for name in OUTCOME_NAMES), "duplicate", "reordered", "stray")


def _all() -> Iterator[Figure]:
    for metric in _TIMES:
        for statistic in TIME_STATISTICS:
            yield Figure(f"{metric}.{statistic}", "seconds", "lower")
    for statistic in JITTER_STATISTICS:
        yield Figure(f"jitter.{statistic}", "seconds", "lower")
    for metric in RATE_METRICS:
        yield Figure(metric, "per_second", "higher")
    for metric in _SHARES:
        yield Figure(metric, "share", "higher" if metric == "ok" else "lower")


FIGURES = {figure.name: figure for figure in _all()}
SHORT = {name: f"rtt.{name}" for name in TIME_STATISTICS} | {"throughput": "requests_per_s"}
"""Short names, and what they stand for."""

COMPARED = tuple(FIGURES[name] for name in ("rtt.p50", "rtt.p90", "rtt.p99", "requests_per_s", "lost"))
"""What is compared when nobody asks for more. Each further figure takes stronger evidence from all (Holm)."""


def value_of(figure: Figure, group: GroupResult) -> float | None:
    """The number of one run; None when its sample cannot support it. A share is of what was sent, or was planned."""
    metric, _, statistic = figure.name.partition(".")
    return actual_of(Threshold(figure.name, None, metric, statistic or None, "<", 0.0, figure.unit), group)
