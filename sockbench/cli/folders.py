"""A folder as the value of a flag. An empty one is wrong use: in a script it is a variable that was not set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Folder(click.Path):
    """A folder, which need not be there yet, as a Path."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. `.` is one, too: only the text tells it from none."""
        if value == "":
            hint = param.opts[0] if param is not None else None
            raise click.BadParameter("it must not be empty", ctx=ctx, param_hint=hint)
        return super().convert(value, param, ctx)
