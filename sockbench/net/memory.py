"""A table of peers with a limit: those that were silent the longest make room for new ones. Pure.

It has two halves. When the recent half is full, or old, it becomes the quiet one, and the quiet one is forgotten: that
costs the same however many there are.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

SESSIONS = 65_536
"""How many entries a table holds at most."""

FORGOTTEN = 600.0
"""Seconds of silence after which an entry may be forgotten, to make room for one that is new."""

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """What is remembered of each peer. `recent` are those heard since the last turn; read it, do not change it."""

    __slots__ = ("_quiet", "_turned", "recent")

    def __init__(self) -> None:
        self.recent: dict[Hashable, Value] = {}
        self._quiet: dict[Hashable, Value] = {}  # heard in the turn before, and not since
        self._turned = 0.0

    def __len__(self) -> int:
        return len(self.recent) + len(self._quiet)

    def find(self, key: Hashable) -> Value | None:
        """What is remembered of it."""
        found = self.recent.get(key)
        return self._quiet.get(key) if found is None else found

    def keep(self, key: Hashable, value: Value, now: float) -> None:
        """It was heard at `now`, in seconds: remember it."""
        if key not in self.recent:
            if len(self.recent) >= SESSIONS // 2 or now - self._turned >= FORGOTTEN:
                self._quiet, self.recent, self._turned = self.recent, {}, now
            self._quiet.pop(key, None)
        self.recent[key] = value
