"""How an error becomes one sentence on standard error and an exit code."""

from __future__ import annotations

import os
from typing import NoReturn

import click


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong, and exit with `code`."""
    click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)


def drop_output() -> None:
    """Nobody reads standard output any more: what is still in its buffer goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
