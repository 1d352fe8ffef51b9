"""Text from outside, made safe and fitting for one line of a terminal: escaped, measured in columns, cut, wrapped.

Names come from scenarios and peers. They are shown and never interpreted: no control character, newline, escape
sequence or change of writing direction gets through.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def plain(text: str) -> str:
    """`text` with every character that is not printable as its escape: a newline becomes `\\n`."""
    shown = "".join(char if char.isprintable() else _escape(char) for char in text)
    return _escape(shown[0]) + shown[1:] if shown and width(shown[0]) == 0 else shown


def prose(text: str) -> str:
    """A description: as `plain`, but line breaks and other white space are single spaces."""
    return plain(" ".join(text.split()))


def markdown(text: str) -> str:
    """`text`, which is plain already, with nothing left in it that Markdown would interpret."""
    return _MARKDOWN.sub(r"\\\1", text)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(map(_width_of, text))


def cut(text: str, columns: int) -> str:
    """`text` in at most so many columns, with `…` at the end when some of it is gone."""
    return text if width(text) <= columns else head(text, columns - 1) + ELLIPSIS


def head(text: str, columns: int) -> str:
    """As much of the beginning of `text` as fits in so many columns."""
    room = columns
    for position, char in enumerate(text):
        room -= _width_of(char)
        if room < 0:
            return text[:position]
    return text


def wrap(text: str, columns: int, indent: str = "") -> list[str]:
    """`text` broken at spaces into lines of at most so many columns, the second and later ones indented."""
    lines: list[str] = []
    body = text.lstrip(" ")
    line = text[: len(text) - len(body)]
    for word in body.split(" "):
        joined = f"{line} {word}" if line.strip() else line + word
        if width(joined) <= columns:
            line = joined
            continue
        if line.strip():
            lines.append(line)
            line = indent
        rest = word
        while width(line + rest) > columns:  # a word longer than a line is broken anywhere
            piece = head(rest, columns - width(line)) or rest[0]
            lines.append(line + piece)
            line, rest = indent, rest[len(piece) :]
        line += rest
    return lines + [line] if line.strip() or not lines else lines


def _escape(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width_of(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
