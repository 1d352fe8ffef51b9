"""Where this machine's floor is kept, and what a run finds there. Whatever is wrong with it is one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sockbench.cli.exits import reason
from sockbench.cli.folders import Folder

if TYPE_CHECKING:
    from sockbench.model.calibration import Calibration
    from sockbench.model.environment import Environment
    from sockbench.model.result import Result

HINT = "run `sockbench calibrate` to see the RTT beside this machine's own floor"

Command = TypeVar("Command", bound=Callable[..., Any])


def cache_flag(command: Command) -> Command:
    """The flag that says where the floor is kept: parameter `cache`, for `folder_of`."""
    return click.option(
        "--cache",
        envvar="SOCKBENCH_CACHE",
        type=Folder(),
        metavar="DIR",
        help="Where the floor of this machine is kept.  [default: sockbench in the user's cache]",
    )(command)


def folder_of(cache: Path | None) -> Path | None:
    """The folder that was asked for, or the user's own; None when there is no home to have one in."""
    if cache is not None:
        return cache
    from sockbench.store.calibration import cache_folder

    try:
        return cache_folder(os.environ, Path.home())
    except RuntimeError:
        return None


def with_floor(result: Result, cache: Path | None, quiet: bool) -> tuple[Result, str | None]:
    """`result` with this machine's floor, if that was measured, and what is to be said of it.

    A person at a terminal is told how to measure it, where it would be of use.
    """
    from sockbench.report.floor_line import has_floor

    found, remark = _find(result.environment, cache)
    if found is not None:
        return replace(result, environment=replace(result.environment, calibration=found)), None
    if remark is None and not quiet and sys.stderr is not None and sys.stderr.isatty():
        plan = result.scenario
        remark = HINT if any(has_floor(plan, group) for group in plan.groups) else None
    return result, remark


def _find(here: Environment, cache: Path | None) -> tuple[Calibration | None, str | None]:
    """What was measured on this machine; or else why what is there is not used."""
    from sockbench.model.calibration import what_differs
    from sockbench.store.calibration import FILE, load
    from sockbench.store.reading import ResultError

    folder = folder_of(cache)
    if folder is None:
        return None, None
    try:
        found = load(folder)
    except ResultError as error:
        why: str | None = str(error)
    except OSError as error:
        why = reason(error)
    else:
        if found is None:
            return None, None
        why = what_differs(found, here)
        if why is None:
            return found, None
    return None, f"the floor in {str(folder / FILE)!r} is not used: {why}; run `sockbench calibrate` to measure it anew"
