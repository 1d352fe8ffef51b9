"""One second of one group as a line, for a person or a script that follows a run (`run --intervals`).

A request whose timeout passes is told then, since whether it is late or lost is known at the end of the run only. Other
outcomes are named when there are any. Widths are fixed before the run, so that lines that are told one at a time are
aligned: they grow only for numbers that are larger than was to be expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.result import Interval
from sockbench.report import cells, units
from sockbench.report.table import NAME_COLUMNS

_ALWAYS = ("ok", "late")
_RATE, _COUNT, _DURATION = len("100,000"), len("100,000"), len("9.9 ms")


@dataclass(frozen=True, slots=True)
class IntervalLines:
    """The columns of a run of `groups`, whose last interval ends at about `end_s`."""

    groups: Sequence[str]
    end_s: float

    def line(self, interval: Interval) -> str:
        """`12 s  students  1,000/s  1,000 ok  0 late  0 timed out  p50 412 us  p99 1.2 ms`."""
        counts = interval.counts
        others = [name for name in OUTCOME_NAMES if name not in _ALWAYS and getattr(counts, name)]
        cells_of = [
            _when(interval.end_s).rjust(len(_when(float(int(self.end_s)))) + len(".0")),
            self._name(interval.group),
            f"{units.rate(interval.requests_per_s).rjust(_RATE)}/s",
            *(f"{units.count(getattr(counts, name)).rjust(_COUNT)} {name}" for name in _ALWAYS),
            f"{units.count(interval.timed_out).rjust(_COUNT)} timed out",
            f"p50 {units.duration(interval.rtt.p50_s).rjust(_DURATION)}",
            f"p99 {units.duration(interval.rtt.p99_s).rjust(_DURATION)}",
            *(f"{units.count(getattr(counts, name))} {name}" for name in others),
        ]
        return "  ".join(cells_of)

    def _name(self, group: str) -> str:
        shown = _shown(group)
        return shown + " " * (max(cells.width(_shown(name)) for name in self.groups) - cells.width(shown))


def _shown(group: str) -> str:
    return cells.cut(cells.plain(group), NAME_COLUMNS)


def _when(end_s: float) -> str:
    return f"{end_s:,.0f} s" if end_s == int(end_s) else f"{end_s:,.1f} s"
