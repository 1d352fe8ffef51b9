"""The JSON Schema of scenario files, for editors: what can be said of a scenario without looking at two keys at once.

Made from the models in `keys`; adds nothing to them but its own identity.
"""

from __future__ import annotations

from typing import Any

from sockbench.scenario.keys import ScenarioKeys

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema, ready for `json.dumps`. It accepts every scenario that `load` does."""
    schema = _tidy(ScenarioKeys.model_json_schema(by_alias=True), names=False)
    if not isinstance(schema, dict):
        raise TypeError("a JSON Schema is an object")
    return {"$schema": DIALECT, "title": "sockbench scenario", **schema}


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
