"""`upper`: answers in upper case, by the rules of Unicode (`ß` becomes `SS`)."""

from __future__ import annotations

from sockbench.services.base import Stateless


class Upper(Stateless):
    """Answers `<msg>` in upper case; with `once`, a TCP connection is closed after one reply."""

    def __init__(self, *, once: bool = False) -> None:
        self.closes = once

    def reply(self, message: str) -> str:
        """The message in upper case."""
        return message.upper()
