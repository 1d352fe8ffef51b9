"""`sockbench calibrate`: this machine's own floor, measured in five seconds, kept, and printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sockbench.cli.cache import cache_flag, folder_of
from sockbench.cli.codes import CANNOT_RUN, FINE
from sockbench.cli.columns import columns
from sockbench.cli.entry import has_measured, ignore_interrupts
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail, reason

if TYPE_CHECKING:
    from sockbench.model.calibration import Calibration


@click.command("calibrate", epilog=examples("sockbench calibrate", "sockbench calibrate --no-save --format json"))
@cache_flag
@click.option("--no-save", envvar="SOCKBENCH_NO_SAVE", is_flag=True, help="Print it only.")
@click.option(
    "--format",
    "output",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How it is printed.",
)
@click.option("-q", "--quiet", envvar="SOCKBENCH_QUIET", is_flag=True, help="No progress line.")
def command(cache: Path | None, no_save: bool, output: str, quiet: bool) -> None:
    """Measure this machine's own floor: plain round trips over loopback, late wake-ups, the cost of the accounting.

    It takes five seconds, and is kept: from then on `run` sets the RTT of what is on this machine beside it. Leave the
    machine alone meanwhile. Exit codes: 0 fine, 2 wrong use, 105 interrupted, 106 it could not be measured or saved.
    """
    from sockbench.errors import RunError
    from sockbench.run.calibrate import calibrate
    from sockbench.run.environment import read_environment
    from sockbench.run.workers import Workers

    folder = None if no_save else _folder(cache)
    with _progress(quiet) as tell:
        try:
            calibration = calibrate(read_environment(Workers(1), ""), tell)
            has_measured()
        except RunError as error:
            problem: str | None = str(error)
            calibration = None
    if calibration is None:
        fail(problem or "", CANNOT_RUN)
    saved, problem = (None, None) if folder is None else _save(calibration, folder)
    ignore_interrupts(False)
    _print(calibration, saved, output)
    if problem is not None:
        fail(problem, CANNOT_RUN)
    raise SystemExit(FINE)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What to call with what is measured next; the line is gone after the block. Drawn on a terminal only."""
    is_drawn = not quiet and sys.stderr is not None and sys.stderr.isatty()

    def draw(text: str) -> None:
        if is_drawn:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    try:
        yield lambda text: draw(f"calibrate: {text}")
    finally:
        draw("")


def _folder(cache: Path | None) -> Path:
    """Where it will be saved: tried now, since nobody likes to hear of it after five seconds."""
    from sockbench.store.calibration import try_folder

    folder = folder_of(cache)
    if folder is None:
        fail("this user has no home folder: say where the floor is kept with --cache DIR", CANNOT_RUN)
    ignore_interrupts()  # or a folder might be left behind
    try:
        try_folder(folder)
    except OSError as error:
        fail(_unsaved(folder, error), CANNOT_RUN)
    finally:
        ignore_interrupts(False)
    return folder


def _save(calibration: Calibration, folder: Path) -> tuple[Path | None, str | None]:
    """Where it is, or what went wrong: it is printed all the same."""
    from sockbench.store.calibration import save

    try:
        return save(calibration, folder), None
    except OSError as error:
        return None, _unsaved(folder, error)


def _unsaved(folder: Path, error: OSError) -> str:
    return f"the floor cannot be saved in {str(folder)!r}: {reason(error)}; choose another with --cache DIR"


def _print(calibration: Calibration, saved: Path | None, output: str) -> None:
    if output == "json":
        from sockbench.store.calibration import dumps

        text = dumps(calibration)
    else:
        from sockbench.report.calibration_report import render_calibration

        text = render_calibration(calibration, str(saved) if saved is not None else None, columns())
    click.echo(text, nl=False)
