"""The scenarios that come with the package: where they lie and what they are called.

In an installed wheel they lie in the package, in a checkout beside it. Reads no scenario.
"""

from __future__ import annotations

from pathlib import Path

_FOLDERS = (Path(__file__).parents[1] / "scenarios", Path(__file__).parents[2] / "scenarios")


def _folder() -> Path | None:
    return next((folder for folder in _FOLDERS if folder.is_dir()), None)


def builtin_names() -> list[str]:
    """The names of the built-in scenarios, in alphabetical order."""
    folder = _folder()
    return sorted(path.stem for path in folder.glob("*.yaml")) if folder is not None else []


def builtin_path(name: str) -> Path | None:
    """The file of the built-in scenario `name`, if there is one."""
    folder = _folder()
    return folder / f"{name}.yaml" if folder is not None and name in builtin_names() else None
