"""The live screen: golden text at five widths, what leaves first where there is no room, and that it always fits.

`SOCKBENCH_GOLDEN=write pytest tests/report` writes the golden file anew: read the difference before keeping it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.live import LiveGroup, LiveHead, LiveRun, Pace
from sockbench.model.plan import Threshold, ThresholdUnit
from sockbench.model.result import Counts, ThresholdResult, Verdict
from sockbench.report import cells
from sockbench.report.live_view import live_lines
from sockbench.report.live_words import clock, in_letters_of, sparkline, text_of

GOLDEN = Path(__file__).parent / "golden" / "live.txt"
HEAD = LiveHead("tcp-vs-udp", "run 3 of 10: transport=udp, repetition 2", "measuring", 12.4, 30.0, 95.0)
STUDENTS = LiveGroup(
    Counts(ok=12_000, late=3, refused=2),
    timed_out=5,
    now=Pace(1_000.2, 88e-6, 210e-6),
    so_far=Pace(998.0, 90e-6, None),
    rates=(1000, 990, 0, 400, 1000, 1020) * 2,
)
QUIET = LiveGroup(Counts(ok=7), 0, Pace(0.5), Pace(0.6), (1, 0))
EMPTY = LiveGroup(Counts(), 0, Pace(), Pace())
LATE = "the tool was late: requests of students left 12.0 ms after they were due at p99; use more --workers"
DIED = "the server process died (killed by SIGKILL) 3.0 s into the run, which was stopped there; run again"


def held(expression: str, actual: float | None, ok: bool | None, why: str = "", unit: ThresholdUnit = "seconds") -> (
    tuple[Threshold, ThresholdResult]
):  # fmt: skip
    threshold = Threshold(expression, None, "rtt", "p99", "<", 0.02, unit)
    return threshold, ThresholdResult(expression, actual, ok, reason=why)


RUN = LiveRun(
    ("students", "askers \x1b[2J over tcp"),
    lambda name: QUIET if name and name.startswith("askers") else STUDENTS,
    Verdict("suspect", (LATE,)),
    (
        held("students.rtt.p99 < 20ms", 1.2e-3, True),
        held("lost < 1%", 0.034, False, unit="share"),
        held("rtt.p999 < 1ms", None, False, "withheld: 12 samples, and p999 takes 10,000"),
    ),
    Verdict("valid", ()),
    2,
)
ALONE = LiveRun(("students",), lambda name: STUDENTS, Verdict("valid", ()))


def screen(run: LiveRun, columns: int, rows: int, head: LiveHead = HEAD, notes: tuple[str, ...] = ()) -> list[str]:
    return [text_of(line) for line in live_lines(head, run, notes, columns, rows)]


def test_the_golden_file() -> None:
    alone = replace(HEAD, name="udp10", which="", after_s=0.0)
    shown = [
        (f"{columns} x {rows}", screen(run, columns, rows, head, notes))
        for run, head, notes, columns, rows in (
            (RUN, HEAD, (), 140, 40),
            (RUN, HEAD, ("run 1, start: 100/s: kept",), 119, 30),
            (RUN, HEAD, (), 79, 24),
            (RUN, HEAD, (), 59, 24),
            (RUN, HEAD, (), 39, 24),
            (ALONE, alone, (), 119, 24),
            (ALONE, alone, (), 79, 24),
            (ALONE, replace(alone, phase="draining"), (), 39, 8),
        )
    ]
    text = "".join(f"== {size}\n" + "".join(f"{line}\n" for line in lines) for size, lines in shown)
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == text


def test_at_80_columns_all_figures_are_there() -> None:
    lines = screen(ALONE, 79, 24)
    assert lines[4].split() == ["group", "now", "so", "far", "now", "so", "far", "now", "so", "far", "ok", "not", "ok"]
    assert lines[5].split() == ["students", "1,000", "998.0", "88", "us", "90", "us", "210", "us", "-", "12,000", "10"]
    assert lines[6].endswith("last 12 s, peak 1,020/s")
    assert lines[7] == "not ok: 3 late, 2 refused, 5 timed out"


def test_columns_leave_in_a_fixed_order_and_are_never_cut() -> None:
    numbers = {"1,000": "rate", "998.0": "rate so far", "88 us": "p50", "90 us": "p50 so far", "210 us": "p99",
               "1.2 ms": "p99 so far", "12,000": "ok", "10": "not ok"}  # fmt: skip
    run = replace(ALONE, look=lambda name: replace(STUDENTS, so_far=Pace(998.0, 90e-6, 1.2e-3)))
    left: list[str] = []
    for columns in range(80, 19, -1):
        row = next(line for line in screen(run, columns, 24) if line.startswith("students"))
        gone = [name for number, name in numbers.items() if f" {number}" not in f"{row} ".replace("12,000", "12,000 ")]
        left += [name for name in gone if name not in left]
    assert left == ["p50 so far", "rate so far", "p99 so far", "p50", "ok", "p99", "not ok"]


def test_groups_beyond_the_height_are_counted_and_never_looked_at() -> None:
    looked: list[str | None] = []

    def look(name: str | None) -> LiveGroup:
        looked.append(name)
        return QUIET

    names = tuple(f"group-{number}" for number in range(100))
    lines = screen(LiveRun(names, look, Verdict("valid", ())), 119, 24)
    shown = [line for line in lines if line.startswith("group-")]
    assert len(shown) == len(looked) - 1 == 15
    assert f"… and {100 - 15} more" in lines
    assert any(line.startswith("all groups") for line in lines)
    assert looked[-1] is None


def test_thresholds_that_fail_are_shown_first_and_the_rest_counted() -> None:
    many = tuple(held(f"rtt.p99 < {number}ms", 1e-3, number != 50) for number in range(60))
    lines = screen(replace(ALONE, thresholds=many), 79, 24)
    told = lines[lines.index("thresholds, as they stand") + 1 :]
    assert [line.partition("  ")[0].strip() for line in told[:4]] == [
        "✓ rtt.p99 < 0ms", "✓ rtt.p99 < 1ms", "✗ rtt.p99 < 50ms", "… and 57 more thresholds",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("threshold", "sign"),
    [
        (held("a", 1e-3, True), "✓ a  1 ms"),
        (held("a", 3e-2, False), "✗ a  30 ms"),
        (held("a", None, False, "nothing was answered in time"), "? a  nothing was answered in time"),
        (held("a", None, None), "? a  -"),
    ],
)
def test_what_cannot_be_told_yet_is_no_failure_yet(threshold: tuple[Threshold, ThresholdResult], sign: str) -> None:
    assert sign in screen(replace(ALONE, thresholds=(threshold,)), 79, 24)


def test_reasons_of_this_run_and_of_those_before() -> None:
    run = replace(ALONE, verdict=Verdict("invalid", (DIED, LATE)), before=Verdict("suspect", (LATE,)), runs_before=2)
    lines = screen(run, 119, 40)
    at = lines.index("verdict so far: invalid")
    assert lines[at + 1 :] == [f"- {DIED}", f"- {LATE}", "of 2 runs before: suspect", f"- {LATE}"]
    short = screen(run, 59, 14)
    at = short.index("verdict so far: invalid")
    assert short[at + 1 : at + 3] == [
        "- the server process died (killed by SIGKILL) 3.0 s into…",
        "… and 1 reason more",
    ]


def test_names_are_shown_and_never_interpreted() -> None:
    hostile = "\x1b[31m\u202e\n\udc80"
    run = LiveRun((hostile,), lambda name: EMPTY, Verdict("suspect", (hostile,)), (held(hostile, None, None, hostile),))
    head = LiveHead(hostile, hostile, "measuring", 0, 1)
    text = "".join(screen(run, 200, 40, head, (hostile,)))
    assert text.isprintable()
    assert text.count("\\x1b[31m\\u202e\\n\\udc80") >= 5


@given(
    columns=st.integers(1, 200),
    rows=st.integers(1, 60),
    names=st.lists(st.text(max_size=40), min_size=1, max_size=30, unique=True),
    text=st.text(max_size=200),
    phase=st.sampled_from(["starting", "warm-up", "measuring", "draining", "stopping"]),
    group=st.sampled_from([STUDENTS, QUIET, EMPTY]),
    reasons=st.integers(0, 5),
)
def test_it_always_fits(
    columns: int, rows: int, names: list[str], text: str, phase: str, group: LiveGroup, reasons: int
) -> None:
    thresholds = (held(text or "x", None, None, text),) * 3
    verdict = Verdict("suspect", (text,) * reasons)
    run = LiveRun(tuple(names), lambda name: group, verdict, thresholds, Verdict("valid", ()), 3)
    lines = screen(run, columns, rows, LiveHead(text, text, phase, 3.0, 10.0, 99.0), (text, text))
    assert len(lines) <= rows
    assert max(map(cells.width, lines)) <= columns
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (245, "4 min 05 s"), (3600, "1 h 00 min"), (7320, "2 h 02 min")],
)
def test_a_time(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_sparkline_begins_at_nothing_and_shows_a_pause() -> None:
    assert sparkline([], 0) == ""
    assert sparkline([0, 0], 0) == "▁▁"
    assert sparkline([0, 1, 500, 1000], 1000) == "▁▂▅█"


def test_a_terminal_without_these_letters_has_others_as_wide() -> None:
    for line in screen(RUN, 140, 40) + ["長い é"]:
        shown = in_letters_of("ascii", line)
        assert shown.isascii()
        assert len(shown) == cells.width(line)
        assert in_letters_of("utf-8", line) == line
    assert in_letters_of("ascii", "✓ ▁▂█ ░ …") == "+ _.# . ~"
