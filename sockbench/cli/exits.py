"""How an error becomes one sentence on standard error and an exit code."""

from __future__ import annotations

from typing import NoReturn

import click


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong, and exit with `code`."""
    click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)
