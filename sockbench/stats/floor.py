"""From what a calibration timed to its numbers. Pure: nanoseconds in, seconds out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from sockbench.model.result import Times
from sockbench.stats.histogram import Histogram
from sockbench.stats.summary import NS, times


def times_of(values: Sequence[int]) -> Times:
    """The distribution of durations in ns, as it is told of requests, in seconds."""
    histogram = Histogram()
    histogram.record_all(list(values))
    return times(histogram)


def quietest(rounds: Sequence[Sequence[int]]) -> Sequence[int]:
    """The round with the lowest median: what else the machine does can only add to a floor. Empty rounds count last."""
    return min(rounds, key=lambda values: statistics.median(values) if values else math.inf)


def cost_s(rounds: Sequence[int], each: int) -> float:
    """Seconds of one of the `each` steps of a round, of the median round; `rounds` in ns."""
    return statistics.median(rounds) / each / NS
