"""A comparison as JSON values, and back. What does not fit is a ResultError that says where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import get_args

from sockbench.model.comparison import (
    Answer,
    Better,
    Change,
    Comparison,
    ConditionResult,
    Estimate,
    Figure,
    FigureRow,
    FigureUnit,
    GroupRows,
    Side,
)
from sockbench.stats.figures import COMPARED
from sockbench.store.reading import Json, Reader, ResultError

_UNITS: tuple[FigureUnit, ...] = get_args(FigureUnit)
_WAYS: tuple[Better, ...] = get_args(Better)
_ANSWERS: tuple[Answer, ...] = get_args(Answer)


def encode_comparison(comparison: Comparison) -> dict[str, Json]:
    """All of it; the base's `changes` are not there, so there is one less than `estimates`."""
    sides: list[Json] = [asdict(side) for side in comparison.sides]
    return {
        "alpha": comparison.alpha,
        "min_effect": comparison.min_effect,
        "min_points": comparison.min_points,
        "sides": sides,
        "groups": [
            {"names": list(group.names), "figures": [_encode_row(row) for row in group.rows]}
            for group in comparison.groups
        ],
    }


def encode_outcome(
    results: Sequence[tuple[str, str]],
    doubts: Sequence[str],
    comparisons: Sequence[tuple[str, Comparison]],
    held: Sequence[ConditionResult],
) -> dict[str, Json]:
    """What `sockbench compare --format json` prints. Of a result: its label and path; of a comparison: the variant."""
    return {
        "results": [{"label": label, "path": path} for label, path in results],
        "doubts": list(doubts),
        "comparisons": [{"variant": title, **encode_comparison(comparison)} for title, comparison in comparisons],
        "conditions": [
            {
                "condition": one.condition.expression,
                "group": one.group,
                "side": one.side,
                "failed": one.failed,
                **asdict(one.change),
            }
            for one in held
        ],
    }


def _encode_row(row: FigureRow) -> dict[str, Json]:
    estimates: list[Json] = [asdict(one) for one in row.estimates]
    changes: list[Json] = [asdict(change) for change in row.changes]
    figure = row.figure
    return {
        "figure": figure.name,
        "unit": figure.unit,
        "better": figure.better,
        "estimates": estimates,
        "changes": changes,
    }


def decode_comparison(raw: Reader) -> Comparison:
    """What `encode_comparison` wrote."""
    sides = tuple(Side(side.text("label"), side.words("variant"), side.whole("runs")) for side in raw.rows("sides"))
    if len(sides) < 2:
        raise ResultError(f"{raw.path}.sides are fewer than two")
    groups = tuple(_group(group, len(sides)) for group in raw.rows("groups"))
    return Comparison(raw.number("alpha"), raw.number("min_effect"), raw.number("min_points"), sides, groups)


def _group(raw: Reader, sides: int) -> GroupRows:
    rows = tuple(_row(row, sides) for row in raw.rows("figures"))
    missing = {figure.name for figure in COMPARED} - {row.figure.name for row in rows}
    if missing:
        raise ResultError(f"{raw.path}.figures have no {min(missing)}")
    names = raw.texts("names")
    if len(names) != sides:
        raise ResultError(f"{raw.path}.names are not one for each side")
    return GroupRows(names, rows)


def _row(raw: Reader, sides: int) -> FigureRow:
    figure = Figure(raw.text("figure"), raw.one_of("unit", _UNITS), raw.one_of("better", _WAYS))
    estimates, changes = tuple(map(_estimate, raw.rows("estimates"))), tuple(map(_change, raw.rows("changes")))
    if (len(estimates), len(changes)) != (sides, sides - 1):
        raise ResultError(f"{raw.path} has not an estimate for each side, and a change for each but the first")
    return FigureRow(figure, estimates, changes)


def _estimate(raw: Reader) -> Estimate:
    return Estimate(
        n=raw.whole("n"),
        withheld=raw.whole("withheld"),
        median=raw.maybe_number("median"),
        low=raw.maybe_number("low"),
        high=raw.maybe_number("high"),
    )


def _change(raw: Reader) -> Change:
    return Change(
        difference=raw.maybe_number("difference"),
        low=raw.maybe_number("low"),
        high=raw.maybe_number("high"),
        p=raw.maybe_number("p"),
        adjusted_p=raw.maybe_number("adjusted_p"),
        answer=raw.one_of("answer", _ANSWERS),
    )
