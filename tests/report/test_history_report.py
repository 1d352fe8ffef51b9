"""The history's table and the trend's chart against golden files, and what holds for any of them.

`SOCKBENCH_GOLDEN=write pytest tests/report` writes the golden files anew: read the difference before keeping it.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.result import Result
from sockbench.report import cells, history_table, trend_report
from sockbench.report.trend_chart import SYMBOLS, WIDTH, chart, scale_of
from sockbench.stats.figures import FIGURES
from sockbench.stats.trend import trends
from tests.report import experiments, searches
from tests.report.samples import ALL_OUTCOMES, ENVIRONMENT, GROUP, HOSTILE, RESULT, SILENT, result_of
from tests.report.searches import RESULT as SEARCH
from tests.stats.runs import group_of, run_of

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "csv": "csv"}
FIRST = datetime(2026, 11, 2, 10)
Entry = tuple[str, Result]


def series(*p99: float, **more: object) -> list[Entry]:
    """A result every seven hours."""
    made = []
    for number, value in enumerate(p99):
        started = (FIRST + timedelta(hours=7 * number)).isoformat() + "Z"
        made.append((f"results/{number}", replace(RESULT, started=started, runs=(run_of(group_of(p99=value)),))))
    return made


def noisy(*levels: tuple[float, int]) -> list[float]:
    chance = random.Random(6)
    return [level * chance.lognormvariate(0, 0.02) for level, count in levels for _ in range(count)]


def changed() -> list[Entry]:
    """A rise that is undone in part, another machine for a while, and a new version."""
    made = series(*noisy((0.004, 9), (0.0048, 9), (0.0043, 8)))
    other, newer = replace(ENVIRONMENT, cpus=64), replace(ENVIRONMENT, sockbench="0.2.0")
    for at in (3, 4):
        made[at] = (made[at][0], replace(made[at][1], environment=other))
    made[20:] = [(folder, replace(result, environment=newer)) for folder, result in made[20:]]
    return made


TRENDS: dict[str, tuple[str, list[Entry]]] = {
    "trend_changed": ("rtt.p99", changed()),
    "trend_few": ("rtt.p99", series(0.001, 0.0042, 0.0039)),
    "trend_one": ("requests_per_s", series(0.001)),
    "trend_lossless": ("lost", series(*[0.001] * 10)),
    "trend_withheld": (
        "rtt.p99",
        [("results/a", replace(RESULT, runs=(run_of(group_of(p99=None)),))) for _ in range(2)],
    ),
}
HISTORY = [
    (Path("results/20261121T065000Z-matrix"), experiments.MATRIX),
    (Path("results/20261121T064000Z-udp10"), RESULT),
    (Path("results/20261121T063000Z-two"), result_of(ALL_OUTCOMES, GROUP, interrupted=True)),
    (Path("results/20261121T062000Z-silent"), result_of(SILENT)),
    (Path("results/20261121T061000Z-hostile"), replace(result_of(HOSTILE), name="a\x1b[31m|b" * 9)),
    (Path("results/20261121T060000Z-none"), replace(RESULT, runs=())),
]


def held(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("format", ENDINGS)
def test_history(format: history_table.HistoryFormat) -> None:
    held(f"history.{ENDINGS[format]}", history_table.render(HISTORY, format))


@pytest.mark.parametrize("format", ENDINGS)
@pytest.mark.parametrize("name", TRENDS)
def test_trend(name: str, format: trend_report.TrendFormat) -> None:
    figure, entries = TRENDS[name]
    held(f"{name}.{ENDINGS[format]}", trend_report.render("udp10", trends(entries, FIGURES[figure]), format))


def test_a_search_has_the_figures_of_what_it_found_and_no_point_in_a_trend() -> None:
    (row,) = history_table.as_rows([(Path("x"), searches.RESULT)])
    found = [
        searches.RUNS[step.run].groups[0].requests_per_s
        for step in searches.STEPS
        if step.run is not None and searches.RESULT.find is not None and step.value == searches.RESULT.find.value
    ]
    assert len(found) == 3
    assert row["requests_per_s"] == sorted(rate for rate in found if rate is not None)[1]
    assert "of a search (--find) the runs at the value" in history_table.render([(Path("x"), searches.RESULT)], "table")
    (trend,) = trends([("x", searches.RESULT)], FIGURES["lost"])
    assert (trend.points, trend.left_out) == ((), (("searches", 1),))


def test_the_worst_of_several_stands_for_them() -> None:
    quick = run_of(
        group_of(name="a", p50=0.001, rate=90.0), group_of(name="b", p50=0.002, rate=5.0), variant={"t": "x"}
    )
    slow = run_of(group_of(p50=0.004, p99=None, rate=10.0, lost=100), variant={"t": "y"})
    (row,) = history_table.as_rows([(Path("x"), replace(RESULT, runs=(quick, slow)))])
    assert (row["requests_per_s"], row["rtt_p50_s"], row["rtt_p99_s"], row["lost_share"]) == (10.0, 0.004, None, 0.01)
    assert (row["runs"], row["groups"], row["clients"]) == (2, 2, 20)


positive = st.floats(1e-9, 1e9)


@given(st.lists(positive, min_size=1, max_size=60))
def test_a_scale_holds_every_value(values: list[float]) -> None:
    scale = scale_of(values, least=1e-3)
    top = scale.bottom + scale.steps * scale.step
    assert scale.bottom <= min(values) * (1 + 1e-9)
    assert top >= max(values) * (1 - 1e-9)
    assert 1 <= scale.steps <= 8
    assert scale.rows <= 20
    assert not scale.bottom or min(values) > max(values) / 2
    assert scale.row_of(max(values)) >= scale.row_of(min(values))


@given(st.lists(st.floats(1e-6, 1e3) | st.just(0.004), min_size=1, max_size=90))
def test_a_chart_is_80_columns_wide_and_has_every_result(values: list[float]) -> None:
    (trend,) = trends(series(*values), FIGURES["rtt.p99"])
    lines = chart(trend)
    assert all(cells.width(line) <= WIDTH for line in lines)
    assert lines[0] in ("rtt.p99, us", "rtt.p99, ms", "rtt.p99, s")
    plot = [line for line in lines[1:] if " | " in line or " + " in line]
    drawn = sum(line[10:].count(SYMBOLS[0]) + line[:10].count(SYMBOLS[0]) for line in plot)
    assert 1 <= drawn <= len(values)
    assert drawn == len(values) or len(values) > 60


def test_a_search_is_shown_at_the_value_that_it_found() -> None:
    (row,) = history_table.as_rows([(Path("results/search"), SEARCH)])
    assert (row["runs"], row["lost_share"], row["verdict"]) == (7, 0.0, "valid")
