"""A scenario named on the command line to an experiment, with the flags that change it.

Every mistake is printed, exit 104.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sockbench.cli.codes import WRONG_SCENARIO
from sockbench.cli.exits import shown
from sockbench.cli.token import check_proven
from sockbench.errors import Mistake, ScenarioError

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.secret import Secret

Settings = Sequence[tuple[str, str, str]]
"""(path, value in YAML, the flag as it was written)"""

_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Set a key of the scenario; repeatable."),
    click.option("--duration", envvar="SOCKBENCH_DURATION", metavar="TIME", help="Instead of the scenario's duration."),
    click.option("--seed", envvar="SOCKBENCH_SEED", metavar="NUMBER", help="Instead of the scenario's seed."),
    click.option("--repeat", envvar="SOCKBENCH_REPEAT", metavar="NUMBER", help="How often each variant is run."),
]

Command = TypeVar("Command", bound=Callable[..., None])


def scenario_flags(command: Command) -> Command:
    """The flags that change a scenario: parameters `sets`, `duration`, `seed` and `repeat`, for `settings_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def settings_of(sets: Sequence[str], **flags: str | None) -> Settings:
    """What the flags of `scenario_flags` set, in the order in which it is applied."""
    settings = [_setting(text) for text in sets]
    settings += [(key, value, _written(key)) for key, value in flags.items() if value is not None]
    return settings


def _written(key: str) -> str:
    """The flag, or the variable of the environment that stands for it. A mistake in its value quotes that."""
    source = click.get_current_context().get_parameter_source(key)
    if source is click.core.ParameterSource.ENVIRONMENT:
        return f"SOCKBENCH_{key.upper()}"
    return f"--{key}"


def _setting(text: str) -> tuple[str, str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise click.BadParameter(f"{text!r} is not KEY=VALUE, such as clients.0.count=100", param_hint="--set")
    told = f"{path}=..." if "tok" in path.lower() else text  # a secret is in no mistake, nor in one about its key
    return path.strip(), value, f"--set {told}"


def _read_stdin() -> bytes:
    """As much as a scenario may have, and a byte more to tell: what is piped in may have no end."""
    from sockbench.scenario.known import MEBIBYTE

    return sys.stdin.buffer.read(MEBIBYTE + 1) if sys.stdin is not None else b""


def _said_once(mistake: Mistake, settings: Settings) -> Mistake:
    """A mistake in a flag that is called like its key, without the key."""
    keys = {flag: key for key, _, flag in settings if not flag.startswith("--set ")}
    key = keys.get(mistake.source)
    return mistake if key is None else replace(mistake, text=mistake.text.removeprefix(f"{key}: "))


def load_experiment(scenario: str, settings: Settings, token: Secret | None = None) -> Experiment:
    """The experiment of a path, of `-`, or of a scenario that comes with the package. Exits 104 with every mistake.

    `token` is for the targets that have none.
    """
    from sockbench.scenario import Override, load

    overrides = [Override(path, value, flag) for path, value, flag in settings]
    try:
        experiment = load(scenario, overrides, _read_stdin, None if token is None else token.text)
    except ScenarioError as error:
        for mistake in error.mistakes:
            click.echo(shown(str(_said_once(mistake, settings))), err=True)
        raise SystemExit(WRONG_SCENARIO) from None
    if token is not None:
        check_proven(experiment)
    return experiment
