"""What `run` shows while runs go on: its flags, which of them beat which, and what is shown where that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from sockbench.cli.live_screen import can_draw

_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("-q", "--quiet", envvar="SOCKBENCH_QUIET", is_flag=True, help="No progress line."),
    click.option(
        "--intervals",
        envvar="SOCKBENCH_INTERVALS",
        is_flag=True,
        help="A line a second and group on standard error, instead of the progress line.",
    ),
    click.option(
        "--live",
        envvar="SOCKBENCH_LIVE",
        is_flag=True,
        help="A screen of groups, outcomes, thresholds and the verdict so far, instead of the progress line.",
    ),
]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown; where it is none of these, the progress line. `live` is alone, and what is quiet may have its
    intervals told.
    """

    quiet: bool = False
    intervals: bool = False
    live: bool = False


def shown_flags(command: Callable[..., None]) -> Callable[..., None]:
    """The flags, as one parameter: `shown`."""

    @wraps(command)
    def gathered(*, quiet: bool, intervals: bool, live: bool, **others: Any) -> None:
        command(shown=_as_can_be(_shown(quiet, intervals, live)), **others)

    found: Callable[..., None] = gathered
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def _shown(quiet: bool, intervals: bool, live: bool) -> Shown:
    """A flag beats the environment; two that contradict each other in the same place are wrong use."""
    if not live or not (quiet or intervals):
        return Shown(quiet, intervals, live)
    context = click.get_current_context()
    is_flag = {
        name: context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        for name in ("quiet", "intervals", "live")
    }
    rivals = [name for name, is_on in (("quiet", quiet), ("intervals", intervals)) if is_on]
    is_beaten = any(is_flag[name] for name in rivals)
    if is_flag["live"] == is_beaten:
        raise click.BadParameter(f"it does not go with --{rivals[0]}: leave one of them out", param_hint="--live")
    return Shown(quiet, intervals) if is_beaten else Shown(live=True)


def _as_can_be(shown: Shown) -> Shown:
    """A screen takes a terminal; without one there are lines instead, and a sentence that says so."""
    if not shown.live or can_draw():
        return shown
    click.echo("sockbench: --live needs a terminal that can move its cursor: a line a second instead", err=True)
    return Shown(intervals=True)
