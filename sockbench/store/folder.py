"""A result as a folder of its own: `<UTC time>-<name>` with `result.json` and `latency.hlog`.

Written under a temporary name, synced, then renamed: whenever it is interrupted, there is the whole result or none.
A folder that begins with `.tmp-` is what a killed process left behind; nothing reads it.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sockbench.model.result import Result
from sockbench.stats import hlog
from sockbench.stats.hlog import LogLine
from sockbench.store.decode import decode
from sockbench.store.disk import read_limited, sync_directory, write
from sockbench.store.encode import encode
from sockbench.store.json_text import json_text
from sockbench.store.reading import NotJsonError, ResultError

RESULT_FILE = "result.json"
LATENCY_FILE = "latency.hlog"
TEMPORARY = ".tmp-"
LARGEST = 2**29
"""Bytes of a file that is read: a run of seven days, the longest, writes some 400 MB a group."""

_LONGEST_SLUG = 60
_MOST_OF_A_SECOND = 10_000
_INTERVALS = b'\n      "intervals": [\n'
_END = b"\n      ]"
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


def save(result: Result, lines: Sequence[LogLine | str], directory: Path) -> Path:
    """Write `result` and its histograms into a new folder in `directory`, which is made when missing; its path.

    OSError comes out when the disk does not let it, ValueError when `started` is no time; both leave nothing behind.
    """
    started = _moment(result.started)
    name = folder_name(started, result.name)
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        sync_directory(directory.parent)
    temporary = _new_folder(directory)
    try:
        write(temporary / RESULT_FILE, dumps(result))
        write(temporary / LATENCY_FILE, hlog.dump(lines, started.timestamp()))
        sync_directory(temporary)
        final = _renamed(temporary, directory, name)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)
    sync_directory(directory)
    return final


def load(folder: Path, *, intervals: bool = True) -> Result:
    """The result in `folder`, or in the `result.json` that the path names; without its `intervals` where nobody asks
    for them, since a long run has hundreds of times as many as all the rest.

    OSError when it cannot be read, ResultError (a ValueError) when it is none.
    """
    path = folder / RESULT_FILE if folder.is_dir() else folder
    data = read_limited(path, LARGEST)
    try:
        return loads(data, intervals=intervals)
    except NotJsonError as error:
        raise NotJsonError(f"{path} {error}") from error
    except ResultError as error:
        raise type(error)(f"{path}: {error}") from error


def loads(data: bytes, *, intervals: bool = True) -> Result:
    """The result of a file's text. ResultError when it is none."""
    if not intervals:
        data = _without_intervals(data)
    try:
        document = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotJsonError("is not JSON") from error
    return decode(document)


def load_latencies(folder: Path) -> list[LogLine]:
    """What the log beside the result in `folder` (or beside the `result.json` that the path names) holds: one
    histogram a tag.

    OSError when it cannot be read, ResultError when it is no log.
    """
    path = (folder if folder.is_dir() else folder.parent) / LATENCY_FILE
    data = read_limited(path, LARGEST)
    try:
        return hlog.by_tag(hlog.intervals(_lines(data)))
    except ValueError as error:
        raise ResultError(f"{path}: {error}") from error


def dumps(result: Result) -> str:
    """The text of `result.json`. ValueError for a number that JSON has no word for."""
    return json_text(encode(result)) + "\n"


def folder_name(started: datetime, name: str) -> str:
    """`20261121T065000Z-udp10`: the time in UTC, and the name with all but ASCII letters, digits, `-`, `_` as `-`.

    A letter with an accent loses it.
    """
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    slug = re.sub(r"[^A-Za-z0-9_-]", "-", bare)[:_LONGEST_SLUG]
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{slug or 'result'}"


def _moment(started: str) -> datetime:
    moment = datetime.fromisoformat(started)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _new_folder(directory: Path) -> Path:
    for number in range(_MOST_OF_A_SECOND):
        temporary = directory / f"{TEMPORARY}{os.getpid()}-{number}"
        try:
            temporary.mkdir()
        except FileExistsError:
            continue
        return temporary
    raise FileExistsError(errno.EEXIST, "too many unfinished results", str(directory))


def _renamed(temporary: Path, directory: Path, name: str) -> Path:
    """Move `temporary` to the first free name: `name`, `name-2`, `name-3`, ... Another process may try the same."""
    for number in range(1, _MOST_OF_A_SECOND):
        final = directory / (name if number == 1 else f"{name}-{number}")
        if os.path.lexists(final):
            continue
        try:
            os.rename(temporary, final)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            continue
        return final
    raise FileExistsError(errno.EEXIST, "too many results of the same second", str(directory / name))


def _lines(data: bytes) -> Iterator[str]:
    """Each line when it is asked for; of one that is too long no more than shows it."""
    file = io.BytesIO(data)
    while line := file.readline(hlog.LONGEST_LINE + 2):
        yield line.decode("utf-8")


def _without_intervals(data: bytes) -> bytes:
    """The text of a result with no interval in it. No text in JSON holds a line end, so a line that begins like one of
    `dumps` is that line; in a file that was laid out otherwise they stay.
    """
    kept = []
    at = 0
    while (begin := data.find(_INTERVALS, at)) >= 0 and (end := data.find(_END, begin)) >= 0:
        kept += [data[at:begin], _INTERVALS, b"]"]
        at = end + len(_END)
    return b"".join([*kept, data[at:]])


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")
