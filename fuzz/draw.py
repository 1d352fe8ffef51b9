"""Choices made of bytes, so that any bytes are a case and a small change of them is a small change of the case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Takes bytes from the front of `data`; when there are none left, every choice is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """The next bytes, as many as there are up to `size`."""
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def number(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.take(size))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.number(1 if len(options) <= 256 else 2) % len(options)]

    def piece(self) -> bytes:
        """Up to 255 bytes; their number comes first."""
        return self.take(self.number())

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)
