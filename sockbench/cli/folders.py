"""A folder as the value of a flag. An empty one is wrong use: in a script it is a variable that was not set.

Where a file can be no folder, either, that is said before a run, not when its result is to be saved.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class Folder(click.Path):
    """A folder, which need not be there yet, as a Path; with `refuses_files` a file is wrong use."""

    def __init__(self, *, refuses_files: bool = False) -> None:
        super().__init__(path_type=Path)
        self._refuses_files = refuses_files

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. `.` is one, too: only the text tells it from none."""
        hint = param.opts[0] if param is not None else None
        if value == "":
            raise click.BadParameter("it must not be empty", ctx=ctx, param_hint=hint)
        folder = super().convert(value, param, ctx)
        if self._refuses_files and os.path.lexists(folder) and not os.path.isdir(folder):
            raise click.BadParameter(f"{str(folder)!r} is no folder: name another", ctx=ctx, param_hint=hint)
        return folder
