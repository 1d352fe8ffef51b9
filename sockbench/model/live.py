"""A run while it goes on, as a person sees it: what is known of each group, and what that says so far.

Nouns alone. Nothing here is in the result, which is reached from all that was told when the run is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sockbench.model.plan import Threshold
from sockbench.model.result import Counts, ThresholdResult, Verdict


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate per second and the percentiles of the round-trip times; None where there is too little to tell."""

    requests_per_s: float | None = None
    p50_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class LiveGroup:
    """One group, or all of them together. `timed_out` requests are past their timeout, and nobody knows yet whether
    they are late or lost; `rates` are requests per second, one a second of the measurement, the newest last.
    """

    counts: Counts
    timed_out: int
    now: Pace
    so_far: Pace
    rates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRun:
    """The run that goes on. `look` makes what is shown of a group when it is shown: of a hundred most are not. Its None
    is all groups together. `before` is the verdict of the `runs_before`, where there were any.
    """

    groups: tuple[str, ...]
    look: Callable[[str | None], LiveGroup]
    verdict: Verdict | None  # None: nothing is judged yet
    thresholds: tuple[tuple[Threshold, ThresholdResult], ...] = ()
    before: Verdict | None = None
    runs_before: int = 0


@dataclass(frozen=True, slots=True)
class LiveHead:
    """What runs and how far it is. `which` is empty where there is but one run; `after_s` are the seconds that the runs
    after this one take at most, None when nobody knows.
    """

    name: str
    which: str
    phase: str
    elapsed_s: float
    total_s: float
    after_s: float | None = 0.0
