"""`sockbench report`: what a run printed, again, from its folder. Starts nothing, and judges nothing anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.exits import fail, reason
from sockbench.cli.results import load_result

FORMATS = ("table", "markdown", "csv", "json")


@click.command("report")
@click.argument("result")
@click.option(
    "--format",
    "output",
    envvar="SOCKBENCH_FORMAT",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How it is printed.",
)
@click.option(
    "-o", "--output", "file", metavar="FILE", help="Write it to FILE, over what is there, not to standard output."
)
@click.option(
    "--results",
    "directory",
    envvar="SOCKBENCH_RESULTS",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    metavar="DIR",
    help="Where a RESULT that is no path is looked for.",
)
def command(result: str, output: str, file: str | None, directory: Path) -> None:
    """Print RESULT again: a folder that `sockbench run` saved, the beginning of its name, or `last`.

    Exit codes: 0 fine, 2 wrong use, 106 the file cannot be written. What the result says changes none of them.
    """
    if file == "":
        raise click.BadParameter("it must name a file", param_hint="--output")
    path, loaded = load_result(result, directory)
    if output == "json":
        from sockbench.store.folder import dumps

        text = dumps(loaded)
    else:
        from sockbench.report.run_report import remarks, render

        if output == "csv":  # which has no room for them
            click.echo(remarks(loaded), nl=False, err=True)
        folder = path.parent if path.name == "result.json" else path
        formats: Any = output
        text = render(loaded, str(folder), formats)
    if file is None or file == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"the report cannot be written to {file!r}: {reason(error)}; choose another file", CANNOT_RUN)
