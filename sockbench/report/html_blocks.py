"""The tables and lines of a report as plain values for a template: text that is safe to show, and which of it is a
number. It decides nothing of what is said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sockbench.report import cells, table
from sockbench.report.page import Block, Bullets, Fold
from sockbench.report.table import Table


def for_template(blocks: Sequence[Block], without: Collection[str] = ()) -> list[dict[str, Any]]:
    """Each block as a mapping, empty ones left out, and lines that were said before."""
    found = []
    for block in blocks:
        if isinstance(block, Table):
            if block.rows:
                found.append(_table(block))
        elif isinstance(block, Bullets):
            entries = [cells.plain(entry) for entry in block.entries]
            found.append({"kind": "bullets", "line": cells.plain(block.line), "entries": entries})
        elif isinstance(block, Fold):
            found += for_template(block.blocks, without)
        else:
            lines = [cells.plain(line) for line in block.lines if line not in without]
            if lines:
                found.append({"kind": "lines", "lines": lines, "heading": block.heading})
    return [block for block, following in zip(found, [*found[1:], None], strict=True) if not _is_idle(block, following)]


def _is_idle(block: dict[str, Any], following: dict[str, Any] | None) -> bool:
    """A heading of nothing, since what it stood above was said before."""
    if not block.get("heading") or len(block["lines"]) > 1:
        return False
    return following is None or bool(following.get("heading"))


def _table(whole: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "title": cells.plain(whole.title),
        "headings": [cells.plain(column.heading) for column in whole.columns],
        "numbers": [table.is_number(column) for column in whole.columns],
        "rows": table.human(whole),
        "row_heads": whole.keys,
    }
