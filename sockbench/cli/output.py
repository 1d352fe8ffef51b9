"""How a result leaves the command: in one of five formats, to standard output or into a file.

`run` prints what `report` prints again, by the same functions. A file is whole, or it is as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.columns import USUAL
from sockbench.cli.entry import ignore_interrupts
from sockbench.cli.exits import fail, reason

if TYPE_CHECKING:
    from sockbench.model.result import Result

FORMATS = ("table", "markdown", "csv", "json", "junit")

Command = TypeVar("Command", bound=Callable[..., None])


def format_flag(command: Command) -> Command:
    """The flag that says how a result is printed: parameter `output`, for `text_of`."""
    option: Callable[[Command], Command] = click.option(
        "--format",
        "output",
        envvar="SOCKBENCH_FORMAT",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How the result is printed: for people, a pull request, a spreadsheet, programs or a CI server.",
    )
    return option(command)


def text_of(result: Result, saved: str | None, output: str, width: int = USUAL) -> str:
    """The result in one of FORMATS, for people at most `width` columns wide.

    What a format has no room for, and must not be missed, goes to standard error.
    """
    if output == "json":
        from sockbench.store.folder import dumps

        return dumps(result)
    if output == "junit":
        from sockbench.report.junit import junit

        return junit(result)
    from sockbench.report.run_report import remarks, render

    if output == "csv":
        click.echo(remarks(result), nl=False, err=True)
    formats: Any = output
    return render(result, saved, formats, width)


def write_out(text: str, file: str | None) -> None:
    """Print `text`, or make it what FILE holds; `-` is standard output. Exits 106, with a sentence, when it cannot."""
    if file is None or file == "-":
        click.echo(text, nl=False)
        return
    from sockbench.store.disk import replace

    path = Path(file)
    try:
        if path.is_file() or not path.exists():  # a pipe may wait for its reader, but a disk takes no time
            ignore_interrupts()  # and nothing half done is to be left behind
        replace(path, text)
    except FileNotFoundError:
        why = f"there is no folder {str(path.parent)!r}; make it, or choose another file"
        fail(f"the report cannot be written to {file!r}: {why}", CANNOT_RUN)
    except OSError as error:
        fail(f"the report cannot be written to {file!r}: {reason(error)}; choose another file", CANNOT_RUN)
    finally:
        ignore_interrupts(False)
