"""Which runs are held against which: the variants of one result, or several results, variant by variant.

It decides what a side is called and which runs count. A run that was cut short is none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sockbench.model.comparison import Side
from sockbench.model.experiment import called
from sockbench.model.result import Result, Run

WHOLE = 0.99
"""Of the time in which the requests of a run were to be due."""

MOST_TOLD = 3
"""Variants without a whole run."""


@dataclass(frozen=True, slots=True)
class Match:
    """Sides to compare, the base first, each with its runs. `title` is the variant that they share, or empty."""

    title: str
    sides: tuple[tuple[Side, tuple[Run, ...]], ...]

    def based_on(self, base: int) -> Match:
        """The same with side number `base` first."""
        chosen = self.sides[base]
        return Match(self.title, (chosen, *(side for side in self.sides if side is not chosen)))


def cut_short(result: Result) -> int:
    """How many runs of a result were ended before their time, and so are left out."""
    return sum(not _is_whole(result, run) for run in result.runs)


def variants_of(result: Result) -> dict[str, tuple[Run, ...]]:
    """The whole runs of each variant that has any, by what it is called, in the order of the matrix."""
    found: dict[str, list[Run]] = {called(variant.values): [] for variant in result.variants}
    for run in result.runs:
        if _is_whole(result, run):
            found.setdefault(called(run.variant), []).append(run)
    return {name: tuple(runs) for name, runs in found.items() if runs}


def of_variants(result: Result) -> Match:
    """The variants of one result against each other. ValueError when there are not two."""
    variants = variants_of(result)
    if len(variants) < 2:
        raise ValueError(_nothing_to_hold(variants, _names_of(result)))
    return Match("", tuple((Side(name, runs[0].variant, len(runs)), runs) for name, runs in variants.items()))


def of_results(results: Sequence[tuple[str, Result]]) -> list[Match]:
    """Results, each with what it is called, against each other: each variant that all of them have, or their only one.

    ValueError when a result has no whole run, or they have no variant in common.
    """
    all_of = [(label, variants_of(result)) for label, result in results]
    for label, variants in all_of:
        if not variants:
            raise ValueError(f"{label} has no whole run")
    if all(len(variants) == 1 for _, variants in all_of):
        return [Match("", tuple(_side(label, next(iter(variants.values()))) for label, variants in all_of))]
    common = [name for name in all_of[0][1] if all(name in variants for _, variants in all_of)]
    if not common:
        raise ValueError("they have no variant in common")
    return [Match(name, tuple(_side(label, variants[name]) for label, variants in all_of)) for name in common]


def _names_of(result: Result) -> list[str]:
    """What all variants are called, those without a whole run, too."""
    planned = [called(variant.values) for variant in result.variants]
    return list(dict.fromkeys([*planned, *(called(run.variant) for run in result.runs)]))


def _nothing_to_hold(whole: Collection[str], names: Sequence[str]) -> str:
    """Why there are no two variants to compare, as the end of a sentence. Names may be anything, so they are quoted."""
    if not whole:
        return "it has no whole run"
    others = [repr(name) for name in names if name not in whole]
    if not others:
        return "it has one variant only"
    more = f" and {len(others) - MOST_TOLD:,} more" if len(others) > MOST_TOLD else ""
    only = " and ".join(map(repr, whole))
    return f"of its variants only {only} has a whole run, not {', '.join(others[:MOST_TOLD])}{more}"


def _side(label: str, runs: tuple[Run, ...]) -> tuple[Side, tuple[Run, ...]]:
    return Side(label, {}, len(runs)), runs


def _is_whole(result: Result, run: Run) -> bool:
    return run.elapsed_s >= WHOLE * min(run.duration_s, result.plan_of(run.variant).loaded)
