"""`sockbench report`: what a run printed, again, from its folder. Starts nothing, and judges nothing anew."""

from __future__ import annotations

from pathlib import Path

import click

from sockbench.cli import names
from sockbench.cli.examples import examples
from sockbench.cli.output import format_flag, text_of, write_out
from sockbench.cli.results import load_result


@click.command(
    "report",
    epilog=examples(
        "sockbench report last",
        "sockbench report last --format markdown -o comment.md",
        "sockbench report udp10 --format junit -o junit.xml",
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
    folder = path.parent if path.name == "result.json" else path
    write_out(text_of(loaded, str(folder), output), file)
