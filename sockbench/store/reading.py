"""Fields of a parsed JSON document by name and type. A saved result may have been edited, cut or made up.

Whatever is missing or of another type is a ResultError that names its place: `runs[0].groups[2].ok is not a number`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

Json = None | bool | int | float | str | Sequence["Json"] | dict[str, "Json"]

Word = TypeVar("Word", bound=str)


class ResultError(ValueError):
    """What was read is no result of this schema."""


class NewerError(ResultError):
    """It is of a schema that only a newer version reads."""


class NotJsonError(ResultError):
    """It is not even JSON."""


class Reader:
    """One JSON object and the path to it; each method reads one field."""

    __slots__ = ("_values", "path")

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise ResultError(f"{path} is not an object")
        self._values: dict[str, object] = value
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def is_null(self, name: str) -> bool:
        """Is this field there, and null?"""
        return self._get(name) is None

    def is_list(self, name: str) -> bool:
        """Is this field there, and a list?"""
        return isinstance(self._get(name), list)

    def is_number(self, name: str) -> bool:
        """Is this field there, and a number?"""
        value = self._get(name)
        return isinstance(value, int | float) and not isinstance(value, bool)

    def _get(self, name: str) -> object:
        try:
            return self._values[name]
        except KeyError:
            raise ResultError(f"{self.path}.{name} is missing") from None

    def _not(self, name: str, what: str) -> ResultError:
        return ResultError(f"{self.path}.{name} is not {what}")

    def text(self, name: str) -> str:
        """A string."""
        value = self._get(name)
        if not isinstance(value, str):
            raise self._not(name, "a text")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string or null."""
        return None if self._get(name) is None else self.text(name)

    def one_of(self, name: str, words: Sequence[Word]) -> Word:
        """One of some words."""
        value = self._get(name)
        for word in words:
            if word == value:
                return word
        raise self._not(name, f"one of {', '.join(words)}")

    def truth(self, name: str) -> bool:
        """A boolean."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._not(name, "true or false")
        return value

    def maybe_truth(self, name: str) -> bool | None:
        """A boolean or null."""
        return None if self._get(name) is None else self.truth(name)

    def whole(self, name: str) -> int:
        """A whole number of at most 64 bits; what was counted has no more."""
        value = self._get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._not(name, "a whole number")
        if not -(2**63) <= value < 2**64:
            raise ResultError(f"{self.path}.{name} is too large")
        return value

    def maybe_whole(self, name: str) -> int | None:
        """A whole number or null."""
        return None if self._get(name) is None else self.whole(name)

    def number(self, name: str) -> float:
        """A finite number."""
        return _float(self._get(name), f"{self.path}.{name}")

    def maybe_number(self, name: str) -> float | None:
        """A finite number or null."""
        return None if self._get(name) is None else self.number(name)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of finite numbers."""
        return tuple(_float(value, f"{self.path}.{name}[{i}]") for i, value in enumerate(self._values_of(name)))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        values = self._values_of(name)
        found = tuple(value for value in values if isinstance(value, str))
        if len(found) != len(values):
            raise self._not(name, "a list of texts")
        return found

    def moment(self, name: str) -> str:
        """The text of a time. Another text is let through and shown as it is, but no time that UTC has no word for."""
        written = self.text(name)
        try:
            moment = datetime.fromisoformat(written)
            (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            raise self._not(name, "a time") from None
        except ValueError:
            pass
        return written

    def inner(self, name: str) -> Reader:
        """An object."""
        return Reader(self._get(name), f"{self.path}.{name}")

    def rows(self, name: str) -> list[Reader]:
        """A list of objects."""
        return [Reader(value, f"{self.path}.{name}[{i}]") for i, value in enumerate(self._values_of(name))]

    def inners(self) -> dict[str, Reader]:
        """Every field of this object as an object."""
        return {name: self.inner(name) for name in self._values}

    def words(self, name: str) -> dict[str, str]:
        """An object of strings."""
        inner = self.inner(name)
        return {key: inner.text(key) for key in inner._values}

    def _values_of(self, name: str) -> Sequence[object]:
        value = self._get(name)
        if not isinstance(value, list):
            raise self._not(name, "a list")
        return value


def _float(value: object, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise ResultError(f"{path} is too large") from None
        if math.isfinite(number):
            return number
    raise ResultError(f"{path} is not a number")
