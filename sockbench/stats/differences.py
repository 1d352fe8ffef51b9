"""In what do two results differ besides their numbers: in the scenario, in the machine, or in the versions of the tool?

It decides what counts as the same plan and the same machine. Names and places of files do not, nor what the machine did
besides: that is for the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

from sockbench.model.environment import Environment
from sockbench.model.plan import FilePayload, Plan
from sockbench.model.secret import Secret

_UNIMPORTANT: Final = frozenset(
    {
        (Plan, "name"),
        (Plan, "description"),
        (Plan, "source"),
        (Plan, "thresholds"),
        (FilePayload, "data"),
        (Secret, "text"),  # is told to nobody
    }
)
_MACHINE: Final = (
    "sockbench",
    "python",
    "libraries",
    "os",
    "kernel",
    "cpu",
    "cpus",
    "sysctl",
    "workers",
    "driver",
    "gc",
)
_MEMORY_SHARE: Final = 0.05  # the same machine does not always find the same memory


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is `base` here and `other` there; `path` is in the words of a scenario or of the environment."""

    path: str
    base: str
    other: str


def plan_differences(base: Plan, other: Plan) -> list[Difference]:
    """What two plans would do differently: `groups.askers.window`."""
    return list(_apart("", base, other))


def environment_differences(base: Environment, other: Environment) -> list[Difference]:
    """Machine and versions: `kernel`, `libraries.trio`, `cpus`."""
    found = [one for name in _MACHINE for one in _apart(name, getattr(base, name), getattr(other, name))]
    here, there = base.memory_bytes, other.memory_bytes
    if here is not None and there is not None and abs(here - there) > _MEMORY_SHARE * max(here, there):
        found.append(Difference("memory_bytes", str(here), str(there)))
    return found


def _apart(path: str, base: object, other: object) -> Iterator[Difference]:
    if base == other:
        return
    if type(base) is not type(other):
        yield Difference(path, _told(base), _told(other))
    elif is_dataclass(base):
        for field in fields(base):
            if (type(base), field.name) not in _UNIMPORTANT:
                inner = f"{path}.{field.name}" if path else field.name
                yield from _apart(inner, getattr(base, field.name), getattr(other, field.name))
    elif isinstance(base, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*base, *other)):
            yield from _apart(f"{path}.{key}", base.get(key), other.get(key))
    elif isinstance(base, tuple) and isinstance(other, tuple):
        yield from _apart(path, _keyed(base), _keyed(other))
    else:
        yield Difference(path, _told(base), _told(other))


def _keyed(entries: tuple[object, ...]) -> dict[str, object]:
    """By name where they have one, else by position."""
    return {str(getattr(entry, "name", place)): entry for place, entry in enumerate(entries)}


def _told(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return type(value).__name__.lower() if is_dataclass(value) else str(value)
