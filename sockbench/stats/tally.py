"""A tally: what became of a group's requests, as eight counters and five histograms.

It folds the columns that a ledger wrote and merges with the tallies of other workers and intervals, exactly, in any
order. It decides which times count where: a timeout never enters the round-trip times, a late reply has its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import compress
from operator import sub

from sockbench.model.columns import COUNTERS, NEVER, Columns
from sockbench.model.outcome import Outcome
from sockbench.model.result import Counts
from sockbench.stats.histogram import Histogram

_OK, _LATE, _SKIPPED = int(Outcome.OK), int(Outcome.LATE), int(Outcome.SKIPPED)
# For `bytes.translate`: an outcome column becomes a column of 1 (take the row) and 0 (leave it).
_IS_OK = bytes(int(code == _OK) for code in range(256))
_IS_LATE = bytes(int(code == _LATE) for code in range(256))


class Tally:
    """Counters and histograms (ns) of one group; `outcomes` is indexed by `Outcome`."""

    __slots__ = ("ipdv", "kernel_rtt", "lag", "late", "outcomes", "response", "rtt", *COUNTERS)
    __hash__ = None  # type: ignore[assignment]  # it changes, so it is no key

    def __init__(self) -> None:
        self.outcomes = [0] * len(Outcome)
        self.duplicate = 0
        self.reordered = 0
        self.stray = 0
        self.bytes_sent = 0
        self.bytes_received = 0
        self.went_out = 0
        self.timed_out = 0
        self.rtt = Histogram()  # done - sent of the ok
        self.response = Histogram()  # done - due of the ok
        self.lag = Histogram()  # sent - due of all that was sent
        self.late = Histogram()  # done - sent of the late
        self.kernel_rtt = Histogram()  # of the ok, by the kernel's stamps, where they are taken
        self.ipdv = Histogram()  # |ipdv| of each client, from its JitterMeter
        self.lost_up = 0  # of the lost, those that are known never to have come to the server
        self.lost_down = 0  # and those that did

    def fold(self, columns: Columns) -> None:
        """Count every row of `columns`, which stays as it is. Hot: no Python statement runs once a row."""
        rows = len(columns)
        if not rows:
            return
        due, sent, done, outcomes = columns.columns()
        if outcomes.count(Outcome.OK) == rows:
            self.outcomes[_OK] += rows
            self.rtt.record_all(list(map(sub, done, sent)))
            self.response.record_all(list(map(sub, done, due)))
            self.lag.record_all(list(map(sub, sent, due)))
            return
        outcome = array("b", outcomes).tobytes()
        _count_outcomes(outcome, self.outcomes)
        is_ok = outcome.translate(_IS_OK)
        self.rtt.record_all(list(compress(map(sub, done, sent), is_ok)))
        self.response.record_all(list(compress(map(sub, done, due), is_ok)))
        went_out = list(map(NEVER.__ne__, sent))
        self.lag.record_all(list(compress(map(sub, sent, due), went_out)))
        self.late.record_all(list(compress(map(sub, done, sent), outcome.translate(_IS_LATE))))

    def merge(self, other: Tally) -> None:
        """Add all that `other` counted."""
        self.outcomes = [mine + theirs for mine, theirs in zip(self.outcomes, other.outcomes, strict=True)]
        for name in COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rtt.merge(other.rtt)
        self.response.merge(other.response)
        self.lag.merge(other.lag)
        self.late.merge(other.late)
        self.kernel_rtt.merge(other.kernel_rtt)
        self.ipdv.merge(other.ipdv)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def counts(self) -> Counts:
        """The eight outcomes as a frozen value."""
        return Counts(*self.outcomes)

    @property
    def planned(self) -> int:
        """How many requests were due: the sum of the eight outcomes."""
        return sum(self.outcomes)

    @property
    def is_empty(self) -> bool:
        """Was nothing at all counted?"""
        return not (any(self.outcomes) or any(getattr(self, name) for name in COUNTERS))


def merged(tallies: Iterable[Tally]) -> Tally:
    """A new tally of all that `tallies` counted; they stay as they are."""
    whole = Tally()
    for tally in tallies:
        whole.merge(tally)
    return whole


def _count_outcomes(column: bytes, outcomes: list[int]) -> None:
    found = [column.count(code) for code in range(len(outcomes))]
    if sum(found) != len(column):
        raise ValueError("a row has an outcome that does not exist")
    for code, count in enumerate(found):
        outcomes[code] += count
