"""docs/metrics.md explains every column that a report prints, and the limits that it names are those of the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sockbench.report
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.report import lag_table
from sockbench.stats import change_points, comparison, hints, rank_test, rules

HOUSE = Path(sockbench.report.__file__).parent
PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
REPLIES = ("duplicate", "reordered", "stray")


def headings() -> set[str]:
    """The headings that are written out in the code of reports; those of outcomes and replies are their names."""
    found = set(OUTCOME_NAMES) | set(REPLIES) | {"planned", "clients"}
    for path in HOUSE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Column":
                heading = node.args[0]
                if isinstance(heading, ast.Constant):
                    found.add(str(heading.value))
    return found


def test_every_column_is_explained() -> None:
    missing = {heading for heading in headings() if f"`{heading}`" not in PAGE}
    assert missing == set(), "explain them in docs/metrics.md"
    assert {"response p99", "lag max", "kernel drops", "margin"} <= headings()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (rules.LATE_TOOL_S, f"is above {rules.LATE_TOOL_S * 1e3:g} ms"),
        (rules.NOTABLE_LAG_S, f"or above {rules.NOTABLE_LAG_S * 1e3:g} ms"),
        (rules.START_LATE_S, f"than {rules.START_LATE_S * 1e3:g} ms and {rules.MISSED_SHARE:.0%} of the duration"),
        (rules.BUSY, f"{rules.BUSY:.0%} of the time on a processor"),
        (rules.BUSY, f"{rules.BUSY:.0%} of the measured time on a processor"),
        (rules.SKIPPED_SHARE, f"`skipped` above {rules.SKIPPED_SHARE:.0%} of `planned`"),
        (rules.MISSED_SHARE, f"is more than {rules.MISSED_SHARE:.0%} below what its schedule holds"),
        (rules.DEVIATIONS, f"plus {rules.DEVIATIONS} standard deviations"),
        (rules.OTHER_CPU_SHARE, f"{rules.OTHER_CPU_SHARE:.0%} or more of all processors' time (/proc/stat: user"),
        (rules.STEAL_SHARE, f"{rules.STEAL_SHARE:.0%} or more of all processors' time (/proc/stat: steal)"),
        (rules.CLOCK_STEP_S, f"more than {rules.CLOCK_STEP_S:g} s against the monotonic clock"),
        (
            hints.LEAST_SHARE,
            f"when {hints.LEAST_SHARE:.0%} or more of the round trips, and {hints.LEAST_STALLED} at least",
        ),
        (hints.STALL_FROM, f"took {hints.STALL_FROM // 10**6} to {hints.STALL_TO // 10**6} ms, others less than"),
        (hints.FAR_BELOW, f"others less than {hints.FAR_BELOW // 10**6} ms"),
        (comparison.MIN_EFFECT, f"**The smallest effect that counts** is {comparison.MIN_EFFECT:.0%}"),
        (comparison.MIN_POINTS, f"of a share {comparison.MIN_POINTS * 100:g} points"),
        (comparison.FEWEST_RUNS, f"fewer than {comparison.FEWEST_RUNS} runs a side nothing is said"),
        (rank_test.MOST_EXACT, f"Beyond {rank_test.MOST_EXACT} runs together"),
        (change_points.PERMUTATIONS, f"the share of {change_points.PERMUTATIONS} seeded permutations"),
        (change_points.ALPHA, f"Molecular Biology 9, 2010), at most {change_points.ALPHA}"),
        (change_points.FEWEST, f"between stretches of {change_points.FEWEST} results or more"),
        (lag_table.NOTABLE_S, f"is above {lag_table.NOTABLE_S * 1e3:g} ms,\nor"),
        (lag_table.NOTABLE_SHARE, f"above {lag_table.NOTABLE_SHARE:.0%} of its response time at p50"),
    ],
)
def test_the_limits_are_those_of_the_code(limit: float, words: str) -> None:
    assert words in PAGE, f"the limit is {limit}"
