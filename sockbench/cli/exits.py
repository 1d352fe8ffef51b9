"""Exit codes (docs/design.md, "Commands"), and how an error becomes one sentence and a code."""

from __future__ import annotations

from typing import NoReturn

import click

FINE = 0
WRONG_USE = 2
THRESHOLD_FAILED = 99
WRONG_SCENARIO = 104
INTERRUPTED = 105
CANNOT_RUN = 106
INVALID = 107


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong on standard error, and exit with `code`."""
    click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)
