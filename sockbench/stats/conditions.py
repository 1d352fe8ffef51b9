"""Did a comparison regress? Each condition of `--fail-if` is held against the changes it is about.

It fails only when the change is both real (significant after Holm's correction) and larger than the condition allows;
its own value, not the smallest effect that counts, is what it is held against. What the runs cannot tell is None.
"""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.comparison import Change, Comparison, Condition, ConditionResult


def hold(conditions: Sequence[Condition], comparison: Comparison) -> tuple[ConditionResult, ...]:
    """One result for each condition, group that it is about, and side but the base.

    A condition about a figure or a group that the comparison has not gives none.
    """
    return tuple(
        ConditionResult(condition, group.name, side.label, change, _failed(condition, change, comparison.alpha))
        for condition in conditions
        for group in comparison.groups
        if condition.group is None or condition.group in group.names
        for row in group.rows
        if row.figure == condition.figure
        for side, change in zip(comparison.sides[1:], row.changes, strict=True)
    )


def _failed(condition: Condition, change: Change, alpha: float) -> bool | None:
    if change.answer in ("too few runs", "withheld") or change.difference is None or change.adjusted_p is None:
        return None
    beyond = change.difference > condition.value if condition.op == ">" else change.difference < condition.value
    return beyond and change.adjusted_p <= alpha
