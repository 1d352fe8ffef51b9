"""What is said of a search: the answer as a sentence, the curve as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from sockbench.model.find import Find
from sockbench.report.find_report import found, step_line
from sockbench.report.run_report import remarks, render
from tests.report import searches
from tests.report.searches import QUESTION, RESULT, RUNS, STEPS, TOOL

_LATE = STEPS[3].reason


def test_the_curve_is_ordered_by_load() -> None:
    lines = render(RESULT, "results/x", "table").splitlines()
    start = next(place for place, line in enumerate(lines) if line.split()[:2] == ["rate", "run"])
    assert lines[start].split() == (
        ["rate", "run", "step", "offered/s", "RTT", "p50", "RTT", "p99", "lost", "rtt.p90", "verdict", "kept"]
    )  # lost has a column already
    rows = [line.split() for line in lines[start + 2 : start + 2 + len(STEPS)]]
    assert [(row[0], row[1]) for row in rows] == [
        ("100.0", "1"),
        ("200.0", "2"),
        ("300.0", "5"),
        ("300.0", "6"),
        ("300.0", "7"),
        ("400.0", "3"),
        ("400.0", "4"),
    ]
    assert lines[-1] == "saved: results/x"
    assert all(len(line) <= 120 for line in lines)
    assert f"run 4, at 400/s: {_LATE.partition(';')[0]} saved:" in " ".join(" ".join(lines).split())


@pytest.mark.parametrize(
    ("find", "sentence"),
    [
        (
            TOOL,
            "found: 300/s keeps lost < 1% and students.rtt.p90 < 20ms, in 3 of 3 runs; at 400/s the tool itself was "
            "the limit, so the system may take more",
        ),
        (
            replace(TOOL, steps=(*STEPS[:3], *STEPS[4:]), limited_by="system"),
            "found: 300/s keeps lost < 1% and students.rtt.p90 < 20ms, in 3 of 3 runs; 400/s does not: lost < 1%: 10%",
        ),
        (
            Find(QUESTION, STEPS[:2], 200.0, False, None, "bound"),
            "found: 200/s keeps lost < 1% and students.rtt.p90 < 20ms, in 1 of 1 run, which is not confirmed",
        ),
        (
            Find(QUESTION, STEPS[2:3], None, False, 400.0, "system"),
            "found: nothing. Even 400/s does not keep lost < 1% and students.rtt.p90 < 20ms: lost < 1%: 10%; the "
            "conditions may be too strict",
        ),
        (
            Find(QUESTION, STEPS[3:4], None, False, 400.0, "tool"),
            f"found: nothing. Even at 400/s the tool itself was the limit: {_LATE}",
        ),
        (Find(QUESTION, (), None, False, None, "bound"), "found: nothing, since no run was finished"),
    ],
)
def test_what_was_found(find: Find, sentence: str) -> None:
    assert found(find) == sentence


def test_a_line_for_each_run() -> None:
    line = step_line(QUESTION, 3, STEPS[2], RUNS[2])
    assert line == ("run 3, doubling: 400/s: offered 400.0/s, p99 -, lost 10.0%, valid: ✗ not kept (lost < 1%: 10%)")
    unmade = replace(STEPS[3], run=None, status=None, held=(), reason="too few open files")
    assert step_line(QUESTION, 4, unmade, None) == (
        "run 4, tried again: 400/s: not made: ? the tool's limit (too few open files)"
    )


def test_for_machines_a_row_a_run_in_their_order() -> None:
    rows = list(csv.DictReader(io.StringIO(render(RESULT, None, "csv"))))
    assert [row["answer"] for row in rows] == [step.answer for step in STEPS]
    assert [float(row["offered_per_s"]) for row in rows] == [step.value for step in STEPS]
    assert [row["again"] for row in rows] == ["no"] * 3 + ["yes"] + ["no"] * 3
    assert rows[3]["why"] == _LATE
    assert "found: 300/s keeps" in remarks(RESULT)


def test_a_run_that_could_not_be_made_has_no_numbers() -> None:
    unmade = replace(STEPS[3], run=None, status=None, held=())
    result = searches.result_of(replace(TOOL, steps=(*STEPS[:3], unmade, *STEPS[4:])), RUNS)
    assert "? the tool's limit" in render(result, None, "markdown")
