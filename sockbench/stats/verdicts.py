"""May the result of several runs be believed? Each run is judged by itself; the worst of the verdicts is that of all.

It decides how a reason names its runs, and that one which several runs share is told once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sockbench.model.experiment import called, run_called
from sockbench.model.result import Verdict, VerdictStatus
from sockbench.stats.evidence import Evidence, Finding
from sockbench.stats.verdict import RULES, verdict_of

MOST_TOLD = 3
"""Variants that a reason names."""

_NUMBER = re.compile(r"(?<![^\s(])\d+(?:,\d{3})*(?:\.\d+)?(?![.,:/-]?\w)")
"""A number of its own: not the 99 of `p99`, nor a part of an address or of a name such as `group-2`."""


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """What is known of one run of several: which repetition of which variant."""

    variant: Mapping[str, str]
    repetition: int
    evidence: Evidence


def judge_runs(runs: Sequence[RunEvidence], repeat: int, about_all: Iterable[Finding] = (), where: str = "") -> Verdict:
    """The worst that a rule found in any of `runs`, each variant of which was to be run `repeat` times.

    `about_all` is what was found about all of them together. Reasons of one status keep the order of the rules. Where
    the same was found in several runs, but for its numbers, it is told once, with the range of these. `where` tells
    `runs` from others that are not judged: `all 3 runs at 100/s`.
    """
    found: list[Finding] = list(about_all)
    for rule in RULES:
        alike: dict[tuple[VerdictStatus, str, int], list[tuple[RunEvidence, str]]] = {}
        for run in runs:
            seen: Counter[str] = Counter()  # a second reason like one of the same run is another one
            for status, reason in rule(run.evidence):
                form = _NUMBER.sub("#", reason)
                alike.setdefault((status, form, seen[form]), []).append((run, reason))
                seen[form] += 1
        found += [(status, _told(same, len(runs), repeat, where)) for (status, _, _), same in alike.items()]
    return verdict_of(found)


def _told(same: Sequence[tuple[RunEvidence, str]], made: int, repeat: int, where: str) -> str:
    """A reason that the runs in `same`, of as many as were `made`, share."""
    if len(same) == 1:
        run, reason = same[0]
        which = run_called(run.variant, run.repetition, repeat)
        return f"{which}: {reason}" if which else reason
    which = (f"all {made:,} runs" if len(same) == made else f"{len(same):,} of {made:,} runs") + where
    variants = list(filter(None, dict.fromkeys(called(run.variant) for run, _ in same)))
    if variants and len(same) < made:
        more = f" and {len(variants) - MOST_TOLD:,} more" if len(variants) > MOST_TOLD else ""
        which += f" ({'; '.join(variants[:MOST_TOLD])}{more})"
    return f"{which}: {_with_ranges([reason for _, reason in same])}"


def _with_ranges(reasons: Sequence[str]) -> str:
    """Reasons that differ in numbers alone as one: `40-60%` where the least says 40% and the most 60%."""
    ranges = iter([_range(numbers) for numbers in zip(*map(_NUMBER.findall, reasons), strict=True)])
    return _NUMBER.sub(lambda _: next(ranges), reasons[0])


def _range(numbers: Sequence[str]) -> str:
    ordered = sorted(numbers, key=lambda number: float(number.replace(",", "")))
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]}-{ordered[-1]}"
