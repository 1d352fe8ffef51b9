"""What the models of a scenario's keys share: strictness, and how defaults and choices look in the JSON Schema."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


def shown(default: object) -> dict[str, Any]:
    """For the JSON Schema: the default as it is written in a scenario."""
    return {"default": default}


UNWRITTEN = shown(None)  # a mapping that is not written has no default of its own


def exactly_one(*keys: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [key]} for key in keys]}


class Keys(BaseModel):
    """What all models share."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
