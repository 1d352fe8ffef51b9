"""The one calibration of this machine, in the user's cache: `calibration.json`.

Written under a temporary name, synced, then renamed: whenever it is interrupted, there is the old one or the new one.
What is there and is none is told, never half believed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from sockbench.model.calibration import Calibration
from sockbench.store.calibration_json import decode_calibration, encode_calibration
from sockbench.store.disk import sync_directory, write
from sockbench.store.json_text import json_text
from sockbench.store.reading import Reader, ResultError

SCHEMA = 1
FILE = "calibration.json"
LARGEST = 100_000
"""Bytes; a larger file is none of ours."""


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Where a user's cache is, by the XDG Base Directory Specification: a relative `XDG_CACHE_HOME` counts for none."""
    cache = Path(environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else home / ".cache") / "sockbench"


def save(calibration: Calibration, folder: Path) -> Path:
    """Write it into `folder`, which is made when missing, over the last one; gives its path. OSError as it comes."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".tmp-{os.getpid()}-{FILE}"
    temporary.unlink(missing_ok=True)  # of a killed process that had this number
    try:
        write(temporary, dumps(calibration))
        os.replace(temporary, folder / FILE)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(folder)
    return folder / FILE


def try_folder(folder: Path) -> None:
    """Make `folder` and a file in it as `save` does, and take away what was not there before. OSError as it comes."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    temporary = folder / f".tmp-{os.getpid()}-{FILE}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    finally:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()


def load(folder: Path) -> Calibration | None:
    """The calibration in `folder`; None when there is no file.

    OSError when it cannot be read, ResultError when it is none.
    """
    path = folder / FILE
    try:
        if not path.is_file():
            if path.exists():
                raise ResultError("it is no file")
            return None
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) > LARGEST:
        raise ResultError(f"it is larger than {LARGEST:,} bytes")
    return loads(data)


def dumps(calibration: Calibration) -> str:
    """The text of the file."""
    document = {"schema": SCHEMA, **encode_calibration(calibration)}
    return json_text(document) + "\n"


def loads(data: bytes) -> Calibration:
    """The calibration of a file's text. ResultError when it is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ResultError("it is not JSON") from None
    raw = Reader(document, "calibration")
    if raw.whole("schema") != SCHEMA:
        raise ResultError(f"its schema is not {SCHEMA}, the one that this version of sockbench reads")
    return decode_calibration(raw)
