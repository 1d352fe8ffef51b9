"""One value that a flag sets instead of the scenario's own. `overrides` applies it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """A dotted path, the text of a YAML value, and the flag that a mistake in it is reported under."""

    path: str
    text: str
    source: str
