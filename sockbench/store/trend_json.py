"""Trends as JSON values: what `sockbench history --trend FIGURE --format json` prints. Rounds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sockbench.stats.trend import Trend
from sockbench.store.reading import Json


def encode_trends(name: str, trends: Sequence[Trend]) -> dict[str, Json]:
    """Of each variant its points, oldest first; changes name points by their positions from 0."""
    return {"name": name, "trends": [_trend(trend) for trend in trends]}


def _trend(trend: Trend) -> dict[str, Json]:
    points: list[Json] = [asdict(point) for point in trend.points]
    kinds: list[Json] = [asdict(kind) for kind in trend.kinds]
    versions: list[Json] = [asdict(turn) for turn in trend.turns]
    changes: list[Json] = [asdict(shift) for shift in trend.shifts]
    return {
        "variant": trend.title,
        "figure": trend.figure.name,
        "unit": trend.figure.unit,
        "group": trend.group,
        "points": points,
        "changes": changes,
        "kinds": kinds,
        "versions": versions,
        "min_effect": trend.min_effect,
        "left_out": dict(trend.left_out),
    }
