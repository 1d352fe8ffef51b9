"""`sockbench history`: the saved results, newest first, or one figure of them over time. Starts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sockbench.cli import moments
from sockbench.cli.codes import WRONG_USE
from sockbench.cli.columns import terminal_columns
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail, reason
from sockbench.cli.numbers import Number
from sockbench.cli.results import results_flag

if TYPE_CHECKING:
    from sockbench.model.comparison import Figure
    from sockbench.model.result import Result

FORMATS = ("table", "markdown", "csv", "json")
MOST_SKIPPED = 5
"""Folders that are no result and are told of, each in a line."""
NEWEST = 20
NEWEST_OF_TREND = 100
MOST_OF_TREND = 200
"""The search for changes takes time with the square of their number."""

Entry = tuple[Path, "Result"]


@click.command(
    "history",
    epilog=examples(
        "sockbench history",
        "sockbench history --name 'udp*' --since 7d",
        "sockbench history --name udp10 --trend rtt.p99",
    ),
)
@results_flag("Where the results are.")
@click.option("--name", "pattern", metavar="GLOB", help="Only results of scenarios with such a name: 'udp*'.")
@click.option("--since", metavar="WHEN", help="Only those begun then or later: 2026-11-01, 2026-11-01T10:00, 7d. UTC.")
@click.option("--until", metavar="WHEN", help="Only those begun until then, that day or minute included.")
@click.option(
    "--limit",
    type=Number(min=1),
    metavar="NUMBER",
    help=f"At most so many, the newest [default: {NEWEST}; {NEWEST_OF_TREND} with --trend].",
)
@click.option(
    "--trend", metavar="[GROUP.]FIGURE", help="Draw rtt.p99, requests_per_s, lost, … over time; mark where it changed."
)
@click.option(
    "--min-effect",
    envvar="SOCKBENCH_MIN_EFFECT",
    default="5%",
    show_default=True,
    metavar="SHARE",
    help="With --trend: the smallest change that counts.",
)
@click.option(
    "--format",
    "output",
    envvar="SOCKBENCH_FORMAT",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How it is printed.",
)
def command(
    directory: Path,
    pattern: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    trend: str | None,
    min_effect: str,
    output: str,
) -> None:
    """List the saved results, newest first; with --trend, draw one figure of one scenario over time.

    A folder that holds no result is told of on standard error, and skipped.
    """
    window = _window(since, until)
    effect = _share(min_effect)
    if trend is not None and (limit or 0) > MOST_OF_TREND:
        raise click.BadParameter(f"a trend is drawn of at most {MOST_OF_TREND} results", param_hint="--limit")
    most = limit or (NEWEST if trend is None else NEWEST_OF_TREND)
    entries, has_more = _found(directory, pattern, window, most)
    if trend is not None:
        _print_trend(entries, trend, effect, output)
    else:
        _print_history(entries, output)
    if has_more and limit is None:
        click.echo(f"sockbench: these are the newest {most}; --limit NUMBER shows more", err=True)


def _window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """From when, and before when."""
    now = datetime.now(UTC)
    found: list[datetime | None] = []
    for text, flag, parse in ((since, "--since", moments.since), (until, "--until", moments.until)):
        try:
            found.append(None if text is None else parse(text, now))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=flag) from None
    begin, end = found
    if begin is not None and end is not None and begin >= end:
        raise click.BadParameter(f"it is before --since {since}: nothing is between them", param_hint="--until")
    return begin, end


def _share(text: str) -> float:
    from sockbench.scenario.units import share

    try:
        return share(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--min-effect") from None


def _found(
    directory: Path, pattern: str | None, window: tuple[datetime | None, datetime | None], most: int
) -> tuple[list[Entry], bool]:
    """The newest results that are wanted, and whether there are more. What is none is told of."""
    if not directory.is_dir():
        what = "is no folder" if directory.exists() else "does not exist"
        fail(f"there are no results: {str(directory)!r} {what}; name another with --results DIR", WRONG_USE)
    entries: list[Entry] = []
    skipped = _Skipped()
    names: dict[str, None] = {}
    has_more = False
    try:
        for folder, result in _read(directory, window, skipped):
            if pattern is not None and not _is_called(result.name, pattern):
                names[result.name] = None
            elif len(entries) == most:
                has_more = True
                break
            else:
                entries.append((folder, result))
    except OSError as error:
        fail(f"the results in {str(directory)!r} cannot be read: {reason(error)}", WRONG_USE)
    skipped.tell_rest()
    if not entries:
        click.echo(f"sockbench: {_nothing(directory, pattern, list(names), window)}", err=True)
    return entries, has_more


def _is_called(name: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return name == pattern or fnmatchcase(name, pattern)


def _read(
    directory: Path, window: tuple[datetime | None, datetime | None], skipped: _Skipped
) -> Iterator[tuple[Path, Result]]:
    """The results of the window, newest first."""
    from sockbench.store.listing import newest, started, time_of

    begin, end = window
    for folder, result in newest(directory):
        if isinstance(result, str):
            skipped.tell(folder, result)
            continue
        moment = started(result)
        if begin is not None and moment < begin and time_of(folder) is not None:
            return
        if (begin is None or moment >= begin) and (end is None or moment < end):
            yield folder, result


class _Skipped:
    """Tells of what is no result, but not of hundreds."""

    def __init__(self) -> None:
        self._told = 0

    def tell(self, folder: Path, why: str) -> None:
        """A line, unless there were many."""
        self._told += 1
        if self._told <= MOST_SKIPPED:
            click.echo(f"sockbench: {str(folder)!r} {why}; it is skipped", err=True)

    def tell_rest(self) -> None:
        """How many more there were."""
        if self._told > MOST_SKIPPED:
            click.echo(f"sockbench: {self._told - MOST_SKIPPED:,} more are no results and are skipped, too", err=True)


def _nothing(
    directory: Path, pattern: str | None, names: list[str], window: tuple[datetime | None, datetime | None]
) -> str:
    from sockbench.scenario.words import either, hint, quoted

    when = " in that time" if window != (None, None) else ""
    if pattern is not None and names:
        advice = hint(pattern, names, f"there are {either(list(map(quoted, names[:4])))}")
        return f"no result in {str(directory)!r}{when} is of a scenario called {pattern!r}{advice}"
    return f"there is no result in {str(directory)!r}{when}: `sockbench run` saves one"


def _print_history(entries: list[Entry], output: str) -> None:
    from sockbench.report.history_table import as_rows, render

    if output == "json":
        import json

        click.echo(json.dumps(as_rows(entries), indent=2, ensure_ascii=False))
    elif entries or output == "csv":
        formats: Any = output
        click.echo(render(entries, formats, terminal_columns()), nl=False)


def _print_trend(entries: list[Entry], text: str, effect: float, output: str) -> None:
    from sockbench.report.trend_report import render
    from sockbench.stats.trend import trends

    group, figure = _figure(text, entries)
    names = list(dict.fromkeys(result.name for _, result in entries))
    if len(names) > 1:
        from sockbench.scenario.words import either, printable

        some = either([printable(name) for name in names[:4]] + (["others"] if len(names) > 4 else []))
        fail(f"these are results of {len(names)} scenarios, and a trend is of one: choose by --name {some}", WRONG_USE)
    try:
        found = trends([(str(folder), result) for folder, result in entries], figure, group, effect)
    except ValueError as error:
        fail(f"{error}: name one, --trend {_first_group(entries)}.{figure.name}", WRONG_USE)
    name = names[0] if names else ""
    if output == "json":
        import json

        from sockbench.store.trend_json import encode_trends

        click.echo(json.dumps(encode_trends(name, found), indent=2, ensure_ascii=False))
    elif found or output == "csv":
        formats: Any = output
        click.echo(render(name, found, formats), nl=False)


def _figure(text: str, entries: list[Entry]) -> tuple[str | None, Figure]:
    from sockbench.scenario.conditions import parse_figure

    groups = dict.fromkeys(group.name for _, result in entries for run in result.runs for group in run.groups)
    try:
        return parse_figure(text, groups)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--trend") from None


def _first_group(entries: list[Entry]) -> str:
    return next(run.groups[0].name for _, result in entries for run in result.runs if len(run.groups) > 1)
