"""Is one side better than another, by how much, and is it real? Statistics over runs, never over single requests.

It decides what is compared, when a difference counts and when nothing can be said. Requests of one run share its
moment, its processes and its machine, so thousands of them are one observation; a run is what is independent.
Sources of each step: docs/metrics.md, "A comparison".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sockbench.model.comparison import Answer, Change, Comparison, Estimate, Figure, FigureRow, GroupRows, Side
from sockbench.model.result import GroupResult, Run
from sockbench.stats.bootstrap import difference_interval, median, median_interval, ratio_interval
from sockbench.stats.figures import COMPARED, value_of
from sockbench.stats.holm import holm
from sockbench.stats.rank_test import least_p, mann_whitney

ALPHA: Final = 0.05
FEWEST_RUNS: Final = 4
MIN_EFFECT: Final = 0.05
"""Things that should not matter (the order of linking, the size of the environment) move a program by some percent:
Mytkowicz, Diwan, Hauswirth, Sweeney, Producing Wrong Data Without Doing Anything Obviously Wrong!, ASPLOS 2009."""
MIN_POINTS: Final = 0.001
"""Of a figure that is a share, such as the loss: one request of a thousand. A ratio to a loss of 0 does not exist."""
NOTHING: Final = 1e-12
"""A time or a rate below this is 0, and to 0 there is no ratio."""

Values = Sequence[float | None]
"""A figure in each run of a side; None where it was withheld."""


def compare(
    sides: Sequence[tuple[Side, Sequence[Run]]], figures: Sequence[Figure] = (), min_effect: float = MIN_EFFECT
) -> Comparison:
    """Hold every side against the first, by the usual figures and then by `figures`.

    Groups are paired by their names; where each side has a single group, they are paired whatever they are called.
    ValueError when the sides have no group in common.
    """
    wanted = tuple(dict.fromkeys((*COMPARED, *figures)))
    grouped = [_by_group(runs) for _, runs in sides]
    groups = []
    for names in _pairs(grouped):
        rows = _rows(wanted, [groups_of[name] for groups_of, name in zip(grouped, names, strict=True)], min_effect)
        groups.append(GroupRows(names, rows))
    if not groups:
        raise ValueError("they have no group in common")
    return Comparison(ALPHA, min_effect, MIN_POINTS, tuple(side for side, _ in sides), tuple(groups))


def unpaired(sides: Sequence[Sequence[Run]]) -> tuple[str, ...]:
    """The names of groups that some side has and another has not, so that they are compared with nothing."""
    grouped = [_by_group(runs) for runs in sides]
    paired = {name for names in _pairs(grouped) for name in names}
    return tuple(dict.fromkeys(name for groups in grouped for name in groups if name not in paired))


def runs_needed(figures: int) -> int:
    """The fewest runs a side with which a difference in one of so many figures can be told from chance."""
    runs = FEWEST_RUNS
    while least_p(runs, runs) * figures > ALPHA:
        runs += 1
    return runs


def tested(rows: Sequence[FigureRow], side: int) -> int:
    """In how many figures side number `side`, from 1, was held against the base: the m of Holm's correction."""
    return sum(row.changes[side - 1].answer not in ("withheld", "equal") for row in rows)


def _by_group(runs: Sequence[Run]) -> dict[str, list[GroupResult]]:
    found: dict[str, list[GroupResult]] = {}
    for run in runs:
        for group in run.groups:
            found.setdefault(group.name, []).append(group)
    return found


def _pairs(grouped: Sequence[Mapping[str, object]]) -> list[tuple[str, ...]]:
    """Of each group that is compared, its name on each side."""
    if all(len(groups) == 1 for groups in grouped):
        return [tuple(next(iter(groups)) for groups in grouped)]
    return [(name,) * len(grouped) for name in grouped[0] if all(name in groups for groups in grouped)]


def _rows(
    figures: Sequence[Figure], sides: Sequence[Sequence[GroupResult]], min_effect: float
) -> tuple[FigureRow, ...]:
    table = [[[value_of(figure, group) for group in groups] for groups in sides] for figure in figures]
    by_side = [
        _changes(figures, [row[0] for row in table], [row[at] for row in table], min_effect)
        for at in range(1, len(sides))
    ]
    return tuple(
        FigureRow(figure, tuple(map(estimate, values)), tuple(changes[at] for changes in by_side))
        for at, (figure, values) in enumerate(zip(figures, table, strict=True))
    )


def estimate(values: Values) -> Estimate:
    """The median over the runs, and its interval where there are enough of them."""
    known = [value for value in values if value is not None]
    if not known:
        return Estimate(0, len(values), None, None, None)
    low, high = median_interval(known) if len(known) >= FEWEST_RUNS else (None, None)
    return Estimate(len(known), len(values) - len(known), median(known), low, high)


def _changes(
    figures: Sequence[Figure], bases: Sequence[Values], others: Sequence[Values], min_effect: float
) -> list[Change]:
    """One change a figure. The figures that can differ are one family of tests."""
    pairs = [(_known(base), _known(other)) for base, other in zip(bases, others, strict=True)]
    excluded = [_not_to_be_tested(figure, *pair) for figure, pair in zip(figures, pairs, strict=True)]
    family = [at for at, answer in enumerate(excluded) if answer is None]
    p_values = {at: mann_whitney(pairs[at][0] or (), pairs[at][1] or ()) for at in family}
    adjusted = dict(zip(family, holm([p_values[at] for at in family]), strict=True))
    changes = []
    for at, (figure, (base, other)) in enumerate(zip(figures, pairs, strict=True)):
        answer = excluded[at]
        if base is None or other is None or answer == "withheld":
            changes.append(Change(None, None, None, None, None, "withheld"))
        elif answer == "equal":
            changes.append(Change(0.0, 0.0, 0.0, 1.0, 1.0, "equal"))
        else:
            difference, low, high = _difference(figure, base, other)
            answer = _answer(figure, difference, adjusted[at], (len(base), len(other), len(family)), min_effect)
            changes.append(Change(difference, low, high, p_values[at], adjusted[at], answer))
    return changes


def _known(values: Values) -> list[float] | None:
    """The values, when every run has one."""
    known = [value for value in values if value is not None]
    return known if known and len(known) == len(values) else None


def _not_to_be_tested(figure: Figure, base: list[float] | None, other: list[float] | None) -> Answer | None:
    """A figure that cannot differ takes no part in the correction: no outcome of its test could be significant.

    After Tarone, A Modified Bonferroni Method for Discrete Data, Biometrics 46 (1990).
    """
    if base is None or other is None:
        return "withheld"
    if len({*base, *other}) == 1:
        return "equal"
    return "withheld" if figure.unit != "share" and min(base) < NOTHING else None


def _difference(figure: Figure, base: list[float], other: list[float]) -> tuple[float, float | None, float | None]:
    is_enough = min(len(base), len(other)) >= FEWEST_RUNS
    if figure.unit == "share":
        low, high = difference_interval(base, other) if is_enough else (None, None)
        return median(other) - median(base), low, high
    if not is_enough:
        return median(other) / median(base) - 1, None, None
    lowest, highest = ratio_interval(base, other)
    return median(other) / median(base) - 1, lowest - 1, highest - 1


def _answer(figure: Figure, difference: float, p: float, numbers: tuple[int, int, int], min_effect: float) -> Answer:
    """`numbers`: the runs of both sides, and how many figures are tested together."""
    first, second, figures = numbers
    if min(first, second) < FEWEST_RUNS or least_p(first, second) * figures > ALPHA:
        return "too few runs"
    if p > ALPHA:
        return "unclear"
    if abs(difference) < (MIN_POINTS if figure.unit == "share" else min_effect):
        return "small"
    return "higher" if difference > 0 else "lower"
