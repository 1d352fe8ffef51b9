"""Cells are escaped, cut and aligned; tables come out as text, Markdown and CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.report import cells, table
from sockbench.report.table import Column, Table
from tests.report.strategies import texts

COLUMNS = (Column("group", "name", "name"), Column("planned", "planned", "count"), Column("p50", "p50_s", "duration"))
SMALL = Table("", COLUMNS, (("students", 1000, 0.000412), ("日本", 7, None)))


def named(name: str) -> Table:
    return Table("", COLUMNS, ((name, 1, 0.5),))


def test_text() -> None:
    assert table.text(SMALL).split("\n") == [
        "group     planned     p50",
        "--------  -------  ------",
        "students    1,000  412 us",
        "日本            7       -",
    ]


def test_markdown() -> None:
    assert table.markdown(SMALL).split("\n") == [
        "| group    | planned |    p50 |",
        "| -------- | ------: | -----: |",
        "| students |   1,000 | 412 us |",
        "| 日本     |       7 |      - |",
    ]


def test_csv() -> None:
    assert table.to_csv(SMALL) == "name,planned,p50_s\nstudents,1000,0.000412\n日本,7,\n"


def test_no_rows_are_no_table() -> None:
    empty = Table("title", COLUMNS, ())
    assert (table.text(empty), table.markdown(empty)) == ("", "")
    assert table.to_csv(empty) == "name,planned,p50_s\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("students", "students"),
        ("Olá", "Olá"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\u202eevil", "\\u202eevil"),
        ("\U000e0001", "\\U000e0001"),
        ("\ud800", "\\ud800"),
        ("e\u0301", "e\u0301"),
        ("\u0301", "\\u0301"),
    ],
)
def test_what_is_not_printable_is_escaped(raw: str, shown: str) -> None:
    assert cells.plain(raw) == shown


@pytest.mark.parametrize(
    ("raw", "columns", "shown"),
    [
        ("students", 8, "students"),
        ("students", 7, "studen…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本", 1, "…"),
    ],
)
def test_what_is_long_is_cut(raw: str, columns: int, shown: str) -> None:
    assert cells.cut(raw, columns) == shown


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_name_is_no_formula(name: str) -> None:
    rows = list(csv.reader(io.StringIO(table.to_csv(named(name)))))
    assert rows[1][0] == f"'{name}"


def test_a_negative_number_stays_a_number() -> None:
    assert table.to_csv(Table("", COLUMNS, (("a", -1, -0.5),))).endswith("\na,-1,-0.5\n")


@given(texts)
def test_any_name_stays_in_its_cell(name: str) -> None:
    lines = table.text(named(name)).split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert {cells.width(line) for line in lines} == {cells.width(lines[0])}
    assert cells.width(lines[1]) <= table.NAME_COLUMNS + 2 + len("planned") + 2 + len("500 ms")


@given(texts)
def test_any_name_stays_in_its_markdown_cell(name: str) -> None:
    lines = table.markdown(named(name)).split("\n")
    assert len(lines) == 3
    bare = lines[2].replace("\\\\", "").replace("\\|", "")
    assert bare.count("|") == 4
    assert "<" not in bare.replace("\\<", "")


@given(texts)
def test_any_name_stays_in_its_csv_cell(name: str) -> None:
    rows = list(csv.reader(io.StringIO(table.to_csv(named(name)))))
    assert [len(row) for row in rows] == [3, 3]
    assert rows[1][0].removeprefix("'") == cells.plain(name).removeprefix("'")


@example("0" * 40 + "\u0300", 39)
@given(texts | st.text(alphabet="ab 日\u0301", max_size=300), st.integers(10, 40))
def test_wrapped_lines_fit_and_lose_nothing(raw: str, columns: int) -> None:
    shown = cells.plain(raw)
    lines = cells.wrap(shown, columns, indent="  ")
    assert all(cells.width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


def test_a_list_entry_hangs() -> None:
    assert cells.wrap("  - one two three", 11, indent="    ") == ["  - one two", "    three"]


def test_a_wide_table_becomes_several_that_fit() -> None:
    columns = (COLUMNS[0], *[Column(f"number {i}", f"n{i}", "count") for i in range(30)])
    wide = Table("", columns, (("students", *range(30)), ("others", *range(30))))
    parts = table.fitted(wide, 120)
    assert len(parts) == 3
    assert all(table.columns_of(part) <= 120 for part in parts)
    assert all(part.columns[0] == COLUMNS[0] and len(part.rows) == 2 for part in parts)
    assert [column for part in parts for column in part.columns[1:]] == list(columns[1:])


def test_every_part_of_a_wide_table_has_all_columns_that_tell_its_rows_apart() -> None:
    columns = (
        COLUMNS[0],
        Column("group", "group", "name"),
        *[Column(f"number {i}", f"n{i}", "count") for i in range(30)],
    )
    wide = Table("", columns, (("udp", "students", *range(30)), ("udp", "others", *range(30))), keys=2)
    parts = table.fitted(wide, 120)
    assert len(parts) > 2
    assert all(part.columns[:2] == columns[:2] and part.keys == 2 for part in parts)
    assert [column for part in parts for column in part.columns[2:]] == list(columns[2:])
