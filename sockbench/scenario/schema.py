"""The JSON Schema of scenario files, for editors: what can be said of a scenario without looking at two keys at once.

Made from the models in `keys`; adds nothing to them but its own identity.
"""

from __future__ import annotations

from typing import Any

from sockbench.scenario.keys import ScenarioKeys
from sockbench.scenario.variables import SHARED

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema, ready for `json.dumps`. It accepts every scenario that `load` does."""
    schema = _tidy(ScenarioKeys.model_json_schema(by_alias=True), names=False)
    if not isinstance(schema, dict):
        raise TypeError("a JSON Schema is an object")
    schema["properties"] = {
        key: value if key in _CONSTANT else _variable(value) for key, value in schema["properties"].items()
    }
    schema["$defs"] = {name: _variable(value) for name, value in schema["$defs"].items()} | {"variable": _VARIABLE}
    return {"$schema": DIALECT, "title": "sockbench scenario", **schema}


_VARIABLE = {
    "type": "string",
    "pattern": r"\$\{[^{}]+\}",
    "description": "A text in which ${key} stands for a value of the matrix.",
}
_CONSTANT = (*SHARED, "matrix", "exclude", "repeat")
_SCALARS = ("string", "integer", "number", "boolean")


def _variable(value: Any) -> Any:
    """The same schema, in which a variable may stand wherever not every text may."""
    if isinstance(value, list):
        return [_variable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "const" in value or value.get("type") in _SCALARS:
        narrow = {key: value[key] for key in value if key not in _NOTES}
        if narrow.get("type") == "string" and not {"pattern", "enum", "const"} & narrow.keys():
            return value
        notes = {key: value[key] for key in value if key in _NOTES}
        return {"anyOf": [narrow, {"$ref": "#/$defs/variable"}], **notes}
    return {key: item if key in (*_NOTES, "propertyNames") else _part(key, item) for key, item in value.items()}


def _part(key: str, item: Any) -> Any:
    if key == "properties":
        return {name: _variable(inner) for name, inner in item.items()}
    return _variable(item)


_NOTES = ("default", "examples", "description")


def _tidy(value: Any, *, names: bool) -> Any:
    """Without the titles that only repeat a key, and without the defaults that stand for "not written".

    `names` tells that the keys of this mapping are a scenario's own words.
    """
    if isinstance(value, list):
        return [_tidy(item, names=False) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        if not names and (key == "title" or (key == "default" and item in (None, [], {}, ""))):
            continue
        kept[key] = item if key in ("default", "examples") and not names else _tidy(item, names=key in _NAMED)
    return kept


_NAMED = ("properties", "$defs")
