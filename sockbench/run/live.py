"""What is told of a run to whoever looks on: the last seconds, the thresholds as they stand, the verdict's reasons.

It reads what the conductor collects, and changes nothing of it. What is reckoned is kept for a second, or for longer
where that takes its time: the processors are there for the load.
"""

from __future__ import annotations

import time

from sockbench.model.live import LiveGroup, LiveRun
from sockbench.model.plan import Threshold
from sockbench.model.result import Counts, ThresholdResult, Verdict
from sockbench.run.collect import Collection
from sockbench.run.evidence import SoFar, evidence_so_far
from sockbench.run.messages import Beat
from sockbench.stats.histogram import Histogram
from sockbench.stats.live import Recent
from sockbench.stats.thresholds import judge
from sockbench.stats.verdict import judge_so_far

JUDGED_EVERY = 1.0
SHARE = 0.05
"""The most of a processor that judging may take, and drawing besides."""


class Onlooker:
    """One run, as it is told to those who look on."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._names = tuple(group.name for group in collection.plan.groups)
        self._recent = Recent(self._names)
        self._held: tuple[tuple[Threshold, ThresholdResult], ...] = ()
        self._verdict: Verdict | None = None
        self._judge_from = 0.0
        self._has_heard = False

    def hear(self, beat: Beat) -> None:
        """A worker told of half a second."""
        if not self._has_heard:
            self._has_heard, self._judge_from = True, 0.0
        self._recent.add(2 * beat.number + (not beat.is_half), beat.tallies, self._collection.workers)

    def wants_judging(self, now: float) -> bool:
        """Is it time, by a clock in seconds, to judge anew?"""
        return now >= self._judge_from

    def judge(self, now: float, known: SoFar) -> None:
        """Hold the thresholds against what is known, and ask the rules of the verdict."""
        began = time.process_time()
        collection = self._collection
        groups, everything = collection.so_far()
        thresholds = collection.plan.thresholds
        if self._has_heard:
            self._held = tuple(zip(thresholds, judge(thresholds, groups, everything), strict=True))
        self._verdict = judge_so_far(evidence_so_far(collection, groups, known))
        self._judge_from = now + max(JUDGED_EVERY, (time.process_time() - began) / SHARE)

    def run(self, before: Verdict | None = None, runs_before: int = 0) -> LiveRun:
        """The run as it is now; `before` is the verdict of those that were made already."""
        return LiveRun(self._names, self._look, self._verdict, self._held, before, runs_before)

    def _look(self, name: str | None) -> LiveGroup:
        names = self._names if name is None else (name,)
        tallies = [self._collection.tallies[one] for one in names if one in self._collection.tallies]
        rtt = Histogram() if len(tallies) != 1 else tallies[0].rtt  # of all its histograms a screen needs but this
        if len(tallies) > 1:
            for tally in tallies:
                rtt.merge(tally.rtt)
        return LiveGroup(
            counts=Counts(*map(sum, zip(*(tally.outcomes for tally in tallies), strict=True))),
            timed_out=self._collection.overdue(names),
            now=self._recent.now(name),
            so_far=self._recent.so_far(name, rtt),
            rates=self._recent.rates(name),
        )
