"""The progress line of a run, on standard error of the conductor's process alone, at most twice a second.

Nothing is drawn without a terminal, or when the person wants quiet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockbench.run.ears import Progress, Watch


LONGEST_TURN = 60


@contextmanager
def progress(name: str, quiet: bool) -> Iterator[Watch | None]:
    """What to call with each `Progress`; None when nothing is to be drawn. The line is gone after the block."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from sockbench.report.cells import plain

    shown = plain(name)
    console = Console(stderr=True)
    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[counts]}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
    )
    with bar:
        task = bar.add_task(shown, total=None, counts="")

        def watch(now: Progress) -> None:
            bar.update(
                task,
                description=f"{shown}: {where(now)}",
                total=now.total_s,
                completed=min(now.elapsed_s, now.total_s),
                counts=describe(now),
            )
            bar.refresh()

        yield watch


def where(now: Progress) -> str:
    """The phase, and which run it is of, where there are several."""
    from sockbench.report.cells import cut, plain

    several = now.turn is not None and not now.turn.is_alone
    return (
        f"{cut(plain(now.turn.announced), LONGEST_TURN)}, {now.phase.value}"
        if several and now.turn
        else now.phase.value
    )


def describe(now: Progress) -> str:
    """The numbers of the line: time, and what is known of the requests so far."""
    text = f"{min(now.elapsed_s, now.total_s):.0f} of {now.total_s:g} s"
    if now.planned:
        text += f"   {now.ok:,} ok"
        if now.planned > now.ok:
            text += f", {now.planned - now.ok:,} not"
    if now.overdue:
        text += f", {now.overdue:,} past their timeout"
    return text
