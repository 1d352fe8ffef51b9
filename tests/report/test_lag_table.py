"""The lag has a table of its own when it is worth a look, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.result import GroupResult, Times
from sockbench.report.lag_table import lag_table
from sockbench.report.run_report import render
from tests.report.samples import GROUP, NO_TIMES, RESULT, RTT, result_of


def group(
    p50: float | None, p90: float | None, p99: float | None, most: float | None, response: float | None
) -> GroupResult:
    lag = Times(1000, 0.0, 1e-5, p50, p90, p99, None, most)
    return replace(GROUP, lag=lag, response=replace(RTT, p50_s=response))


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        (group(1e-5, 1e-5, 0.00101, 0.5, 1.0), True),
        (group(1e-5, 1e-5, 0.00100, 0.5, 1.0), False),
        (group(1e-5, 1e-5, 0.00051, 0.5, 0.005), True),  # a tenth of the response time
        (group(1e-5, 1e-5, 0.00050, 0.5, 0.005), False),
        (group(1e-5, 0.0011, None, 0.5, 1.0), True),
        (group(1e-5, 0.0009, None, 0.5, 1.0), False),
        (group(0.0011, None, None, 0.5, None), True),
        (group(None, None, None, 0.0011, None), True),
        (group(None, None, None, 0.0009, None), False),
        (replace(GROUP, lag=NO_TIMES), False),
    ],
)
def test_when_it_matters(group: GroupResult, shown: bool) -> None:
    table = lag_table((group,))
    assert len(table.rows) == shown
    assert ("lag: from due to sent" in render(result_of(group), None, "table")) == shown


def test_one_late_group_brings_the_others_for_comparison() -> None:
    quiet = group(1e-5, 1e-5, 1e-5, 1e-5, 1.0)
    late = replace(group(0.001, 0.002, 0.003, 0.004, 1.0), name="late")
    table = lag_table((quiet, late))
    assert table.rows == (("students", 1e-5, 1e-5, 1e-5, 1e-5), ("late", 0.001, 0.002, 0.003, 0.004))


def test_the_lag_is_not_the_tables_without_it() -> None:
    quiet = replace(RESULT.runs[0], groups=(replace(GROUP, lag=NO_TIMES),))
    assert "lag" not in render(replace(RESULT, runs=(quiet,)), None, "markdown")
