"""The texts with placeholders: which are allowed, and how long they can grow.

`{index}`, `{seq}` and `{random}` are filled in for each request by the load floor; `{{` and `}}` are literal braces.
Fills in nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from sockbench.scenario.words import either, nearest, quoted

MOST = 10
"""Mistakes in one text that are told."""
WIDEST = 20  # digits of the largest number that a placeholder can stand for (64 bits)

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def template_mistakes(template: str, allowed: Sequence[str]) -> list[str]:
    """A sentence for each brace in the text that is neither literal nor an allowed placeholder; for ten at most."""
    found = []
    pieces = (piece for piece in _PIECE.finditer(template) if piece[0] not in ("{{", "}}") and piece[1] not in allowed)
    for piece in islice(pieces, MOST):
        if piece[1] is None:
            found.append(f"a single {quoted(piece[0])} at character {piece.start() + 1}: write {quoted(piece[0] * 2)}")
            continue
        near = nearest(piece[1], allowed)
        known = f", did you mean {quoted('{' + near + '}')}?" if near else f": write {either(_braced(allowed))}"
        literal = f", or {quoted('{' + piece[0] + '}')} for the braces themselves" if near is None else ""
        found.append(f"{quoted(piece[0])} is not a placeholder{known}{literal}")
    return found


def longest_bytes(template: str) -> int:
    """An upper bound of the bytes that the text takes once it is filled in."""
    longest = len(_PIECE.sub("", template).encode())
    for piece in _PIECE.finditer(template):
        longest += WIDEST if piece[1] is not None else 1
    return longest


def _braced(names: Sequence[str]) -> list[str]:
    return ["{" + name + "}" for name in names]
