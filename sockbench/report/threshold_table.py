"""The thresholds of a result as a table: met, FAILED or not judged, the number measured, and why nobody can tell."""

from __future__ import annotations

from sockbench.model.experiment import called
from sockbench.model.plan import Threshold
from sockbench.model.result import Result, ThresholdResult, Times
from sockbench.report import units
from sockbench.report.many_runs import column_of, variant_cell
from sockbench.report.table import Cell, Column, Table

_SAMPLES_NEEDED = {"p50": 20, "p90": 100, "p99": 1_000, "p999": 10_000}
_WORDS = {True: "ok", False: "FAILED", None: "not judged"}


def threshold_table(result: Result) -> Table:
    """One row a threshold; the last column is there only when one was not judged."""
    plans = [result.scenario, *(variant.plan for variant in result.variants)]
    by_expression = {threshold.expression: threshold for plan in plans for threshold in plan.thresholds}
    if result.is_of_many:
        return _of_many(result, by_expression)
    rows: list[tuple[Cell, ...]] = []
    for held in result.thresholds:
        threshold = by_expression.get(held.expression)
        row = (held.expression, _WORDS[held.ok], _measured(held, threshold), _why(held, threshold, result))
        rows.append(row)
    columns = (
        Column("threshold", "expression", "text"),
        Column("result", "ok", "text"),
        Column("measured", "actual", "text"),
        Column("why not judged", "why", "text"),
    )
    whole = Table("", columns, tuple(rows))
    return whole if any(held.ok is None for held in result.thresholds) else whole.part(range(3))


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
             _measured(worst, threshold))
        )  # fmt: skip
    columns = (
        Column("threshold", "expression", "text"),
        column_of({key for held in result.thresholds for key in held.variant}),
        Column("result", "ok", "text"),
        Column("worst measured", "actual", "text"),
    )
    whole = Table("", columns, tuple(rows), keys=2)
    return whole if result.variants else Table("", whole.part((0, 2, 3)).columns, whole.part((0, 2, 3)).rows)


def _badness(held: ThresholdResult, threshold: Threshold | None) -> tuple[bool, float]:
    """Larger is worse; what could not be judged is worse than what was met."""
    if held.actual is None:
        return held.ok is False, float("inf")
    wants_more = threshold is not None and threshold.op in (">", ">=")
    return held.ok is False, -held.actual if wants_more else held.actual


def _measured(held: ThresholdResult, threshold: Threshold | None) -> str:
    if held.actual is None:
        return units.UNKNOWN
    if threshold is None:
        return f"{held.actual:.4g}"
    match threshold.unit:
        case "seconds":
            return units.close_duration(held.actual)
        case "share":
            return units.close_share(held.actual)
        case "count":
            return units.count(int(held.actual))
        case "per_second":
            return f"{held.actual:,.1f}/s"


def _why(held: ThresholdResult, threshold: Threshold | None, result: Result) -> str:
    if held.ok is not None:
        return ""
    percentile = ((threshold.statistic or "") if threshold else "").removeprefix("ipdv_")
    needed = _SAMPLES_NEEDED.get(percentile)
    if threshold is None or needed is None:
        return "nothing to measure it by"
    if threshold.metric == "jitter":  # its samples are pairs of replies, which are not counted apart
        return f"too few samples; {percentile} takes {needed:,}"
    groups = [group for run in result.runs for group in run.groups if threshold.group in (None, group.name)]
    times = [getattr(group, threshold.metric, None) for group in groups]
    samples = sum(found.n for found in times if isinstance(found, Times))
    return f"{units.counted(samples, 'sample')}; {threshold.statistic} takes {needed:,}"
