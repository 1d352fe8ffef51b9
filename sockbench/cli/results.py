"""Saved results named on the command line: the flag that says where they are, and reading one.

What cannot be read is one sentence and exit code 2.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sockbench.cli.codes import WRONG_USE
from sockbench.cli.exits import fail, reason

if TYPE_CHECKING:
    from sockbench.model.result import Result

LAST = ("last", "latest")
"""Words for the newest result."""

_EXAMPLE = "give the folder that a run saved, such as results/20261121T065000Z-udp10"
_MOST_TOLD = 3

_Command = TypeVar("_Command", bound=Callable[..., object])


def results_flag(help: str) -> Callable[[_Command], _Command]:
    """`--results DIR`, the argument `directory` of a command that reads what was saved."""
    return click.option(
        "--results",
        "directory",
        envvar="SOCKBENCH_RESULTS",
        type=click.Path(path_type=Path),
        default=Path("results"),
        show_default=True,
        metavar="DIR",
        help=help,
    )


def load_result(name: str, directory: Path) -> tuple[Path, Result]:
    """The result of a folder, of its `result.json`, of a folder in `directory` whose name begins so, or the last one
    there; and its path.
    """
    from sockbench.store import ResultError, load
    from sockbench.store.folder import RESULT_FILE
    from sockbench.store.reading import NewerError

    path = _path(name, directory)
    if path is None or not os.path.lexists(path):
        fail(f"there is no result at {name!r}: {_EXAMPLE}", WRONG_USE)
    try:
        if path.is_dir() and not os.path.lexists(path / RESULT_FILE):
            fail(f"{str(path)!r} {_what_it_holds(path, RESULT_FILE)}: {_EXAMPLE}", WRONG_USE)
        return path, load(path)
    except OSError as error:
        fail(f"the result at {str(path)!r} cannot be read: {reason(error)}", WRONG_USE)
    except ResultError as error:
        if path.name != RESULT_FILE and not path.is_dir() and not isinstance(error, NewerError):
            why = str(error).removeprefix(str(path)).lstrip(": ")
            why = f"it {why}" if why.startswith("is ") else why
            fail(f"{str(path)!r} holds no result ({why}): {_EXAMPLE}", WRONG_USE)
        what = "it was cut, changed, or is of another version: run the scenario again"
        fail(f"{error}{': read it with that' if isinstance(error, NewerError) else f'; {what}'}", WRONG_USE)


def _path(name: str, directory: Path) -> Path | None:
    """What `name` stands for: a path, a name in `directory`, the last result, or the beginning of a name."""
    if not name or os.path.lexists(name):
        return Path(name) if name else None
    if os.path.lexists(directory / name):
        return directory / name
    from sockbench.store.folder import RESULT_FILE
    from sockbench.store.listing import listed

    if os.sep in name:
        return None
    try:
        folders = [path for path in listed(directory) if (path / RESULT_FILE).is_file()]
    except OSError:
        folders = []
    if name in LAST:
        if not folders:
            fail(f"there is no result in {str(directory)!r} yet: `sockbench run` saves one", WRONG_USE)
        return folders[0]
    found = [path for path in folders if path.name.startswith(name) or path.name.partition("Z-")[2].startswith(name)]
    if len(found) > 1:
        some = ", ".join(path.name for path in found[:_MOST_TOLD]) + (", …" if len(found) > _MOST_TOLD else "")
        fail(f"{name!r} is the beginning of {len(found):,} results ({some}): write more of it, or `last`", WRONG_USE)
    return found[0] if found else None


def _what_it_holds(folder: Path, file: str) -> str:
    try:
        results = sum(1 for inner in folder.iterdir() if (inner / file).is_file())
    except OSError as error:
        return f"cannot be read ({reason(error)})"
    if not results:
        return f"holds no {file}"
    return f"holds {results:,} result{'' if results == 1 else 's'}, and is none itself"
