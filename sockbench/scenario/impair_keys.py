"""The keys below `impair`: what a relay does to what passes, one way or both. As in `keys`, nothing is judged here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sockbench.scenario import kinds, units
from sockbench.scenario.base_keys import UNWRITTEN, Keys, exactly_one, shown


class LossKeys(Keys):
    """Losses in bursts, after Gilbert and Elliott: a link that is good or bad, and may turn after each datagram."""

    model_config = ConfigDict(json_schema_extra={"required": ["p", "r"]})

    p: kinds.Chance = Field(default=None, description="The chance that a good link turns bad.", examples=["1%"])
    r: kinds.Chance = Field(default=None, description="The chance that a bad link turns good.", examples=["25%"])
    bad: kinds.Share = Field(default=1.0, description="What a bad link loses.", json_schema_extra=shown("100%"))
    good: kinds.Share = Field(default=0.0, description="What a good link loses.", json_schema_extra=shown("0%"))


class PlainLoss(LossKeys):
    """What a share alone stands for; no mapping makes one."""

    share: float


class JitterKeys(Keys):
    """How delays vary: a time alone is `uniform`, or exactly one of these."""

    model_config = ConfigDict(json_schema_extra=exactly_one("uniform", "normal"))

    uniform: kinds.MaybeDelay = Field(
        default=None, description="Longer or shorter by up to so much, evenly.", examples=["5ms"]
    )
    normal: kinds.MaybeDelay = Field(
        default=None, description="Normally distributed, with this standard deviation.", examples=["5ms"]
    )


class StallKeys(Keys):
    """TCP: the whole link stands still now and then."""

    model_config = ConfigDict(json_schema_extra={"required": ["every", "for"]})

    every: kinds.MaybeSeconds = Field(default=None, description="From one stall to the next.", examples=["5s"])
    length: kinds.MaybeDelay = Field(
        default=None, alias="for", description="How long nothing moves, both ways.", examples=["500ms"]
    )


def _plain_loss(value: object) -> object:
    return value if isinstance(value, dict) else PlainLoss(share=kinds.share(value))


def _plain_jitter(value: object) -> object:
    if isinstance(value, dict):
        return value
    return JitterKeys.model_construct(_fields_set={"uniform"}, uniform=kinds.short(zero=False)(value))


class _PlainForm:
    """Adds a text of one kind to the JSON Schema of a mapping."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "pattern": self._pattern}, handler(schema)]}


_WrittenLoss = Annotated[LossKeys, BeforeValidator(_plain_loss), _PlainForm(units.SHARE_PATTERN)]
_WrittenJitter = Annotated[JitterKeys, BeforeValidator(_plain_jitter), _PlainForm(units.DURATION_PATTERN)]


class WayKeys(Keys):
    """What happens to what goes one way."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    loss: _WrittenLoss = Field(
        default=LossKeys(),
        description="UDP: this share of the datagrams is lost; or losses in bursts, after Gilbert and Elliott.",
        examples=["5%"],
        json_schema_extra=UNWRITTEN,
    )
    delay: kinds.Delay = Field(
        default=0.0, description="Everything is held back for so long.", json_schema_extra=shown("0s")
    )
    jitter: _WrittenJitter = Field(
        default=JitterKeys(),
        description="UDP: each delay is longer or shorter by up to so much; who has a short one overtakes.",
        examples=["5ms"],
        json_schema_extra=UNWRITTEN,
    )
    duplicate: kinds.Share = Field(
        default=0.0, description="UDP: this share comes twice.", json_schema_extra=shown("0%")
    )
    reorder: kinds.Share = Field(
        default=0.0,
        description="UDP: this share is held back until the client's next has gone.",
        json_schema_extra=shown("0%"),
    )
    corrupt: kinds.Share = Field(
        default=0.0, description="UDP: this share arrives with one bit turned.", json_schema_extra=shown("0%")
    )
    rate: kinds.BytesPerSecond = Field(
        default=None,
        description="So many bytes of payload per second the link carries. Default: no limit.",
        examples=["1MB/s", "10Mbit/s"],
    )
    queue: kinds.QueueSize = Field(
        default=None,
        description="UDP: the bytes that may wait for the rate, more are lost. TCP: the bytes of one connection that "
        "may be under way, then its sender waits. Default: UDP 64 MiB, TCP 256 KiB.",
        examples=["64KiB"],
    )


class ImpairKeys(WayKeys):
    """What a relay between clients and server does to what passes, each way, unless `up` or `down` says otherwise."""

    up: WayKeys = Field(
        default=WayKeys(),
        description="Other values of the keys above for the way to the server.",
        json_schema_extra=UNWRITTEN,
    )
    down: WayKeys = Field(
        default=WayKeys(), description="The same for the way to the client.", json_schema_extra=UNWRITTEN
    )
    stall: StallKeys = Field(
        default=StallKeys(), description="TCP: the link stands still now and then.", json_schema_extra=UNWRITTEN
    )
    reset: kinds.MaybeSeconds = Field(
        default=None,
        description="TCP: each connection is reset (RST) when it is so old. Default: none is.",
        examples=["30s"],
    )


def impair_model_at(rest: Sequence[str | int]) -> type[Keys] | None:
    """The model of the mapping at `rest`, which begins below `impair`."""
    match rest:
        case []:
            return ImpairKeys
        case ["up" | "down"]:
            return WayKeys
        case ["loss"] | ["up" | "down", "loss"]:
            return LossKeys
        case ["jitter"] | ["up" | "down", "jitter"]:
            return JitterKeys
        case ["stall"]:
            return StallKeys
        case _:
            return None
