"""Times on the command line, written as in a scenario: `250ms`, `10s`."""

from __future__ import annotations

import click


def seconds(text: str, flag: str) -> float:
    """A duration longer than nothing, in seconds. Wrong use when it is none."""
    from sockbench.scenario import parse_duration

    try:
        parsed = parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=flag) from None
    if parsed <= 0:
        raise click.BadParameter("it must be longer than nothing", param_hint=flag)
    return parsed
