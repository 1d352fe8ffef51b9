"""The line of an interval: the same places for the same things from the first line to the last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.result import Counts, Interval, Times
from sockbench.report.interval_line import IntervalLines

RTT = Times(1000, 1e-4, 5e-4, 412e-6, 9e-4, 1.2e-3, None, 2e-3)
INTERVAL = Interval(11.0, 12.0, "students", Counts(ok=1000), RTT, 1000.0, 1000, 0)


@pytest.mark.parametrize(
    ("interval", "line"),
    [
        (INTERVAL, "  12 s  students    1,000/s    1,000 ok        0 late        0 timed out  p50 412 us  p99 1.2 ms"),
        (
            Interval(
                0.0, 1.0, "b", Counts(lost=3, refused=2, skipped=1), replace(RTT, p50_s=None, p99_s=None), 5.0, 5, 3
            ),
            "   1 s  b             5.0/s        0 ok        0 late        3 timed out  p50      -  p99      -  3 lost"
            "  2 refused  1 skipped",
        ),
        (
            Interval(60.0, 60.25, "b", Counts(ok=1), replace(RTT, p99_s=None), 4.0, 1, 0),
            "60.2 s  b             4.0/s        1 ok        0 late        0 timed out  p50 412 us  p99      -",
        ),
        (
            replace(INTERVAL, requests_per_s=None, counts=Counts()),
            "  12 s  students        -/s        0 ok        0 late        0 timed out  p50 412 us  p99 1.2 ms",
        ),
    ],
)
def test_lines_of_a_minute(interval: Interval, line: str) -> None:
    assert IntervalLines(["students", "b"], 60.5).line(interval) == line


def test_numbers_that_were_not_expected_make_a_line_longer_and_nothing_else() -> None:
    line = IntervalLines(["students"], 5.0).line(replace(INTERVAL, end_s=1200.0, counts=Counts(ok=1_234_567_890)))
    assert line.startswith("1,200 s  students  ")
    assert "1,234,567,890 ok" in line


def test_names_are_shown_and_never_interpreted() -> None:
    lines = IntervalLines(["\x1b[31m", "長い名前"], 5.0)
    assert lines.line(replace(INTERVAL, group="\x1b[31m")).startswith(" 12 s  \\x1b[31m    1,000/s")
    assert lines.line(replace(INTERVAL, group="長い名前")).startswith(" 12 s  長い名前    1,000/s")
    assert "…" in IntervalLines(["x" * 100], 5.0).line(replace(INTERVAL, group="x" * 100))
