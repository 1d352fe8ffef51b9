"""A threshold and what a run made of it as JSON values, and back. Beside it stand the parts of the expression."""

from __future__ import annotations

from typing import get_args

from sockbench.model.plan import Comparison, Threshold, ThresholdUnit
from sockbench.model.result import ThresholdResult
from sockbench.stats.thresholds import margin_of
from sockbench.store.reading import Json, Reader

_OPERATORS: tuple[Comparison, ...] = get_args(Comparison)
_UNITS: tuple[ThresholdUnit, ...] = get_args(ThresholdUnit)


def encode_held(held: ThresholdResult, threshold: Threshold | None) -> dict[str, Json]:
    """What a run made of it; with the parts of the expression where they are known."""
    values: dict[str, Json] = {
        "expression": held.expression,
        "actual": held.actual,
        "ok": held.ok,
        "reason": held.reason,
        "variant": dict(held.variant),
        "repetition": held.repetition,
    }
    if threshold is not None:
        values |= {
            "unit": threshold.unit,
            "group": threshold.group,
            "metric": threshold.metric,
            "statistic": threshold.statistic,
            "op": threshold.op,
            "value": threshold.value,
            "margin": margin_of(threshold, held.actual),
            "abort_after_s": threshold.abort_after,
        }
    return values


def decode_threshold(raw: Reader) -> Threshold:
    """Its parts, where they are there."""
    return Threshold(
        expression=raw.text("expression"),
        group=raw.maybe_text("group"),
        metric=raw.text("metric"),
        statistic=raw.maybe_text("statistic"),
        op=raw.one_of("op", _OPERATORS),
        value=raw.number("value"),
        unit=raw.one_of("unit", _UNITS),
        abort_after=raw.maybe_number("abort_after_s") if "abort_after_s" in raw else None,
    )


def decode_held(raw: Reader) -> ThresholdResult:
    """What a run made of it."""
    return ThresholdResult(
        expression=raw.text("expression"),
        actual=raw.maybe_number("actual"),
        ok=raw.maybe_truth("ok"),
        variant=raw.words("variant") if "variant" in raw else {},
        repetition=raw.whole("repetition") if "repetition" in raw else 1,
        reason=raw.text("reason") if "reason" in raw else "",
    )
