"""Reports for a terminal narrower than usual: no line is too wide, and nothing that the wide ones say is lost."""

from __future__ import annotations

import pytest

from sockbench.report import cells, history_table
from sockbench.report.run_report import render
from tests.report.samples import RESULT
from tests.report.test_history_report import changed
from tests.report.test_run_report import RESULTS, SAVED


def words(text: str) -> set[str]:
    """Without the rules below headings."""
    return {word for word in text.split() if word.strip("-")}


@pytest.mark.parametrize("width", [119, 80])
@pytest.mark.parametrize("name", RESULTS)
def test_a_report_fits_a_narrow_terminal(name: str, width: int) -> None:
    wide, narrow = (render(RESULTS[name], None, "table", *columns) for columns in ((), (width,)))
    assert max(map(cells.width, narrow.split("\n"))) <= width
    assert words(narrow) == words(wide)


def test_a_path_is_never_broken() -> None:
    assert f"\nsaved: {SAVED}\n" in render(RESULT, SAVED, "table", 30)


@pytest.mark.parametrize("format", ["markdown", "csv"])
def test_only_what_is_for_a_terminal_has_its_width(format: str) -> None:
    assert render(RESULT, SAVED, format, 40) == render(RESULT, SAVED, format)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [119, 80])
def test_the_history_fits_too(width: int) -> None:
    entries = changed()
    wide, narrow = (history_table.render(entries, "table", columns) for columns in (None, width))  # type: ignore[arg-type]
    assert max(map(cells.width, narrow.split("\n"))) <= width
    assert words(narrow) == words(wide)
