"""What the user named -> the scenario's text: a path, `-` for standard input, or a built-in scenario.

Reads at most one file. Decides which of the three it is; whatever keeps it from text is one Mistake.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from sockbench.errors import Mistake, ScenarioError
from sockbench.scenario.builtin import builtin_names, builtin_path
from sockbench.scenario.known import MAX_PAYLOAD, MEBIBYTE
from sockbench.scenario.words import either, nearest, quoted

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario's text. `label` is how mistakes name it, `folder` where its `file:` payloads are looked for."""

    label: str
    stem: str
    folder: Path
    text: str
    _payloads: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def payload(self, name: str) -> bytes:
        """The bytes of a `file:`, read once however many groups and variants have it. ValueError as `read_limited`."""
        if name not in self._payloads:
            self._payloads[name] = read_named(self.folder / name, MAX_PAYLOAD)
        return self._payloads[name]


def read_source(scenario: str, stdin: Callable[[], bytes] | None) -> Source:
    """The text of the scenario that the user named."""
    if scenario == "-":
        if stdin is None:
            _stop(STDIN, "there is no standard input to read: name a file")
        return Source(STDIN, "stdin", Path(), _decoded(STDIN, stdin()))
    if not scenario:
        _stop("scenario", f"its name is empty: write a file's path, - or {either(builtin_names())}")
    path = Path(scenario)
    builtin = builtin_path(scenario)
    if builtin is not None and not _is_file(path):
        path = builtin
    return Source(scenario, path.stem or scenario, path.parent, _decoded(scenario, _bytes(path, scenario)))


def read_named(path: Path, limit: int) -> bytes:
    """`read_limited` of a file that a scenario names: nobody who checks it is to wait for who writes, or to be the one
    who types.
    """
    if (kind := _of_no_end(path)) is not None:
        raise ValueError(f"{quoted(str(path))} is a {kind}: name a file")
    return read_limited(path, limit)


def read_limited(path: Path, limit: int) -> bytes:
    """The bytes of a file, or ValueError with a sentence: missing, a folder, unreadable, or over `limit` bytes."""
    name = quoted(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise ValueError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder: name a file in it") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be read ({error.strerror}): check its name and permissions") from None
    except ValueError:  # a NUL in the name
        raise ValueError(f"{name} is not a file's name") from None
    if len(data) > limit:
        raise ValueError(f"{name} is larger than {limit} bytes: use a smaller file")
    return data


def _of_no_end(path: Path) -> str | None:
    """What the path is, if reading it may wait for ever."""
    try:
        if path.is_fifo():
            return "pipe"
        if path.is_char_device():
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
            try:
                return "terminal" if os.isatty(descriptor) else None
            finally:
                os.close(descriptor)
    except (OSError, ValueError):
        pass
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _bytes(path: Path, label: str) -> bytes:
    try:
        return read_limited(path, MEBIBYTE)
    except ValueError as error:
        text = str(error)
        if text.startswith("there is no"):
            near = nearest(path.stem, builtin_names())
            text += f", did you mean the built-in scenario {quoted(near)}?" if near else _listing()
        raise ScenarioError([Mistake(0, 0, label, text)]) from None


def _listing() -> str:
    names = builtin_names()
    return f", and no built-in scenario of that name: those are {either(names)}" if names else ""


def _decoded(label: str, data: bytes) -> str:
    if len(data) > MEBIBYTE:
        _stop(label, f"it is larger than {MEBIBYTE} bytes: write a smaller scenario")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        _stop(label, f"it is not UTF-8 text: byte 0x{byte:02x} at offset {error.start}; save it as UTF-8")


def _stop(label: str, text: str) -> NoReturn:
    raise ScenarioError([Mistake(0, 0, label, text)])
