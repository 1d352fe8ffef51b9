"""The keys of one threshold, which may be its expression alone: a text, or a mapping that says when it ends a run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sockbench.scenario import kinds
from sockbench.scenario.base_keys import Keys, shown

EXPRESSION = "[group.]metric[.statistic] op value"


class ThresholdKeys(Keys):
    """What a run must hold: an expression alone, or one with these keys."""

    model_config = ConfigDict(json_schema_extra={"required": ["expression"]})

    expression: kinds.MaybeText = Field(
        default=None, description=f"`{EXPRESSION}`; op is `<`, `<=`, `>`, `>=` or `==`.", examples=["lost < 1%"]
    )
    abort: kinds.Truth = Field(default=False, description="A run that has no hope to keep it is ended before its time.")
    grace: kinds.SecondsOrZero = Field(
        default=0.0,
        description="With `abort`: how much is measured before it is first looked at.",
        examples=["5s"],
        json_schema_extra=shown("0s"),
    )


def _mapping(value: object) -> Any:
    return value if isinstance(value, dict) else ThresholdKeys(expression=kinds.text(value))


class _OrText:
    """Adds a plain text to the JSON Schema of a mapping."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


WrittenThreshold = Annotated[ThresholdKeys, BeforeValidator(_mapping), _OrText]
