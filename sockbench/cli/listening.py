"""What `run` does with what it hears while a run goes on: a progress line, a line an interval, a live screen, a file of
requests.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.exits import fail, reason
from sockbench.cli.live_screen import live_screen
from sockbench.cli.progress import progress
from sockbench.cli.shown import Shown

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.result import Interval
    from sockbench.model.samples import Samples
    from sockbench.report.interval_line import IntervalLines
    from sockbench.run.ears import Ears, Turn
    from sockbench.store.growing_file import GrowingFile


def open_samples(path: str | None, experiment: Experiment) -> GrowingFile | None:
    """The file of every request of the experiment, if one is asked for. Exits 106 when it cannot be written."""
    if path is None:
        return None
    from sockbench.report.sample_rows import heading
    from sockbench.store.growing_file import GrowingFile

    try:
        return GrowingFile(path, heading(experiment.variants[0].values if experiment.runs > 1 else None))
    except OSError as error:
        fail(
            f"the samples cannot be written to {path!r}: {reason(error)}; choose another with --samples FILE",
            CANNOT_RUN,
        )


Say = Callable[[str], None]


@contextmanager
def listening(name: str, shown: Shown, samples: GrowingFile | None) -> Iterator[tuple[Ears, Say | None]]:
    """Who hears of the runs of the experiment `name`; and what says a line that is to stay, None: nobody wants any."""
    from sockbench.run.ears import Ears

    listener = _Listener(samples, shown.intervals)
    keep = None if samples is None else listener.keep
    say = None if shown.quiet or sys.stderr is None else _say
    if shown.intervals:
        yield Ears(samples=keep, interval=listener.tell, turn=listener.turn), say
    elif shown.live:
        with live_screen(name) as screen:
            yield Ears(screen.watch, keep, turn=listener.turn, live=True), screen.note
    else:
        with progress(name, shown.quiet) as watch:
            yield Ears(watch, keep, turn=listener.turn), say


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")  # click would write past the progress line's own proxy, into the line itself
    sys.stderr.flush()


def incomplete(path: str | None, samples: GrowingFile | None) -> str | None:
    """What is wrong with the file of every request, which is closed now."""
    if samples is None:
        return None
    samples.close()
    if samples.problem is None:
        return None
    return f"the samples in {path!r} end early: {reason(samples.problem)}; choose another file with --samples FILE"


class _Listener:
    """Writes requests into their file, and intervals on standard error."""

    def __init__(self, samples: GrowingFile | None, intervals: bool) -> None:
        self._samples = samples
        self._intervals = intervals
        self._lines: IntervalLines | None = None  # of the run that goes on
        self._which: tuple[str, ...] = ()  # what the rows of its requests begin with

    def turn(self, now: Turn) -> None:
        """A run begins."""
        from sockbench.report.cells import plain
        from sockbench.report.interval_line import IntervalLines

        plan = now.variant.plan
        self._lines = IntervalLines([group.name for group in plan.groups], plan.duration + plan.drain)
        self._which = (*now.variant.values.values(), str(now.repetition)) if not now.is_alone else ()
        if self._intervals and not now.is_alone:
            click.echo(plain(now.announced), err=True)

    def keep(self, group: str, rows: Samples) -> None:
        """Requests of it."""
        from sockbench.report.sample_rows import sample_rows

        if self._samples is not None and self._samples.problem is None:
            self._samples.write(sample_rows(group, rows, self._which))

    def tell(self, interval: Interval) -> None:
        """A second of it."""
        if self._lines is not None:
            click.echo(self._lines.line(interval), err=True)
