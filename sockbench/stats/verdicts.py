"""May the result of several runs be believed? Each run is judged by itself; the worst of the verdicts is that of all.

It decides how a reason names its runs, and that one which several runs of a variant share is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sockbench.model.experiment import called, run_called
from sockbench.model.result import Verdict, VerdictStatus
from sockbench.stats.evidence import Evidence, Finding
from sockbench.stats.verdict import RULES, verdict_of


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """What is known of one run of several: which repetition of which variant."""

    variant: Mapping[str, str]
    repetition: int
    evidence: Evidence


def judge_runs(runs: Sequence[RunEvidence], repeat: int, about_all: Iterable[Finding] = ()) -> Verdict:
    """The worst that a rule found in any of `runs`, each variant of which was to be run `repeat` times.

    `about_all` is what was found about all of them together. Reasons of one status keep the order of the rules. Where
    the same was found in several runs of a variant, but for its numbers, the first of them stands for all.
    """
    found: list[Finding] = list(about_all)
    for rule in RULES:
        alike: dict[tuple[VerdictStatus, str, str], list[tuple[RunEvidence, str]]] = {}
        for run in runs:
            for status, reason in rule(run.evidence):
                alike.setdefault((status, called(run.variant), _without_numbers(reason)), []).append((run, reason))
        found += [(status, _told(same, repeat)) for (status, _, _), same in alike.items()]
    return verdict_of(found)


def _told(same: Sequence[tuple[RunEvidence, str]], repeat: int) -> str:
    run, reason = same[0]
    which = run_called(run.variant, run.repetition, repeat)
    others = f" and {len(same) - 1} more like it" if len(same) > 1 else ""
    return f"{which}{others}: {reason}" if which else reason


def _without_numbers(reason: str) -> str:
    """Two reasons that differ in their numbers, and the units of those, alone are one."""
    return re.sub(r"\d[\d.,]*(?: ?(?:%|us|ms|s)\b)?", "#", reason)
