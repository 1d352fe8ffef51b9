"""The definitions that come with an HTML report are those of docs/metrics.md, word for word.

`SOCKBENCH_GOLDEN=write` writes the file anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import sockbench.report

FILE = Path(sockbench.report.__file__).parent / "web" / "definitions.json"
PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
LEFT_OUT = ("A comparison", "The verdict", "A trend", "Other tables")
"""`compare`, whose words are in its own legend, and what no report of a run prints."""


def told() -> list[dict[str, object]]:
    """Every row of the tables of columns: its section, the columns that it is about, and what they mean."""
    rows: list[dict[str, object]] = []
    for section in PAGE.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        if title in LEFT_OUT:
            continue
        for line in body.splitlines():
            parts = [part.strip() for part in line.strip("|").split("|")]
            names = re.findall("`([^`]+)`", parts[0])
            if line.startswith("| `") and names:
                rows.append({"section": title, "names": names, "text": plain(parts[1])})
    return rows


def plain(markdown: str) -> str:
    """Without the marks of Markdown."""
    return re.sub(
        r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)", lambda match: match[1] or match[2] or match[3], markdown
    )


def test_they_are_those_of_the_page() -> None:
    text = json.dumps(told(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text, "write it again: SOCKBENCH_GOLDEN=write pytest tests/report"
    assert len(told()) > 40
