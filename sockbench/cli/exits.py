"""Exit codes (docs/design.md, "Commands"), and how an error becomes one sentence and a code."""

from __future__ import annotations

from typing import NoReturn

import click

from sockbench.cli.entry import INTERRUPTED as INTERRUPTED

FINE = 0
WRONG_USE = 2
THRESHOLD_FAILED = 99
WRONG_SCENARIO = 104
CANNOT_RUN = 106
INVALID = 107


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong on standard error, and exit with `code`."""
    click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)
