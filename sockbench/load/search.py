"""Which load to offer next, in a search for the highest that is kept: pure, told what became of each before.

The model is the throughput test of RFC 2544 (26.1): the highest rate at which nothing is lost, found by trial after
trial. Here it is found by doubling, then by halving what is left, and a machine's noise is reckoned with.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass

from sockbench.model.find import Answer, Bounds, LimitedBy, Purpose

CONFIRMED = 3
"""Runs that keep the conditions at the answer, the one that found it included."""
REFUTED = 2
"""Runs that do not, at which a value has failed."""
DIGITS = 4
"""Of a value: so that it can be read, and typed again."""


@dataclass(frozen=True, slots=True)
class Try:
    """A run to make. `again`: the one before it, at the same value, did not keep the conditions."""

    value: float
    purpose: Purpose
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found so far: see `model.find.Find`."""

    value: float | None
    confirmed: bool
    limit: float | None
    limited_by: LimitedBy


class Search:
    """`next` is the run to make, None when all is known; `tell` says what it answered.

    Whatever other processes do makes a system look worse, never better. So a value that is kept once counts as kept
    until it is confirmed, and one that is not kept is tried again before it counts as failed: else one bad moment low
    down would hide everything above it. The answer is confirmed by CONFIRMED runs, and REFUTED that fail refute it;
    then lower values are tried, each further away than the one before.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._kept: dict[float, int] = defaultdict(int)  # runs at a value
        self._bad: dict[float, list[Answer]] = defaultdict(list)
        self._low: float | None = None  # the highest that is kept
        self._high: float | None = None  # the lowest that is not
        self._by: LimitedBy = "bound"
        self._confirmed = False
        self._walk = self._all()
        self.next: Try | None = next(self._walk)

    def tell(self, answer: Answer) -> None:
        """What became of the run that was `next`."""
        try:
            self.next = self._walk.send(answer)
        except StopIteration:
            self.next = None

    @property
    def outcome(self) -> Outcome:
        """What is known now; when `next` is None, what was found."""
        return Outcome(self._low, self._confirmed, self._high, self._by)

    def _all(self) -> Generator[Try, Answer]:
        bounds = self._bounds
        if (yield from self._holds(bounds.start, "start")):
            while self._high is None and self._low is not None and self._low < bounds.highest:
                yield from self._holds(min(self._neat(self._low * 2), bounds.highest), "doubling")
        else:
            while self._low is None and self._high is not None and self._high > bounds.lowest:
                if self._by == "unknown":
                    return  # a lower load has fewer samples still
                yield from self._holds(max(self._neat(self._high / 2), bounds.lowest), "halving")
        while (middle := self._middle()) is not None:
            yield from self._holds(middle, "bisection")
        yield from self._confirm()

    def _holds(self, value: float, purpose: Purpose) -> Generator[Try, Answer, bool]:
        """Is it kept, once or at the second try? Moves the bounds."""
        if (yield from self._run(Try(value, purpose))) or (yield from self._run(Try(value, purpose, again=True))):
            self._low = value
            return True
        self._fails(value)
        return False

    def _run(self, one: Try) -> Generator[Try, Answer, bool]:
        answer = yield one
        if answer == "kept":
            self._kept[one.value] += 1
        else:
            self._bad[one.value].append(answer)
        return answer == "kept"

    def _fails(self, value: float) -> None:
        """The system's limit only where every run says so. Where something is kept, too few answers are its fault."""
        answers = set(self._bad[value])
        self._high = value
        self._by = "tool" if "tool" in answers else "system"
        if "unknown" in answers and self._low is None:
            self._by = "unknown"

    def _middle(self) -> float | None:
        """Half way between what is kept and what is not; None when they are close enough."""
        low, high = self._low, self._high
        if low is None or high is None or high - low <= max(self._bounds.resolution * low, float(self._bounds.whole)):
            return None
        middle = self._neat((low + high) / 2)
        return middle if low < middle < high else None

    def _confirm(self) -> Generator[Try, Answer]:
        back = 1.0 + self._bounds.resolution
        while (value := self._low) is not None:
            while self._kept[value] < CONFIRMED and len(self._bad[value]) < REFUTED:
                yield from self._run(Try(value, "confirmation"))
            if self._kept[value] >= CONFIRMED:
                self._confirmed = True
                return
            self._low = None
            self._fails(value)
            if value > self._bounds.lowest:
                lower = self._neat(value / back)
                lower = lower if lower < value else value - 1 if self._bounds.whole else value * (1 - 10**-DIGITS)
                self._low = max(lower, self._bounds.lowest)
            back **= 2

    def _neat(self, value: float) -> float:
        if self._bounds.whole:
            return float(round(value))
        return round(value, DIGITS - 1 - math.floor(math.log10(value)))


def most_runs(bounds: Bounds) -> int:
    """More runs than this no search makes, whatever the answers are."""
    doubled = max(math.log2(bounds.highest / bounds.start), math.log2(bounds.start / bounds.lowest), 0.0)
    halved = max(math.log2(2 / bounds.resolution), 0.0)
    backs = math.log2(1 + math.log(bounds.highest / bounds.lowest) / math.log1p(bounds.resolution))
    return 2 * (math.ceil(doubled) + 2 + math.ceil(halved)) + (CONFIRMED + REFUTED - 1) * (math.ceil(backs) + 2)
