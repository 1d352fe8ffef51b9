"""A saved result named on the command line, read. What cannot be read is one sentence and exit code 2."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sockbench.cli.codes import WRONG_USE
from sockbench.cli.exits import fail, reason

if TYPE_CHECKING:
    from sockbench.model.result import Result

_EXAMPLE = "give the folder that a run saved, such as results/20261121T065000Z-udp10"


def load_result(name: str, directory: Path) -> tuple[Path, Result]:
    """The result of a folder, of its `result.json`, or of a folder's name in `directory`; and its path."""
    from sockbench.store import ResultError, load
    from sockbench.store.folder import RESULT_FILE

    path = Path(name)
    if name and not os.path.lexists(path) and os.path.lexists(directory / name):
        path = directory / name
    if not name or not os.path.lexists(path):
        fail(f"there is no result at {name!r}: {_EXAMPLE}", WRONG_USE)
    if path.is_dir() and not os.path.lexists(path / RESULT_FILE):
        fail(f"{str(path)!r} {_what_it_holds(path, RESULT_FILE)}: {_EXAMPLE}", WRONG_USE)
    try:
        return path, load(path)
    except OSError as error:
        fail(f"the result at {str(path)!r} cannot be read: {reason(error)}", WRONG_USE)
    except ResultError as error:
        fail(f"{error}; it was cut, changed, or is of another version: run the scenario again", WRONG_USE)


def _what_it_holds(folder: Path, file: str) -> str:
    try:
        results = sum(1 for inner in folder.iterdir() if (inner / file).is_file())
    except OSError as error:
        return f"cannot be read ({reason(error)})"
    if not results:
        return f"holds no {file}"
    return f"holds {results:,} result{'' if results == 1 else 's'}, and is none itself"
