"""Requests as rows of CSV: exact times, empty where nothing happened, nothing in a name interpreted."""

from __future__ import annotations

import csv
import io
from array import array
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.model.samples import LOST_UP, Samples
from sockbench.report.sample_rows import FIELDS, heading, sample_rows, seconds

START = 5_000_000_000


def row_of(number: int, due: int, sent: int, done: int, end: int) -> list[str]:
    text = sample_rows("a", Samples(START, array("q", (3, 77, number, due, sent, done, end))))
    (row,) = csv.reader(io.StringIO(text))
    assert row[:3] == ["a", "3", "77"]
    return row[3:]


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        (
            (1, START, START + 5, START + 1_000_000_005, Outcome.OK),
            "1 measured 0.000000000 0.000000005 1.000000005 ok  1.000000000",
        ),
        (
            (2, START - 1, START, START + 1, Outcome.LATE),
            "2 warmup -0.000000001 0.000000000 0.000000001 late  0.000000001",
        ),
        ((3, START, START, NEVER, Outcome.LOST), "3 measured 0.000000000 0.000000000  lost unknown "),
        ((3, START, START, NEVER, LOST_UP), "3 measured 0.000000000 0.000000000  lost up "),
        ((3, START, START, NEVER, LOST_UP + 1), "3 measured 0.000000000 0.000000000  lost down "),
        ((4, START, START, START + 9, Outcome.REFUSED), "4 measured 0.000000000 0.000000000 0.000000009 refused  "),
        ((4, START, START, START + 9, Outcome.FAILED), "4 measured 0.000000000 0.000000000 0.000000009 failed  "),
        (
            (4, START, START, START + 9, Outcome.CORRUPT),
            "4 measured 0.000000000 0.000000000 0.000000009 corrupt  0.000000009",
        ),
        ((0, START - 2 * 10**9, NEVER, NEVER, Outcome.SKIPPED), " warmup -2.000000000   skipped  "),
        ((9, START, START, NEVER, Outcome.UNFINISHED), "9 measured 0.000000000 0.000000000  unfinished  "),
        ((9, START - 1, START - 1, NEVER, Outcome.LOST), "9 warmup -0.000000001 -0.000000001  lost unknown "),
    ],
)
def test_rows(words: tuple[int, int, int, int, int], cells: str) -> None:
    assert row_of(*words) == cells.split(" ")


def test_the_heading_has_a_name_for_each_cell() -> None:
    assert heading() == "group,client,id,request,phase,due_s,sent_s,done_s,outcome,lost,rtt_s\n"
    assert len(row_of(1, 0, 0, 1, 0)) == len(FIELDS) - 3


@given(st.integers(-(2**62), 2**62))
def test_seconds_are_exact(nanoseconds: int) -> None:
    text = seconds(nanoseconds)
    assert Decimal(text) * 10**9 == nanoseconds
    assert len(text.partition(".")[2]) == 9


@pytest.mark.parametrize(
    ("name", "cell"), [("a,b", "a,b"), ('"', '"'), ("=1+1", "'=1+1"), ("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m")]
)
def test_a_name_is_one_cell_of_one_line(name: str, cell: str) -> None:
    text = sample_rows(name, Samples(0, array("q", (1, 1, 1, 0, 0, 1, 0) * 2)))
    assert len(text.splitlines()) == 2
    assert [row[0] for row in csv.reader(io.StringIO(text))] == [cell, cell]
