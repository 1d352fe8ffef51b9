"""Short ways to a plan or to its mistakes, from text."""

from __future__ import annotations

from collections.abc import Callable

from sockbench.errors import ScenarioError
from sockbench.model.plan import Group, Plan
from sockbench.scenario import Override, load

SERVERS = """\
servers:
  registry: {service: registry, transport: udp}
  echo: {service: echo, transport: tcp}
  wild: {service: echo, transport: udp}
"""


def told(call: Callable[[], object]) -> str | None:
    """The sentence of the ValueError that `call` raises, if it raises one."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return None


def plan(text: str, *settings: str) -> Plan:
    """The plan of a text on standard input, with `--set` settings."""
    return load("-", [override(setting) for setting in settings], lambda: text.encode()).plan


def override(setting: str) -> Override:
    """What the command line makes of `--set path=value`."""
    path, _, value = setting.partition("=")
    return Override(path, value, f"--set {setting}")


def group(line: str) -> Group:
    """The plan of one group, written as one line; SERVERS can be named."""
    return plan(f"{SERVERS}clients:\n  - {line}\n").groups[0]


def mistakes(text: str, *settings: str) -> list[str]:
    """The mistakes of a text, without the name of standard input; none when it is right."""
    try:
        plan(text, *settings)
    except ScenarioError as error:
        return [str(mistake).removeprefix("<stdin>:").removeprefix(" ") for mistake in error.mistakes]
    return []


def group_mistakes(line: str) -> list[str]:
    """The mistakes of one group, written as one line, without their places."""
    return [found.split(": ", 1)[1] for found in mistakes(f"{SERVERS}clients:\n  - {line}\n")]
