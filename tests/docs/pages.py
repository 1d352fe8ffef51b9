"""The pages that people read: which there are, what is in them, and the parts of them that the tests write.

`SOCKBENCH_GOLDEN=write pytest -n0 tests/docs tests/scenario/test_reference.py` writes those parts anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "results", ROOT / "benchmarks", ROOT / ".ci")
    for path in folder.glob("*.md")
)
STALE = "write it again: SOCKBENCH_GOLDEN=write pytest -n0 tests/docs tests/scenario/test_reference.py"

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    """As a test is called after it."""
    return str(path.relative_to(ROOT))


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language, contents) of every fenced block."""
    for found in _FENCE.finditer(text):
        yield found[2], found[3]


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text)


def assert_written(path: Path, text: str) -> None:
    """The file holds `text`; asked to, it is written first."""
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, STALE


def assert_between_marks(path: Path, name: str, text: str) -> None:
    """Between the marks called `name` the page holds `text`."""
    begin, end = f"<!-- {name}: written by the tests -->\n", f"<!-- {name}: end -->\n"
    before, mark, rest = path.read_text(encoding="utf-8").partition(begin)
    _, other, after = rest.partition(end)
    assert (mark, other) == (begin, end), f"{path.name} has lost the marks between which {name!r} is written"
    assert_written(path, f"{before}{begin}{text}{end}{after}")
