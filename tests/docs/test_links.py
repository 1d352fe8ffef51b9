"""Every link of a page that is no address of the web leads to a file that is there, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def links(text: str) -> list[str]:
    """Where the links of a page lead; code has none."""
    outside = re.sub(r"`[^`\n]*`", "", prose(text))
    return [link for link in _LINK.findall(outside) if not re.match("[a-z]+:", link)]


def anchors(text: str) -> set[str]:
    """What GitHub makes of a page's headings: lower case, no punctuation, a hyphen for a space, -1 for a second."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        further = (f"{anchor}-{number}" for number in range(1, 1_000))
        found.add(anchor if anchor not in found else next(name for name in further if name not in found))
    return found


def broken(page: Path, text: str) -> list[str]:
    """The links that lead nowhere."""
    wrong = []
    for link in links(text):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        is_there = target.exists() and target.resolve().is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_there_are_pages_with_links() -> None:
    assert {"README.md", "README.pt-BR.md", "docs/design.md", "results/README.md"} <= set(map(name_of, PAGES))
    assert len(links((ROOT / "README.md").read_text(encoding="utf-8"))) > 15


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[there](README.md) [web](https://example.org/none)", []),
        ("[gone](docs/none.md)", ["docs/none.md"]),
        ("[![shown](none.png)](README.md)", ["none.png"]),
        ("[`code`](none.md)", ["none.md"]),
        ("`[code](none.md)`", []),
        ("```\n[code](none.md)\n```", []),
        ("# A title, with `code`\n[up](#a-title-with-code) [no](#a-title)", ["#a-title"]),
        ("# Two\n# Two\n[one](#two) [other](#two-1) [no](#two-2)", ["#two-2"]),
        ("[out](../../etc/passwd)", ["../../etc/passwd"]),
    ],
)
def test_the_rule_itself(text: str, wrong: list[str]) -> None:
    page = ROOT / "README.md"
    own = [link for link in links(text) if link.startswith("#")]
    found = [link for link in broken(page, text) if link not in own]
    assert [*found, *(link for link in own if link[1:] not in anchors(text))] == wrong
