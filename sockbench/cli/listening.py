"""What `run` does with what it hears while a run goes on: a progress line, a line an interval, a file of requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.exits import OutputError, fail, reason
from sockbench.cli.progress import progress

if TYPE_CHECKING:
    from sockbench.model.plan import Plan
    from sockbench.model.result import Interval
    from sockbench.model.samples import Samples
    from sockbench.run.ears import Ears
    from sockbench.store.growing_file import GrowingFile


def open_samples(path: str | None) -> GrowingFile | None:
    """The file of every request, if one is asked for. Exits 106 when it cannot be written."""
    if path is None:
        return None
    from sockbench.report.sample_rows import HEADING
    from sockbench.store.growing_file import GrowingFile

    try:
        return GrowingFile(path, HEADING)
    except OSError as error:
        fail(
            f"the samples cannot be written to {path!r}: {reason(error)}; choose another with --samples FILE",
            CANNOT_RUN,
        )


@contextmanager
def listening(plan: Plan, *, quiet: bool, intervals: bool, samples: GrowingFile | None) -> Iterator[Ears]:
    """Who hears of a run of `plan`."""
    from sockbench.run.ears import Ears

    def keep(group: str, rows: Samples) -> None:
        from sockbench.report.sample_rows import sample_rows

        if samples is not None and samples.problem is None:
            samples.write(sample_rows(group, rows))

    keeper = None if samples is None else keep
    if intervals:
        yield Ears(samples=keeper, interval=_teller(plan))
        return
    with progress(plan.name, quiet) as watch:
        yield Ears(watch, keeper)


def incomplete(path: str | None, samples: GrowingFile | None) -> str | None:
    """What is wrong with the file of every request, which is closed now."""
    if samples is None:
        return None
    samples.close()
    if samples.problem is None:
        return None
    return f"the samples in {path!r} end early: {reason(samples.problem)}; choose another file with --samples FILE"


def _teller(plan: Plan) -> Callable[[Interval], None]:
    """Writes each interval on standard error, for as long as anyone reads there."""
    from sockbench.report.interval_line import IntervalLines

    lines = IntervalLines([group.name for group in plan.groups], plan.duration + plan.drain)

    def tell(interval: Interval) -> None:
        with suppress(OutputError):
            click.echo(lines.line(interval), err=True)

    return tell
