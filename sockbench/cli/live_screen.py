"""The screen of `run --live`: takes the terminal over, draws each frame in place, and gives it back as it was.

What is on it is decided in `report.live_view`. A frame is written at once and overwrites the one before it line by
line, so nothing flickers; one that the terminal has no room for (it was stopped with Ctrl-S) is left out.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sockbench.cli import entry
from sockbench.cli.exits import OutputError

if TYPE_CHECKING:
    from sockbench.report.live_words import Line, Style
    from sockbench.run.ears import Progress

ENTER = "\x1b[?1049h\x1b[?25l"
"""The other screen, without a cursor; LEAVE undoes both (xterm's control sequences, DECSET 1049 and 25)."""
LEAVE = "\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""A terminal that knows these shows all between them at once (synchronized output); others ignore them."""
_CLEAR, _CLEAR_REST_OF_LINE, _CLEAR_BELOW = "\x1b[2J", "\x1b[K", "\x1b[J"
_COLOURS: dict[Style, str] = {"bold": "1", "dim": "2", "good": "32", "warn": "33", "bad": "31"}
USUAL_SIZE = (80, 24)


def can_draw() -> bool:
    """Is standard error a terminal that moves its cursor when it is told to?"""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return is_terminal and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


class Screen:
    """A terminal on standard error, from the first frame on until `leave`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._notes: list[str] = []  # lines that are to stay when the screen is gone
        self._size: tuple[int, int] | None = None  # of the last frame; None: there was none
        self._is_gone = False

    def watch(self, now: Progress) -> None:
        """Draw what is known."""
        from sockbench.model.live import LiveHead
        from sockbench.report.live_view import live_lines

        if now.live is None or self._is_gone or not _has_room():
            return
        which = now.turn.announced if now.turn is not None and not now.turn.is_alone else ""
        head = LiveHead(self._name, which, now.phase.value, now.elapsed_s, now.total_s, now.after_s)
        columns, rows = size = _size()
        lines = live_lines(head, now.live, self._notes, columns - 1, rows)  # a full line would wrap, or lose its end
        before = ENTER if self._size is None else ""
        if self._size is None:
            entry.restore_at_end(LEAVE)
        clear = _CLEAR if self._size != size else ""
        self._size = size
        self._write(before + frame(lines, clear))

    def note(self, line: str) -> None:
        """A line that is shown in the next frames, and stays when the screen is gone."""
        self._notes.append(line)

    def leave(self) -> None:
        """Give the terminal back, and say what is to stay."""
        if self._size is not None:
            self._write(LEAVE)
            entry.restore_at_end("")
        for note in self._notes:
            self._write(note + "\n")

    def _write(self, text: str) -> None:
        if not self._is_gone:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except OutputError:
                self._is_gone = True  # a terminal that was closed ends no run


@contextmanager
def live_screen(name: str) -> Iterator[Screen]:
    """The screen for the runs of the experiment `name`; the terminal is as it was after the block."""
    screen = Screen(name)
    try:
        yield screen
    finally:
        screen.leave()


def frame(lines: Sequence[Line], clear: str = "") -> str:
    """What draws `lines` over whatever is there."""
    drawn = "".join(f"\x1b[{row};1H{_styled(line)}{_CLEAR_REST_OF_LINE}" for row, line in enumerate(lines, start=1))
    return f"{_BEGIN}{clear}{drawn}{_CLEAR_BELOW}{_END}"


def _styled(line: Line) -> str:
    from sockbench.report.live_words import in_letters_of

    is_coloured = not os.environ.get("NO_COLOR")
    encoding = sys.stderr.encoding
    return "".join(
        f"\x1b[{_COLOURS[style]}m{in_letters_of(encoding, text)}\x1b[0m"
        if is_coloured and style
        else in_letters_of(encoding, text)
        for text, style in line
    )


def _size() -> tuple[int, int]:
    """Columns and lines, as the terminal says, or the environment, or as is usual."""
    with suppress(OSError, ValueError):
        columns, rows = os.get_terminal_size(sys.stderr.fileno())
        if columns > 1 and rows > 0:
            return columns, rows
    told = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    columns, rows = (
        int(text) if text.isdecimal() and int(text) > 1 else usual for text, usual in zip(told, USUAL_SIZE, strict=True)
    )
    return columns, rows


def _has_room() -> bool:
    """Would the terminal take a frame now, without making us wait?"""
    try:
        return bool(select.select([], [sys.stderr.fileno()], [], 0)[1])
    except (OSError, ValueError):
        return True
