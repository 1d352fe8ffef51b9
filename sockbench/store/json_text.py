"""JSON as it is saved and printed: readable, and harmless to the terminal that it may be printed on.

JSON itself escapes what is below a blank, and no more: U+009B begins a command of a terminal, U+202E turns the writing
round. They are escaped too, which changes nothing for who reads the JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any

_OTHERS = re.compile(r"[^\x00-\x7e]+")  # ASCII, and so nearly all of a large result, is not looked at one by one


def json_text(document: Any) -> str:
    """The text of a document, without a line end. ValueError for a number that JSON has no word for."""
    return _OTHERS.sub(_shown, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def _shown(others: re.Match[str]) -> str:
    found = others[0]
    return found if found.isprintable() else "".join(char if char.isprintable() else _escape(char) for char in found)


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"
