"""Numbers out of settled requests: histograms, tallies, summaries, thresholds and the verdict.

Pure functions of values, the standard library alone: no clock, no socket, no file.
"""

from __future__ import annotations

from sockbench.stats.evidence import Evidence, Offer
from sockbench.stats.histogram import Histogram
from sockbench.stats.hlog import LogLine
from sockbench.stats.jitter import JitterMeter
from sockbench.stats.summary import interval, summarize, times
from sockbench.stats.tally import Tally, merged
from sockbench.stats.thresholds import judge
from sockbench.stats.verdict import judge_run

__all__ = [
    "Evidence",
    "Histogram",
    "JitterMeter",
    "LogLine",
    "Offer",
    "Tally",
    "interval",
    "judge",
    "judge_run",
    "merged",
    "summarize",
    "times",
]
