"""The results in a directory, newest first, each read when it is asked for, so that the newest ten cost ten files.

It decides the order and what is no result: that comes out as a sentence in its place, and is never half read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sockbench.model.result import Result
from sockbench.store.folder import RESULT_FILE, load
from sockbench.store.reading import ResultError

_NAMED = re.compile(r"(\d{8}T\d{6})Z-.*?(?:-(\d{1,4}))?", re.DOTALL)
_LONGEST = 1_000
"""Characters of a reason: a file may say anything."""


def listed(directory: Path) -> list[Path]:
    """The folders in `directory`, by the time in their names, newest first; those without a time come last.

    Files, and folders that begin with a dot, are none. OSError when it cannot be read.
    """
    folders = [path for path in directory.iterdir() if not path.name.startswith(".") and path.is_dir()]
    return sorted(folders, key=_order, reverse=True)


def time_of(folder: Path) -> datetime | None:
    """When the result of a folder began, by its name; None when that holds no time."""
    match = _NAMED.fullmatch(folder.name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def read(folder: Path) -> Result | str:
    """The result, without its intervals; or why there is none, as the rest of a sentence."""
    try:
        if not (folder / RESULT_FILE).is_file():
            return f"holds no {RESULT_FILE}"
        result = load(folder, intervals=False)
        started(result)
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"
    except ResultError as error:
        path, why = str(folder / RESULT_FILE), str(error)
        why = f"it{why[len(path) :]}" if why.startswith(f"{path} ") else why.removeprefix(f"{path}: ")
        return f"is no result that can be read: {why[:_LONGEST]}"
    return result


def started(result: Result) -> datetime:
    """The moment at which a result began. ResultError when that is no time."""
    try:
        moment = datetime.fromisoformat(result.started)
    except ValueError:
        raise ResultError("result.started is not a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def newest(directory: Path) -> Iterator[tuple[Path, Result | str]]:
    """Every folder and its result, or why it has none; newest first by the time at which they began.

    A folder whose name has no time is read first, to find its place.
    """
    named = [(moment, path) for path in listed(directory) if (moment := time_of(path)) is not None]
    others = [(path, read(path)) for path in listed(directory) if time_of(path) is None]
    placed = [(started(found), path, found) for path, found in others if not isinstance(found, str)]
    placed.sort(key=lambda entry: entry[0], reverse=True)
    for moment, path in named:
        while placed and placed[0][0] > moment:
            yield placed[0][1:]
            del placed[0]
        yield path, read(path)
    yield from (entry[1:] for entry in placed)
    yield from ((path, found) for path, found in others if isinstance(found, str))


def _order(folder: Path) -> tuple[bool, datetime, int, str]:
    """By time, then by the number that a second result of one second has."""
    moment, match = time_of(folder), _NAMED.fullmatch(folder.name)
    number = int(match[2] or 1) if match is not None else 0
    return moment is not None, moment or datetime.min.replace(tzinfo=UTC), number, folder.name
