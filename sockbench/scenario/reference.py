"""The keys of a scenario as tables for people: where each may stand, what is written, the default, what it does.

Made from the JSON Schema, so from the models in `keys`: a key that is not there is in no table, and none is missing.
The README holds them between two marks. Says nothing that the schema does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sockbench.scenario import units
from sockbench.scenario.kinds import ALGORITHM_PATTERN
from sockbench.scenario.schema import json_schema
from sockbench.scenario.socket_keys import SocketKeys
from sockbench.scenario.target import TARGET_PATTERN
from sockbench.scenario.words import either

Schema = Mapping[str, Any]

SOCKETS = tuple(SocketKeys.model_fields)
"""Keys of servers and of groups, told once."""
_HOMES = {
    "ServerKeys": "servers",
    "GroupKeys": "clients",
    "PayloadKeys": "payload",
    "ArrivalsKeys": "arrivals",
    "ThresholdKeys": "thresholds",
    "ImpairKeys": "impair",
}
"""Part of the schema -> the key below which it stands, and the heading of its table."""
_SMALL = ("StageKeys", "LossKeys", "JitterKeys", "StallKeys")
"""Parts whose keys stand in the table of the one key that takes them: `stall.every`."""
_VARIABLE = {"$ref": "#/$defs/variable"}
_REST = "Default: "
"""A description ends with this where the default is no value that could be written."""

_KINDS = {
    units.DURATION_PATTERN: "time",
    units.DURATIONS_PATTERN: "time or range",
    units.SIZE_PATTERN: "size",
    units.RATE_PATTERN: "rate",
    units.RATES_PATTERN: "rate or range",
    units.BYTE_RATE_PATTERN: "bytes/s",
    units.SHARE_PATTERN: "share",
    ALGORITHM_PATTERN: "name",
    TARGET_PATTERN: "URL",
    "^[^.]*$": "text without `.`",
    r"^[0-9]{1,9}(\.\.[0-9]{1,9})?$": "range",
}
"""Pattern of the schema -> what is written."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key, each part as Markdown; `default` is empty where nothing stands for it."""

    name: str
    value: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one mapping, and where in a scenario it stands."""

    title: str
    about: str
    keys: tuple[Key, ...]


def reference() -> tuple[Keys, ...]:
    """Every key of a scenario, the outermost first."""
    schema = json_schema()
    parts = schema["$defs"]
    sockets = {key: value for key, value in parts["GroupKeys"]["properties"].items() if key in SOCKETS}
    return (
        _keys("scenario", schema, parts),
        *(_keys(home, parts[part], parts) for part, home in _HOMES.items()),
        Keys("sockets", str(SocketKeys.__doc__), tuple(_key(name, value, False) for name, value in sockets.items())),
    )


def markdown() -> str:
    """The tables as Markdown, each below a heading of the third level."""
    return "\n".join(map(_section, reference()))


def _section(keys: Keys) -> str:
    rows = [f"| `{key.name}` | {key.value} | {key.default} | {key.meaning} |" for key in keys.keys]
    head = ["| key | value | default | what it does |", "|---|---|---|---|"]
    return "\n".join([f"### {keys.title}", "", keys.about, "", *head, *rows, ""])


def _keys(title: str, schema: Schema, parts: Schema) -> Keys:
    """The table of one mapping; what sockets have in common is told elsewhere."""
    about = schema["description"]
    if not set(SOCKETS).isdisjoint(schema["properties"]):
        about += " The keys of [sockets](#sockets) stand here, too."
    return Keys(title, about, tuple(_rows(schema, parts, "")))


def _rows(schema: Schema, parts: Schema, before: str) -> Iterator[Key]:
    for name, value in schema["properties"].items():
        if name in SOCKETS:
            continue
        yield _key(before + name, value, name in schema.get("required", ()))
        small = _part(value)
        if small in _SMALL:
            yield from _rows(parts[small], parts, f"{before}{name}{'[]' if 'items' in value else ''}.")


def _key(name: str, schema: Schema, is_required: bool) -> Key:
    meaning, _, rest = schema["description"].partition(_REST)
    default = (
        "required" if is_required else f"`{_flow(schema['default'])}`" if "default" in schema else rest.rstrip(".")
    )
    examples = " or ".join(f"`{_flow(example)}`" for example in schema.get("examples", ()))
    value = _value(schema)
    return Key(
        name,
        _escaped(f"{value}, such as {examples}" if examples else value),
        _escaped(default),
        _escaped(meaning.strip()),
    )


def _value(schema: Schema) -> str:
    """What may be written, in words."""
    if "anyOf" in schema:
        return " or ".join(_value(part) for part in schema["anyOf"] if part != _VARIABLE)
    if "$ref" in schema:
        part = _part(schema)  # `up` and `down` have a part of their own, with the keys of `impair`
        return "keys" if part in _SMALL else f"[keys](#{_HOMES.get(part, 'impair')})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return either(f"`{word}`" for word in schema["enum"])
    if "pattern" in schema:
        return _KINDS[schema["pattern"]]
    return _of_type(schema)


def _part(schema: Schema) -> str:
    """The part of the schema that this one refers to, itself or in a list or a choice; empty when to none."""
    inner = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    found = [part["$ref"].rpartition("/")[2] for part in inner if "$ref" in part and part != _VARIABLE]
    return found[0] if found else ""


def _of_type(schema: Schema) -> str:
    match schema["type"]:
        case "integer":
            most = schema["maximum"]
            return f"{schema['minimum']} to {'2^63 - 1' if most == 2**63 - 1 else f'{most:,}'}"
        case "boolean":
            return "`true` or `false`"
        case "string":
            return "text"
        case "array":
            return f"list of {_value(schema['items'])}".replace("of value", "of values")
        case "object":
            return f"name: {_value(schema['additionalProperties'])}"
        case _:
            return "value"


def _flow(value: object) -> str:
    """A value as YAML on one line; for what stands in the schema, that is plain enough."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
    return str(value)


def _escaped(text: str) -> str:
    """As the cell of a table."""
    return text.replace("|", "\\|")
