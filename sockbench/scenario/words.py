"""How a mistake is worded: quoting what the user wrote, listing what may be written, naming the nearest of it.

Pure functions from text to text. Decides no rule of a scenario and never raises.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from itertools import islice

LONGEST = 60
MOST = 50
"""Words that are listed, or held against a wrong one; a file may hold thousands of both."""


def printable(text: str) -> str:
    """The text with everything that would disturb a terminal written as an escape, and cut when it is long."""
    return escaped(cut(text))


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and three dots."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def escaped(text: str) -> str:
    """The text with everything that would disturb a terminal written as an escape, however long it is."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def quoted(text: str) -> str:
    """The text in double quotes, as mistakes show it."""
    return f'"{printable(text)}"'


def written(value: object) -> str:
    """A YAML value, roughly as the user wrote it: scalars in quotes, the rest by its kind."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return quoted("true" if value else "false")
    if isinstance(value, float) and not math.isfinite(value):
        return quoted(".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf")
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        return quoted(repr(value))
    return "a list" if isinstance(value, list) else "a mapping"


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option most like `word`, if any of the first is plausible."""
    if len(word) > LONGEST:
        return None
    folded = {option.casefold(): option for option in islice(options, MOST) if len(option) <= LONGEST}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def either(options: Iterable[str]) -> str:
    """`a, b or c`; of very many, `a, b or others`."""
    words = list(islice(options, MOST + 1))
    if len(words) > MOST:
        words[MOST:] = ["others"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def hint(word: str, options: Iterable[str], otherwise: str) -> str:
    """`, did you mean "count"?` when an option is near, else `: ` and what to do instead."""
    near = nearest(word, options)
    return f", did you mean {quoted(near)}?" if near is not None else f": {otherwise}"
