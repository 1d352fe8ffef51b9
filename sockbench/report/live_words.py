"""The pieces of a live screen: styled text, a bar, a sparkline, a time; and the same in plain ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sockbench.report import cells

Style = Literal["", "bold", "dim", "good", "warn", "bad"]
Line = tuple[tuple[str, Style], ...]
"""Pieces of text, each with its style; a style adds nothing that the text does not say."""

_STEPS = "▁▂▃▄▅▆▇█"
_FULL, _REST = "█", "░"
ASCII = str.maketrans(
    dict(zip(_STEPS, "_.:-=+*#", strict=True)) | {_REST: ".", cells.ELLIPSIS: "~", "\u2713": "+", "\u2717": "x"}
)
"""Where a terminal has no other letters: each of ours has one of its own that is as wide."""


def in_letters_of(encoding: str, text: str) -> str:
    """`text` as a terminal with this encoding can show it, as wide as it was."""
    return text if _can(encoding, text) else "".join(_letter(encoding, char) for char in text.translate(ASCII))


def _letter(encoding: str, char: str) -> str:
    return char if _can(encoding, char) else "?" * cells.width(char)


def _can(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def line_of(text: str, columns: int | None = None, style: Style = "") -> Line:
    """One piece, cut to so many columns."""
    return ((text if columns is None else cells.cut(text, columns), style),)


def fitted(line: Line, columns: int) -> Line:
    """The line, cut where it is wider than the screen: of one so narrow that nothing fits any more."""
    return line if cells.width(text_of(line)) <= columns else line_of(cells.head(text_of(line), columns))


def text_of(line: Line) -> str:
    """Without its styles."""
    return "".join(text for text, _ in line)


def bar(part: float, columns: int) -> str:
    """A share of one, from 0 to 1, as a bar."""
    full = round(min(1.0, max(0.0, part)) * columns)
    return _FULL * full + _REST * (columns - full)


def sparkline(values: Sequence[float], peak: float) -> str:
    """One character a value, from 0 to `peak`. Only 0 has the lowest step, so that a pause is seen."""
    top = len(_STEPS) - 1
    return "".join(_STEPS[max(1, round(value / peak * top)) if value > 0 else 0] for value in values)


def clock(seconds: float) -> str:
    """`9 s`, `4 min 05 s`, `1 h 02 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02} min"
