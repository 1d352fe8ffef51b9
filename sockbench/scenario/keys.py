"""The keys of a scenario: pydantic models with their kinds, defaults and descriptions, the source of the JSON Schema.

A field that is None was not written. Each model is strict: an unknown key is a mistake. What is required, and what two
keys mean to each other, is decided in `checks`, so that those mistakes come together with these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sockbench.scenario import kinds, known, units
from sockbench.scenario.findings import Path


def _shown(default: object) -> dict[str, Any]:
    """For the JSON Schema: the default as it is written in a scenario."""
    return {"default": default}


_UNWRITTEN = _shown(None)  # a mapping that is not written has no default of its own


def _exactly_one(*keys: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [key]} for key in keys]}


class Keys(BaseModel):
    """What all models share."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LossKeys(Keys):
    """Losses in bursts, after Gilbert and Elliott: a link that is good or bad, and turns by chance."""

    model_config = ConfigDict(json_schema_extra={"required": ["p", "r"]})

    p: kinds.Chance = Field(default=None, description="The chance that a good link turns bad.", examples=["1%"])
    r: kinds.Chance = Field(default=None, description="The chance that a bad link turns good.", examples=["25%"])
    bad: kinds.Share = Field(default=1.0, description="The share a bad link loses.", json_schema_extra=_shown("100%"))
    good: kinds.Share = Field(default=0.0, description="The share a good link loses.", json_schema_extra=_shown("0%"))


class PlainLoss(LossKeys):
    """What a share alone stands for; no mapping makes one."""

    share: float


class JitterKeys(Keys):
    """How delays vary: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=_exactly_one("uniform", "normal"))

    uniform: kinds.MaybeDelay = Field(default=None, description="Evenly, by so much either way.", examples=["5ms"])
    normal: kinds.MaybeDelay = Field(
        default=None, description="In a normal distribution with this standard deviation.", examples=["5ms"]
    )


class StallKeys(Keys):
    """A TCP link that stands still now and then."""

    model_config = ConfigDict(json_schema_extra={"required": ["every", "for"]})

    every: kinds.MaybeSeconds = Field(default=None, description="From one stall to the next.", examples=["5s"])
    length: kinds.MaybeDelay = Field(
        default=None, alias="for", description="How long nothing moves, either way.", examples=["500ms"]
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
        description="UDP: this share of the datagrams is lost; or in bursts.",
        examples=["5%"],
        json_schema_extra=_UNWRITTEN,
    )
    delay: kinds.Delay = Field(default=0.0, description="Held back for so long.", json_schema_extra=_shown("0s"))
    jitter: _WrittenJitter = Field(
        default=JitterKeys(),
        description="UDP: each delay is longer or shorter by up to this.",
        examples=["5ms"],
        json_schema_extra=_UNWRITTEN,
    )
    duplicate: kinds.Share = Field(default=0.0, description="UDP: comes twice.", json_schema_extra=_shown("0%"))
    reorder: kinds.Share = Field(
        default=0.0, description="UDP: is held back until the next has gone.", json_schema_extra=_shown("0%")
    )
    corrupt: kinds.Share = Field(
        default=0.0, description="UDP: arrives with one bit turned.", json_schema_extra=_shown("0%")
    )
    rate: kinds.BytesPerSecond = Field(
        default=None, description="As many bytes per second as the link carries.", examples=["1MB/s", "10Mbit/s"]
    )
    queue: kinds.QueueSize = Field(
        default=None,
        description="UDP: the bytes that may wait for the rate; more are lost. TCP: the bytes of one connection that "
        "may be under way; then its sender has to wait.",
        examples=["64KiB"],
    )


class ImpairKeys(WayKeys):
    """What a relay between clients and a server does to the traffic, each way, unless up or down says otherwise."""

    up: WayKeys = Field(
        default=WayKeys(), description="Other values for the way to the server.", json_schema_extra=_UNWRITTEN
    )
    down: WayKeys = Field(
        default=WayKeys(), description="Other values for the way to the client.", json_schema_extra=_UNWRITTEN
    )
    stall: StallKeys = Field(
        default=StallKeys(), description="TCP: the link stands still now and then.", json_schema_extra=_UNWRITTEN
    )
    reset: kinds.MaybeSeconds = Field(
        default=None, description="TCP: each connection is reset when it is so old.", examples=["30s"]
    )


class ServerKeys(Keys):
    """A server that `run` starts in a process of its own."""

    model_config = ConfigDict(json_schema_extra={"required": ["service", "transport"]})

    service: kinds.ServiceName = Field(default=None, description="What the server does.")
    transport: kinds.TransportName = Field(default=None, description="How it is reached.")
    port: kinds.Port = Field(default=0, description="The port it listens on; 0 is any free port.", examples=[10125])
    host: kinds.Host = Field(default=known.HOST, description="The address it listens on.")
    max_clients: kinds.MaybeCount = Field(
        default=None,
        description="The most clients it serves at once. Defaults: registry 10, number 5, others no limit.",
    )
    idle: kinds.Seconds = Field(
        default=known.IDLE,
        description="A client that is silent for so long gives its place back.",
        json_schema_extra=_shown("60s"),
    )
    banner: kinds.Truth = Field(default=False, description="echo only: over TCP the server speaks first.")
    once: kinds.Truth = Field(default=False, description="upper only: a TCP connection is closed after one reply.")
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="All its clients reach it through a relay that does this to the traffic.",
        json_schema_extra=_UNWRITTEN,
    )


class PayloadKeys(Keys):
    """What each request carries: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=_exactly_one("text", "size", "digits", "choice", "file"))

    text: kinds.MaybeText = Field(
        default=None,
        description="A text; {index} is the client's number, {seq} the request's (from 1), {random} a random one; "
        "{{ and }} are braces.",
        examples=["ping {seq}"],
    )
    size: kinds.Size = Field(default=None, description="So many bytes of letters.", examples=["64B", "1KiB"])
    digits: kinds.Digits = Field(default=None, description="A random integer of so many digits.", examples=["1..30"])
    choice: list[kinds.Text] = Field(
        default=[], description="One of these texts, at random.", json_schema_extra={"minItems": 1}
    )
    file: kinds.MaybeText = Field(default=None, description="The contents of a file, relative to the scenario's own.")


class ArrivalsKeys(Keys):
    """When requests are due: exactly one of think, every and rate."""

    model_config = ConfigDict(json_schema_extra=_exactly_one("think", "every", "rate"))

    think: kinds.MaybeSecondsOrZero = Field(
        default=None, description="Closed: due so long after the last answer.", examples=["10ms"]
    )
    every: kinds.MaybeSeconds = Field(default=None, description="Each client on its own fixed grid.", examples=["10s"])
    rate: kinds.PerSecond = Field(
        default=None, description="The group as a whole, shared evenly among its clients.", examples=["1000/s"]
    )
    pattern: kinds.PatternName = Field(
        default=None, description="How a rate is spread over time.", json_schema_extra=_shown("constant")
    )
    phase: kinds.PhaseName = Field(
        default=None, description="Clients spread over one period, or together.", json_schema_extra=_shown("staggered")
    )


CLOSED = ArrivalsKeys()  # what the word `closed` stands for; a mapping makes another object


def _closed(value: object) -> object:
    if value == "closed":
        return CLOSED
    if isinstance(value, str):
        return kinds.word("a kind of arrivals", ("closed",))(value)
    return value


class _ClosedWord:
    """Adds the word `closed` to the JSON Schema of a mapping."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"const": "closed"}, handler(schema)]}


class GroupKeys(Keys):
    """The clients that share one entry: each a socket of its own."""

    model_config = ConfigDict(json_schema_extra=_exactly_one("server", "target"))

    name: kinds.Name = Field(default=None, description="The group's name. Default: group1, group2, ...")
    count: kinds.Count = Field(default=1, description="How many clients.")
    server: kinds.MaybeText = Field(default=None, description="The name of one of the servers above.")
    target: kinds.TargetUrl = Field(
        default=None, description="A server that someone else runs.", examples=["udp://127.0.0.1:10125"]
    )
    register_as: kinds.MaybeText = Field(
        default=None,
        alias="register",
        description="The code each client announces first; {index} is the client's number.",
        examples=["aluno-{index}"],
    )
    payload: PayloadKeys = Field(
        default=PayloadKeys(),
        description="What each request carries.",
        json_schema_extra=_shown({"size": f"{known.PAYLOAD_SIZE}B"}),
    )
    arrivals: Annotated[ArrivalsKeys, BeforeValidator(_closed), _ClosedWord] = Field(
        default=CLOSED, description="When requests are due.", json_schema_extra=_shown("closed")
    )
    think: kinds.MaybeSecondsOrZero = Field(
        default=None, description="With closed arrivals: the pause after each answer.", json_schema_extra=_shown("0s")
    )
    phase: kinds.PhaseName = Field(
        default=None, description="Clients spread over one period, or together.", json_schema_extra=_shown("staggered")
    )
    window: kinds.Window = Field(
        default=None,
        description="The most requests one client keeps in flight. Default: 1 when closed or where replies are matched "
        "one at a time, else 1024.",
    )
    timeout: kinds.Seconds = Field(
        default=1.0, description="A reply after this is late.", json_schema_extra=_shown("1s")
    )
    connect: kinds.ConnectName = Field(default="once", description="TCP: one connection a client, or one a request.")
    format: kinds.FormatName = Field(
        default=None, description="How messages are framed. Default: envelope with a server, text with a target."
    )
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="This group goes through a relay of its own that does this to the traffic; in place of its "
        "server's.",
        json_schema_extra=_UNWRITTEN,
    )


class ScenarioKeys(Keys):
    """A scenario of sockbench: servers to start, clients to drive at them, thresholds to hold."""

    model_config = ConfigDict(json_schema_extra={"required": ["clients"]}, title="sockbench scenario")

    name: kinds.Title = Field(default=None, description="Default: the file's name without its ending.")
    description: kinds.Prose = Field(default="", description="What the scenario shows.")
    seed: kinds.Seed = Field(default=1, description="Where all random numbers start.")
    warmup: kinds.SecondsOrZero = Field(
        default=0.0, description="Driven like the rest, reported apart.", json_schema_extra=_shown("0s")
    )
    duration: kinds.Seconds = Field(
        default=10.0, description="How long requests are due, after the warm-up.", json_schema_extra=_shown("10s")
    )
    drain: kinds.MaybeSecondsOrZero = Field(
        default=None, description="How long answers are waited for after that. Default: the longest timeout."
    )
    servers: dict[str, ServerKeys] = Field(
        default={},
        description="The servers that run starts, by name.",
        json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": known.MAX_NAME, "pattern": r"^[^.]*$"}},
    )
    clients: list[GroupKeys] = Field(
        default=[], description="The groups of clients.", json_schema_extra={"minItems": 1}
    )
    thresholds: list[kinds.Text] = Field(
        default=[],
        description="[group.]metric[.statistic] op value; any that fails makes the exit code 99.",
        examples=[["rtt.p99 < 20ms", "lost < 1%"]],
    )


_HOMES: dict[str, type[Keys]] = {
    "the top level": ScenarioKeys,
    "a server": ServerKeys,
    "clients": GroupKeys,
    "payload": PayloadKeys,
    "arrivals": ArrivalsKeys,
}


def names_of(model: type[Keys]) -> tuple[str, ...]:
    """The keys of a model, as they are written."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def model_at(path: Path) -> type[Keys] | None:
    """The model of the mapping at `path`; None where there is none, or where the keys are the user's own names."""
    match path:
        case ():
            return ScenarioKeys
        case ("servers", _):
            return ServerKeys
        case ("clients", int()):
            return GroupKeys
        case ("clients", int(), "payload"):
            return PayloadKeys
        case ("clients", int(), "arrivals"):
            return ArrivalsKeys
        case ("servers" | "clients", _, "impair", *rest):
            return _impair_model_at(rest)
        case _:
            return None


def _impair_model_at(rest: Sequence[str | int]) -> type[Keys] | None:
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


def homes(key: str) -> list[str]:
    """Where a key may stand, in words."""
    found = [home for home, model in _HOMES.items() if key in names_of(model)]
    return found or ["impair"] * (key in names_of(ImpairKeys))
