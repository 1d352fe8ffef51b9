"""The examples at the end of a command's `--help`. Nothing else is here: importing it costs nothing."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """An epilog for click, which leaves the lines as they are."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
