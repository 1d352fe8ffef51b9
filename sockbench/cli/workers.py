"""What `--workers` takes: a number, or `auto`."""

from __future__ import annotations

import click

from sockbench.run.workers import MOST, WorkersWish


def workers_wish(ctx: click.Context, param: click.Parameter, text: str) -> WorkersWish:
    """A callback of click: from 1 to MOST, or `auto`. Anything else is wrong use."""
    wish = text.strip()
    if wish == "auto":
        return "auto"
    if wish.isascii() and wish.isdigit() and 1 <= int(wish) <= MOST:
        return int(wish)
    raise click.BadParameter(f"{text!r} is neither a whole number from 1 to {MOST} nor 'auto'", ctx, param)
