"""Whose fault was it? The three errors that sockbench raises on purpose.

`ScenarioError` is the user's to mend, `BadMessage` the peer's, `RunError` this machine's.
A failed request is none of these: it is an outcome (`sockbench.model.outcome`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in a scenario.

    `line` and `column` count from 1; they are 0 when the mistake has no place in the text (a flag, a missing file).
    """

    line: int
    column: int
    source: str
    text: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        return f"{place}: {self.text}"


class ScenarioError(Exception):
    """A scenario that cannot be used; holds every mistake found, in the order of the file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class BadMessage(Exception):  # noqa: N818 - the word of the design, and of the field
    """Bytes from a peer that are not a message of the format in use."""


class RunError(Exception):
    """A run that this machine cannot make: a port in use, an unreachable target, too few file descriptors."""
