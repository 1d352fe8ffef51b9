"""The thresholds of a result as a table: met, FAILED or not judged, the number measured, how far it was from the limit,
and why nobody can tell.
"""

from __future__ import annotations

from sockbench.model.experiment import called
from sockbench.model.plan import Threshold
from sockbench.model.result import Result, ThresholdResult
from sockbench.report import units
from sockbench.report.many_runs import column_of, variant_cell
from sockbench.report.table import Cell, Column, Table
from sockbench.stats.thresholds import margin_of

_WORDS = {True: "\u2713 ok", False: "\u2717 FAILED", None: "? not judged"}
_MARGIN = Column("margin", "margin", "text")
_WHY = Column("why", "why", "text")


def threshold_table(result: Result) -> Table:
    """One row a threshold; the last column is there only when there is something to say in it."""
    by_expression = thresholds_of(result)
    if result.is_of_many:
        return _of_many(result, by_expression)
    rows: list[tuple[Cell, ...]] = []
    for held in result.thresholds:
        threshold = by_expression.get(held.expression)
        row = (held.expression, _WORDS[held.ok], _measured(held, threshold), margin_shown(held, threshold), held.reason)
        rows.append(row)
    columns = (
        Column("threshold", "expression", "text"),
        Column("result", "ok", "text"),
        Column("measured", "actual", "text"),
        _MARGIN,
        _WHY,
    )
    whole = Table("", columns, tuple(rows))
    return whole if any(held.reason for held in result.thresholds) else whole.part(range(4))


def thresholds_of(result: Result) -> dict[str, Threshold]:
    """The thresholds of all plans, by their expressions."""
    plans = [result.scenario, *(variant.plan for variant in result.variants)]
    return {threshold.expression: threshold for plan in plans for threshold in plan.thresholds}


def _of_many(result: Result, by_expression: dict[str, Threshold]) -> Table:
    """One row a threshold and variant: in how many of its runs it was met, and the worst that was measured."""
    found: dict[tuple[str, str], list[ThresholdResult]] = {}
    for held in result.thresholds:
        found.setdefault((called(held.variant), held.expression), []).append(held)
    rows: list[tuple[Cell, ...]] = []
    for (_, expression), of_runs in found.items():
        threshold = by_expression.get(expression)
        told = next((word for word in (False, None) if any(held.ok is word for held in of_runs)), True)
        runs = sum(held.ok is told for held in of_runs)
        worst = max(of_runs, key=lambda held: _badness(held, threshold))
        rows.append(
            (expression, variant_cell(of_runs[0].variant), f"{_WORDS[told]} in {runs:,} of {len(of_runs):,} runs",
             _measured(worst, threshold), margin_shown(worst, threshold), worst.reason)
        )  # fmt: skip
    columns = (
        Column("threshold", "expression", "text"),
        column_of({key for held in result.thresholds for key in held.variant}),
        Column("result", "ok", "text"),
        Column("worst measured", "actual", "text"),
        _MARGIN,
        _WHY,
    )
    chosen = [0, *([1] if result.variants else []), 2, 3, 4, *([5] if any(row[5] for row in rows) else [])]
    whole = Table("", columns, tuple(rows)).part(chosen)
    return Table("", whole.columns, whole.rows, keys=2 if result.variants else 1)


def _badness(held: ThresholdResult, threshold: Threshold | None) -> tuple[bool, float]:
    """Larger is worse; what could not be judged is worse than what was met."""
    if held.actual is None:
        return held.ok is False, float("inf")
    wants_more = threshold is not None and threshold.op in (">", ">=")
    return held.ok is False, -held.actual if wants_more else held.actual


def _measured(held: ThresholdResult, threshold: Threshold | None) -> str:
    return units.UNKNOWN if held.actual is None else shown_number(held.actual, threshold)


def margin_shown(held: ThresholdResult, threshold: Threshold | None) -> str:
    """`19.3 ms (97%)`: what is left to the limit, and that as a part of the limit; with a minus, what is too much."""
    margin = None if threshold is None else margin_of(threshold, held.actual)
    if threshold is None or margin is None:
        return units.UNKNOWN
    part = f" ({margin / threshold.value:.0%})" if threshold.value and margin else ""
    return f"{'-' if margin < 0 else ''}{shown_number(abs(margin), threshold)}{part}"


def shown_number(number: float, threshold: Threshold | None) -> str:
    """With four digits, in the threshold's unit where that is known."""
    if threshold is None:
        return f"{number:.4g}"
    match threshold.unit:
        case "seconds":
            return units.close_duration(number)
        case "share":
            return units.close_share(number)
        case "count":
            return units.count(int(number))
        case "per_second":
            return f"{number:,.1f}/s"
