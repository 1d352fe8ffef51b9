"""How wide a page for people may be: as the terminal that it goes to, where that is narrower than usual.

In a file or a pipe a page is as wide as everywhere, so what is kept does not depend on a window's size.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

USUAL = 120
FEWEST = 40
"""A terminal that is narrower breaks lines by itself: no table has columns that small."""


def columns() -> int:
    """Columns that a page may have: those of the terminal, from FEWEST to USUAL; USUAL where it goes elsewhere."""
    return min(terminal_columns() or USUAL, USUAL)


def below_keys() -> None:
    """On a terminal, begin a line of its own: the `^C` of who pressed it stands where the next one would begin."""
    if sys.stdout is not None and sys.stdout.isatty():
        click.echo()


def terminal_columns() -> int | None:
    """Columns of the terminal that is standard output, at least FEWEST; None where it is none or does not know."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    found = 0
    with suppress(OSError, ValueError):
        found = os.get_terminal_size(sys.stdout.fileno()).columns
    if found < 2:  # it does not know
        told = os.environ.get("COLUMNS", "")
        found = int(told) if told.isdecimal() and len(told) < 6 else 0
    return max(FEWEST, found) if found > 1 else None
