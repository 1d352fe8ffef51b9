"""What a person should know before they believe a comparison: doubtful verdicts, other machines, other scenarios.

It decides what is worth a line and its words. Whether a comparison is refused is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.plan import Plan
from sockbench.model.result import Result
from sockbench.report import cells, units
from sockbench.report.comparison_table import short
from sockbench.stats.comparison import unpaired
from sockbench.stats.differences import Difference, environment_differences, plan_differences
from sockbench.stats.sides import Match, cut_short, variants_of

MOST_TOLD = 6
"""Differences of two scenarios, or of two machines."""

_LONGEST = 60


def doubts(labels: Sequence[str], results: Sequence[Result], matches: Sequence[Match]) -> tuple[str, ...]:
    """A sentence each; none when nothing speaks against the comparison. `results` are called by `labels`."""
    names = [short(label) for label in labels]
    found = _twice(names, results)
    for name, result in zip(names, results, strict=True):
        found += [f"{name} is {result.verdict.status}: {reason}" for reason in _reasons(result)]
        if cut := cut_short(result):
            left_out = "ended too early, and is left out" if cut == 1 else "ended too early, and are left out"
            found.append(f"{units.counted(cut, 'run')} of {name} {left_out}")
    for label, name, result in zip(labels[1:], names[1:], results[1:], strict=True):
        here, there = (_plans(of, known, matches) for of, known in ((labels[0], results[0]), (label, result)))
        plans = dict.fromkeys(one for pair in zip(here, there, strict=True) for one in plan_differences(*pair))
        found += _differ("scenarios", names[0], name, list(plans))
        machine = environment_differences(results[0].environment, result.environment)
        found += _differ("machines, or the versions,", names[0], name, machine)
    found += _left_out(names, results, matches)
    return tuple(found)


def _twice(names: Sequence[str], results: Sequence[Result]) -> list[str]:
    """A result held against itself, or a copy of it, is nearly always another one than was meant."""
    first = [results.index(result) for result in results]
    return [
        f"{names[at]} and {names[place]} are the same result: no difference can be found"
        for place, at in enumerate(first)
        if at < place
    ]


def _plans(label: str, result: Result, matches: Sequence[Match]) -> list[Plan]:
    """What a result did in each match: the plan of the variant that takes part in it."""
    sides = [next(runs for side, runs in match.sides if side.label == label) for match in matches]
    return [result.plan_of(runs[0].variant) for runs in sides]


def _reasons(result: Result) -> tuple[str, ...]:
    if result.verdict.status == "valid":
        return ()
    return result.verdict.reasons or ("no reason was saved",)


def _differ(what: str, base: str, other: str, differences: Sequence[Difference]) -> list[str]:
    if not differences:
        return []
    told = [
        f"{one.path} is {_cut(one.base)} in {base} and {_cut(one.other)} in {other}" for one in differences[:MOST_TOLD]
    ]
    if len(differences) > MOST_TOLD:
        told.append(f"and {units.counted(len(differences) - MOST_TOLD, 'further difference')}")
    return [f"the {what} of {base} and {other} differ: {'; '.join(told)}"]


def _left_out(names: Sequence[str], results: Sequence[Result], matches: Sequence[Match]) -> list[str]:
    groups = dict.fromkeys(group for match in matches for group in unpaired([runs for _, runs in match.sides]))
    found = [f"group {short(group)} is not on all sides, and is left out" for group in groups]
    if len(results) > 1:
        of_each = [variants_of(result) for result in results]
        known = {match.title for match in matches}
        for name, variants in zip(names, of_each, strict=True):
            lone = [variant for variant in variants if variant not in known] if any(known) else []
            found += [f"variant {_cut(variant)} of {name} is not in all results, and is left out" for variant in lone]
    return found


def _cut(text: str) -> str:
    return cells.cut(cells.plain(text), _LONGEST)
