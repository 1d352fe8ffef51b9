"""A whole number as the value of a flag, and the sentence that says which are taken."""

from __future__ import annotations

from typing import Any

import click


class Number(click.types.IntParamType):
    """A whole number from `min` to `max`, both included; either may be left out."""

    name = "number"

    def __init__(self, min: int | None = None, max: int | None = None) -> None:
        self.min, self.max = min, max

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Anything else is wrong use."""
        try:
            number = int(value)
        except ValueError:
            number = None
        if number is None or not self._takes(number):
            self.fail(f"{value!r} is not a whole number{self._which()}", param, ctx)
        return number

    def _takes(self, number: int) -> bool:
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)

    def _which(self) -> str:
        if self.min is None:
            return "" if self.max is None else f" up to {self.max}"
        return f" from {self.min} " + ("up" if self.max is None else f"to {self.max}")
