"""`--token` of several commands: a secret that a server and its clients share, read here and shown nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.secret import Secret

VARIABLE = "SOCKBENCH_TOKEN"
Command = TypeVar("Command", bound=Callable[..., None])


def token_flag(purpose: str) -> Callable[[Command], Command]:
    """The flag, with the parameter `token`: a Secret or None. `purpose` begins its help."""
    return click.option(
        "--token",
        envvar=VARIABLE,
        callback=_secret,
        metavar="SECRET|@FILE",
        help=f"{purpose} Others see a SECRET in the list of processes (ps), not @FILE or {VARIABLE}.",
    )


def _secret(context: click.Context, parameter: click.Parameter, value: Any) -> Secret | None:
    if value is None:
        return None
    from sockbench.scenario.tokens import parse_token

    try:
        return parse_token(value, Path())
    except ValueError as error:
        from_shell = context.get_parameter_source("token") is click.core.ParameterSource.ENVIRONMENT
        hint = VARIABLE if from_shell else "--token"
        raise click.BadParameter(
            f"it {error}" if str(error).startswith("has ") else str(error), param_hint=hint
        ) from None


def is_on_command_line() -> bool:
    """Whether the token of now was given as a flag; one of the environment may be meant for something else."""
    return click.get_current_context().get_parameter_source("token") is click.core.ParameterSource.COMMANDLINE


def check_proven(experiment: Experiment) -> None:
    """A token on the command line has somebody to be proven to."""
    groups = [group for variant in experiment.variants for group in variant.plan.groups]
    if is_on_command_line() and all(group.target is None or group.token is None for group in groups):
        words = "no group has a target that is spoken to in envelopes; a server of the scenario has the key token"
        raise click.BadParameter(words, param_hint="--token")
