"""The keys of a scenario: pydantic models with their kinds, defaults and descriptions, the source of the JSON Schema.

A field that is None was not written. Each model is strict: an unknown key is a mistake. What is required, and what two
keys mean to each other, is decided in `checks`, so that those mistakes come together with these.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sockbench.scenario import kinds, known
from sockbench.scenario.base_keys import UNWRITTEN, Keys, exactly_one, shown
from sockbench.scenario.findings import Path
from sockbench.scenario.impair_keys import ImpairKeys, impair_model_at
from sockbench.scenario.socket_keys import SocketKeys
from sockbench.scenario.threshold_keys import ThresholdKeys, WrittenThreshold


class ServerKeys(SocketKeys):
    """A server that `run` starts, in a process of its own."""

    model_config = ConfigDict(json_schema_extra={"required": ["service", "transport"]})

    service: kinds.ServiceName = Field(default=None, description="What it answers.")
    transport: kinds.TransportName = Field(default=None, description="How it is reached.")
    port: kinds.Port = Field(default=0, description="Where it listens; 0 is any free port.", examples=[10125])
    host: kinds.Host = Field(default=known.HOST, description="The address it listens on.")
    max_clients: kinds.MaybeCount = Field(
        default=None,
        description="The most clients it has at once: more are turned away, by `number` they are kept waiting. "
        "Default: registry 10, number 5, else 10,000 over TCP.",
    )
    max_per_address: kinds.MaybeCount = Field(
        default=None,
        description="TCP: the most connections of one address; more are turned away. "
        "Default: 1000, without a limit for loopback.",
        examples=[20],
    )
    idle: kinds.Seconds = Field(
        default=known.IDLE,
        description="A client that is silent for so long gives its place back; over TCP its connection is closed.",
        json_schema_extra=shown("60s"),
    )
    banner: kinds.Truth = Field(default=False, description="echo: over TCP the server speaks first.")
    once: kinds.Truth = Field(default=False, description="upper: a TCP connection is closed after one reply.")
    token: kinds.Token = Field(
        default=None,
        description="A secret, or `@FILE`: it answers only who proves to know it, in envelopes.",
        examples=["@token.txt"],
    )
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="All its clients reach it through a relay, over a link as bad as this.",
        json_schema_extra=UNWRITTEN,
    )


class PayloadKeys(Keys):
    """What each request carries: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "size", "digits", "choice", "file"))

    text: kinds.MaybeText = Field(
        default=None,
        description="This text; `{index}` is the client's number, `{seq}` the request's (from 1), `{random}` a random "
        "one; `{{` and `}}` are braces.",
        examples=["ping {seq}"],
    )
    size: kinds.Size = Field(
        default=None,
        description="So many letters; 1 B to 1 MiB, over UDP what a datagram holds.",
        examples=["64B", "1KiB"],
    )
    digits: kinds.Digits = Field(
        default=None, description="A random whole number of so many digits.", examples=["1..30"]
    )
    choice: list[kinds.Text] = Field(
        default=[], description="One of these texts, at random.", json_schema_extra={"minItems": 1}
    )
    file: kinds.MaybeText = Field(
        default=None, description="What this file holds; its path begins where the scenario's file is."
    )


class StageKeys(Keys):
    """The parts of a load that changes, one after the other."""

    model_config = ConfigDict(json_schema_extra={"required": ["duration", "rate"]})

    duration: kinds.MaybeSeconds = Field(default=None, description="How long it takes.", examples=["10s"])
    rate: kinds.StageRate = Field(
        default=None,
        description="The rate of the group as a whole, or the two that it goes evenly between; `0/s` is a pause.",
        examples=["0/s..1000/s", "1000/s"],
    )


class ArrivalsKeys(Keys):
    """When requests are due: the word `closed`, or exactly one of `think`, `every`, `rate` and `stages`."""

    model_config = ConfigDict(json_schema_extra=exactly_one(*known.ARRIVALS))

    think: kinds.Pause = Field(
        default=None,
        description="Closed: the next is due so long after the last answer.",
        examples=["10ms", "10ms..50ms"],
    )
    every: kinds.MaybeSeconds = Field(
        default=None, description="Each client on a fixed grid of its own.", examples=["10s"]
    )
    rate: kinds.PerSecond = Field(
        default=None, description="Of the group as a whole, shared evenly among its clients.", examples=["1000/s"]
    )
    stages: list[StageKeys] = Field(
        default=[],
        description="Ramps, steps and pauses of that rate.",
        json_schema_extra={"minItems": 1},
    )
    pattern: kinds.PatternName = Field(
        default=None,
        description="How a rate is spread: evenly, at random (memoryless), or in bursts.",
        json_schema_extra=shown("constant"),
    )
    burst: kinds.Burst = Field(
        default=None, description="With `pattern: burst`: how many requests are due together.", examples=[20]
    )
    phase: kinds.PhaseName = Field(
        default=None,
        description="Clients are spread over one period, or fire together.",
        json_schema_extra=shown("staggered"),
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


class GroupKeys(SocketKeys):
    """Clients that are alike, each with a socket of its own. Either `server` or `target` says whom they ask."""

    model_config = ConfigDict(json_schema_extra=exactly_one("server", "target"))

    name: kinds.Name = Field(
        default=None, description="What it is called in tables. Default: group1, group2 and so on."
    )
    count: kinds.Count = Field(default=1, description="How many clients.")
    server: kinds.MaybeText = Field(default=None, description="One of the scenario's servers, by its name.")
    target: kinds.TargetUrl = Field(
        default=None, description="A server that someone else runs.", examples=["udp://127.0.0.1:10125"]
    )
    register_as: kinds.MaybeText = Field(
        default=None,
        alias="register",
        description="The code that each client announces before it makes requests; `{index}` is its number.",
        examples=["aluno-{index}"],
    )
    payload: PayloadKeys = Field(
        default=PayloadKeys(),
        description="What each request carries.",
        json_schema_extra=shown({"size": f"{known.PAYLOAD_SIZE}B"}),
    )
    arrivals: Annotated[ArrivalsKeys, BeforeValidator(_closed), _ClosedWord] = Field(
        default=CLOSED,
        description="When requests are due; `closed`: as soon as the window has room.",
        json_schema_extra=shown("closed"),
    )
    think: kinds.Pause = Field(
        default=None,
        description="With closed arrivals: the pause after each answer.",
        examples=["10ms", "10ms..50ms"],
        json_schema_extra=shown("0s"),
    )
    phase: kinds.PhaseName = Field(
        default=None,
        description="Clients are spread over one period, or fire together.",
        json_schema_extra=shown("staggered"),
    )
    window: kinds.Window = Field(
        default=None,
        description="The most requests that one client keeps in flight. Default: 1 when closed or where replies are "
        "matched one at a time, else 1024.",
    )
    timeout: kinds.Seconds = Field(
        default=1.0,
        description="A reply that comes after it is late; none at all, and the request is lost.",
        json_schema_extra=shown("1s"),
    )
    start: kinds.SecondsOrZero = Field(
        default=0.0,
        description="When it begins, counted from the end of the warm-up; it is silent in the warm-up then.",
        examples=["5s"],
        json_schema_extra=shown("0s"),
    )
    stop: kinds.MaybeSeconds = Field(
        default=None, description="When it makes nothing more due. Default: the end of the load.", examples=["20s"]
    )
    churn: kinds.Life = Field(
        default=None,
        description="The mean time that a client stays; then another takes its place. Default: all stay.",
        examples=["30s"],
    )
    connect: kinds.ConnectName = Field(
        default="once", description="TCP: a connection for each client, or for each request."
    )
    writes: kinds.Writes = Field(
        default=1,
        description="TCP: a request is sent by so many writes, each a part of it; 2 with `nodelay: false` show Nagle's "
        "delay.",
    )
    format: kinds.FormatName = Field(
        default=None, description="How messages are framed. Default: envelope to a server, text to a target."
    )
    token: kinds.Token = Field(
        default=None,
        description="A secret, or `@FILE`, that each client proves to know, in envelopes. Default: its server's.",
        examples=["@token.txt"],
    )
    timestamps: kinds.TimestampsName = Field(
        default="application",
        description="UDP on Linux: `kernel` takes RTTs from the kernel's stamps too, beside the application's.",
    )
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="This group has a relay of its own, in place of its server's.",
        json_schema_extra=UNWRITTEN,
    )


class ScenarioKeys(Keys):
    """A scenario of sockbench: servers to start, clients to drive at them, thresholds to hold."""

    model_config = ConfigDict(json_schema_extra={"required": ["clients"]}, title="sockbench scenario")

    name: kinds.Title = Field(
        default=None, description="What the run is called. Default: the file's name without its ending."
    )
    description: kinds.Prose = Field(default="", description="A sentence for the report.")
    seed: kinds.Seed = Field(default=1, description="Where all random numbers start.")
    warmup: kinds.SecondsOrZero = Field(
        default=0.0, description="Driven like the rest, and in none of the numbers.", json_schema_extra=shown("0s")
    )
    duration: kinds.Seconds = Field(
        default=10.0,
        description="How long requests are made due, after the warm-up; where there are stages, as long as they take.",
        json_schema_extra=shown("10s"),
    )
    drain: kinds.MaybeSecondsOrZero = Field(
        default=None, description="How long answers are waited for after that, at most. Default: the longest timeout."
    )
    servers: dict[str, ServerKeys] = Field(
        default={},
        description="What `run` starts.",
        json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": known.MAX_NAME, "pattern": r"^[^.]*$"}},
    )
    clients: list[GroupKeys] = Field(default=[], description="Who asks.", json_schema_extra={"minItems": 1})
    thresholds: list[WrittenThreshold] = Field(
        default=[],
        description="What must hold: any that fails makes the exit code 99.",
        examples=[["rtt.p99 < 20ms", {"expression": "lost < 1%", "abort": True, "grace": "5s"}]],
    )
    matrix: dict[str, list[kinds.Plain]] = Field(
        default={},
        description="Each list multiplies the variants; `${key}` in a value stands for one of the list.",
        examples=[{"transport": ["udp", "tcp"]}],
        json_schema_extra={"minProperties": 1, "propertyNames": {"minLength": 1, "pattern": r"^[^.{}$]*$"}},
    )
    exclude: list[dict[str, kinds.Plain]] = Field(
        default=[],
        description="Variants that are left out: those that have these values.",
        examples=[[{"transport": "tcp", "clients": 100}]],
        json_schema_extra={"minItems": 1},
    )
    repeat: kinds.Repeat = Field(
        default=1, description="How often each variant is run; in blocks, shuffled by the seed."
    )


_HOMES: dict[str, type[Keys]] = {
    "the top level": ScenarioKeys,
    "a server": ServerKeys,
    "clients": GroupKeys,
    "payload": PayloadKeys,
    "arrivals": ArrivalsKeys,
    "stages": StageKeys,
    "thresholds": ThresholdKeys,
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
        case ("clients", int(), "arrivals", "stages", int()):
            return StageKeys
        case ("thresholds", int()):
            return ThresholdKeys
        case ("servers" | "clients", _, "impair", *rest):
            return impair_model_at(rest)
        case _:
            return None


def homes(key: str) -> list[str]:
    """Where a key may stand, in words."""
    found = [home for home, model in _HOMES.items() if key in names_of(model)]
    return found or ["impair"] * (key in names_of(ImpairKeys))
