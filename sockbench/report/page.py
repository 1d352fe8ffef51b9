"""A page: paragraphs and tables in order, and how they become a terminal's text or a Markdown document.

It decides line ends, wrapping and escapes, and nothing of what is said.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from sockbench.report import cells, table
from sockbench.report.table import Table

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that belong together; the first may be their heading.

    `whole` ones are never broken: a path must stay one that can be copied.
    """

    lines: tuple[str, ...]
    heading: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A line, and a list below it, one entry a line; a `heading` stands right above the line."""

    line: str
    entries: tuple[str, ...]
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that Markdown shows below their `summary` when it is clicked on. A terminal shows them as they are."""

    summary: str
    blocks: tuple[Block, ...]


Block = Lines | Bullets | Table | Fold


def to_text(page: list[Block], width: int = WIDTH) -> str:
    """For a terminal: blocks with an empty line between them, nothing but `whole` lines wider than `width` columns.

    A table that is wider becomes several, each with the columns that say what a row is about.
    """
    return "\n\n".join(filter(None, (_block_text(block, width) for block in page))) + "\n"


def to_markdown(page: list[Block]) -> str:
    """A Markdown document with a line a paragraph."""
    return "\n\n".join(filter(None, map(_block_markdown, page))) + "\n"


def _block_text(block: Block, width: int) -> str:
    if isinstance(block, Fold):
        return "\n\n".join(filter(None, (_block_text(inner, width) for inner in block.blocks)))
    if isinstance(block, Table):
        parts = [table.text(part) for part in table.fitted(block, width)]
        title = "\n".join(cells.wrap(block.title, width))
        return "\n\n".join(filter(None, [_titled(title, parts[0]) if title else parts[0], *parts[1:]]))
    if isinstance(block, Bullets):
        lines = cells.wrap(cells.plain(block.heading), width) if block.heading is not None else []
        lines += cells.wrap(cells.plain(block.line), width)
        for entry in block.entries:
            lines += cells.wrap(f"  - {cells.plain(entry)}", width, indent="    ")
        return "\n".join(lines)
    lines = []
    for line in block.lines:
        shown = cells.plain(line)
        lines += [shown] if block.whole else cells.wrap(shown, width)
    return "\n".join(lines)


def _titled(title: str, body: str) -> str:
    return f"{title}\n{body}" if body else ""


def _block_markdown(block: Block) -> str:
    if isinstance(block, Fold):
        inside = list(filter(None, map(_block_markdown, block.blocks)))
        summary = html.escape(cells.plain(block.summary), quote=False)
        return "\n\n".join([f"<details>\n<summary>{summary}</summary>", *inside, "</details>"]) if inside else ""
    if isinstance(block, Table):
        body = table.markdown(block)
        return f"{cells.markdown(block.title)}\n\n{body}" if block.title and body else body
    if isinstance(block, Bullets):
        heading = [f"## {_escaped(block.heading)}", ""] if block.heading is not None else []
        entries = ["", *(f"- {_escaped(entry)}" for entry in block.entries)] if block.entries else []
        return "\n".join([*heading, f"**{_escaped(block.line)}**", *entries])
    shown = [_escaped(line) for line in block.lines]
    if block.heading and shown:
        shown[0] = f"## {shown[0]}"
    return "\n\n".join(shown)


def _escaped(line: str) -> str:
    return cells.markdown(cells.plain(line))
