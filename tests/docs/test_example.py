"""The answer that the README shows is the one of the committed example, word for word; `…` stands for the rest.

`SOCKBENCH_GOLDEN=write` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sockbench.report.run_report import render
from sockbench.store.folder import load
from tests.docs.pages import ROOT, assert_between_marks

EXAMPLE = ROOT / "results" / "example-tcp-vs-udp"
KEPT = ("tcp-vs-udp: ", "3 s a run", "transport ")
"""How the paragraphs begin that are shown: title and verdict, conditions, table."""
ANSWER = "median round trip"
"""What the answer is about."""


def shown(folder: Path) -> str:
    """The report of a saved result, shortened."""
    kept: list[str] = []
    for paragraph in render(load(folder, intervals=False), None, "table").rstrip("\n").split("\n\n"):
        if paragraph.startswith(KEPT) or ANSWER in paragraph:
            kept.append(paragraph)
        elif kept[-1] != "…":
            kept.append("…")
    return "\n\n".join(kept).replace("\n\n…\n\n", "\n…\n").removesuffix("\n\n…")


@pytest.mark.parametrize("page", ["README.md", "README.pt-BR.md"])
def test_the_answer_is_that_of_the_example(page: str) -> None:
    assert_between_marks(ROOT / page, "example", f"```\n{shown(EXAMPLE)}\n```\n")


def test_what_is_shown_begins_with_the_verdict_and_ends_with_the_answer() -> None:
    lines = shown(EXAMPLE).splitlines()
    assert lines[1].startswith("verdict: ")
    assert ANSWER in " ".join(lines[-4:])
