"""`sockbench report`: what a run printed, again, from its folder. Starts nothing, and judges nothing anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sockbench.cli import names
from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.columns import USUAL, columns
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail, reason
from sockbench.cli.html_file import html_path, write_html
from sockbench.cli.output import format_flag, text_of, write_out
from sockbench.cli.results import load_result, results_flag

if TYPE_CHECKING:
    from sockbench.stats.hlog import LogLine


@click.command(
    "report",
    epilog=examples(
        "sockbench report last",
        "sockbench report last --format markdown -o comment.md",
        "sockbench report udp10 --format junit -o junit.xml",
        "sockbench report last --html report.html",
    ),
)
@click.argument("result", shell_complete=names.results)
@format_flag
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    shell_complete=names.files,
    help="Write it to FILE, over what is there, not to standard output.",
)
@click.option(
    "--html",
    callback=html_path,
    metavar="FILE",
    shell_complete=names.files,
    help="Write one HTML file with charts, and print nothing.",
)
@results_flag("Where a RESULT that is no path is looked for.")
def command(result: str, output: str, file: str | None, html: Path | None, directory: Path) -> None:
    """Print RESULT again: a folder that `sockbench run` saved, the beginning of its name, or `last`.

    Exit codes: 0 fine, 2 wrong use, 106 the file cannot be written. What the result says changes none of them.
    """
    if file == "":
        raise click.BadParameter("it must name a file", param_hint="--output")
    if html is not None and file is not None:
        raise click.BadParameter("--html names the file already: leave it out", param_hint="--output")
    path, loaded = load_result(result, directory)
    if html is not None:
        log = _latencies(path)
        if problem := write_html(html, loaded, log):
            fail(problem, CANNOT_RUN)
        return
    folder = path.parent if path.name == "result.json" else path
    width = columns() if file in (None, "-") else USUAL
    write_out(text_of(loaded, str(folder), output, width), file)


def _latencies(path: Path) -> list[LogLine]:
    """Of the result at `path`. A log that is not there, or damaged, is told, and is no reason to report nothing."""
    from sockbench.store import ResultError
    from sockbench.store.folder import load_latencies

    try:
        return load_latencies(path)
    except OSError as error:
        problem = f"the latencies of {str(path)!r} cannot be read: {reason(error)}"
    except ResultError as error:
        problem = str(error)
    click.echo(f"sockbench: {problem}; the report has no histograms", err=True)
    return []
