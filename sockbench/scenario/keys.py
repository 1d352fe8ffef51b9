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
from sockbench.scenario.threshold_keys import EXPRESSION, ThresholdKeys, WrittenThreshold


class ServerKeys(SocketKeys):
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
    max_per_address: kinds.MaybeCount = Field(
        default=None,
        description="TCP: the most connections of one address. Default: 1000, and no limit for this machine's own.",
        examples=[20],
    )
    idle: kinds.Seconds = Field(
        default=known.IDLE,
        description="A client that is silent for so long gives its place back.",
        json_schema_extra=shown("60s"),
    )
    banner: kinds.Truth = Field(default=False, description="echo only: over TCP the server speaks first.")
    once: kinds.Truth = Field(default=False, description="upper only: a TCP connection is closed after one reply.")
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="All its clients reach it through a relay that does this to the traffic.",
        json_schema_extra=UNWRITTEN,
    )


class PayloadKeys(Keys):
    """What each request carries: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "size", "digits", "choice", "file"))

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


class StageKeys(Keys):
    """A part of a load profile."""

    model_config = ConfigDict(json_schema_extra={"required": ["duration", "rate"]})

    duration: kinds.MaybeSeconds = Field(default=None, description="How long it takes.", examples=["10s"])
    rate: kinds.StageRate = Field(
        default=None,
        description="The rate of the group as a whole, or the two that it goes evenly between; 0/s is a pause.",
        examples=["0/s..1000/s", "1000/s"],
    )


class ArrivalsKeys(Keys):
    """When requests are due: exactly one of think, every, rate and stages."""

    model_config = ConfigDict(json_schema_extra=exactly_one(*known.ARRIVALS))

    think: kinds.Pause = Field(
        default=None, description="Closed: due so long after the last answer.", examples=["10ms", "10ms..50ms"]
    )
    every: kinds.MaybeSeconds = Field(default=None, description="Each client on its own fixed grid.", examples=["10s"])
    rate: kinds.PerSecond = Field(
        default=None, description="The group as a whole, shared evenly among its clients.", examples=["1000/s"]
    )
    stages: list[StageKeys] = Field(
        default=[],
        description="Ramps, steps and pauses of that rate, one after the other.",
        json_schema_extra={"minItems": 1},
    )
    pattern: kinds.PatternName = Field(
        default=None, description="How a rate is spread over time.", json_schema_extra=shown("constant")
    )
    burst: kinds.Burst = Field(
        default=None, description="With the pattern burst: how many requests are due together.", examples=[20]
    )
    phase: kinds.PhaseName = Field(
        default=None, description="Clients spread over one period, or together.", json_schema_extra=shown("staggered")
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
    """The clients that share one entry: each a socket of its own."""

    model_config = ConfigDict(json_schema_extra=exactly_one("server", "target"))

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
        json_schema_extra=shown({"size": f"{known.PAYLOAD_SIZE}B"}),
    )
    arrivals: Annotated[ArrivalsKeys, BeforeValidator(_closed), _ClosedWord] = Field(
        default=CLOSED, description="When requests are due.", json_schema_extra=shown("closed")
    )
    think: kinds.Pause = Field(
        default=None,
        description="With closed arrivals: the pause after each answer.",
        examples=["10ms", "10ms..50ms"],
        json_schema_extra=shown("0s"),
    )
    phase: kinds.PhaseName = Field(
        default=None, description="Clients spread over one period, or together.", json_schema_extra=shown("staggered")
    )
    window: kinds.Window = Field(
        default=None,
        description="The most requests one client keeps in flight. Default: 1 when closed or where replies are matched "
        "one at a time, else 1024.",
    )
    timeout: kinds.Seconds = Field(
        default=1.0, description="A reply after this is late.", json_schema_extra=shown("1s")
    )
    start: kinds.SecondsOrZero = Field(
        default=0.0,
        description="When the group begins, counted from the end of the warm-up; it has no warm-up of its own then.",
        examples=["5s"],
        json_schema_extra=shown("0s"),
    )
    stop: kinds.MaybeSeconds = Field(
        default=None, description="When it makes nothing more due. Default: the end of the load.", examples=["20s"]
    )
    churn: kinds.Life = Field(
        default=None,
        description="The mean time that a client stays, after which another takes its place. Default: all stay.",
        examples=["30s"],
    )
    connect: kinds.ConnectName = Field(default="once", description="TCP: one connection a client, or one a request.")
    writes: kinds.Writes = Field(
        default=1,
        description="TCP: by so many writes a request goes, each with a part of it; with nodelay: false, 2 show how "
        "Nagle's algorithm waits for a delayed acknowledgement.",
    )
    format: kinds.FormatName = Field(
        default=None, description="How messages are framed. Default: envelope with a server, text with a target."
    )
    timestamps: kinds.TimestampsName = Field(
        default="application",
        description="UDP on Linux: kernel measures RTTs between the kernel's send and receive too.",
    )
    impair: ImpairKeys = Field(
        default=ImpairKeys(),
        description="This group goes through a relay of its own that does this to the traffic; in place of its "
        "server's.",
        json_schema_extra=UNWRITTEN,
    )


class ScenarioKeys(Keys):
    """A scenario of sockbench: servers to start, clients to drive at them, thresholds to hold."""

    model_config = ConfigDict(json_schema_extra={"required": ["clients"]}, title="sockbench scenario")

    name: kinds.Title = Field(default=None, description="Default: the file's name without its ending.")
    description: kinds.Prose = Field(default="", description="What the scenario shows.")
    seed: kinds.Seed = Field(default=1, description="Where all random numbers start.")
    warmup: kinds.SecondsOrZero = Field(
        default=0.0, description="Driven like the rest, reported apart.", json_schema_extra=shown("0s")
    )
    duration: kinds.Seconds = Field(
        default=10.0,
        description="How long requests are due, after the warm-up. Default: as long as all stages; 10s without any.",
        json_schema_extra=shown("10s"),
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
    thresholds: list[WrittenThreshold] = Field(
        default=[],
        description=f"{EXPRESSION}; any that fails makes the exit code 99.",
        examples=[["rtt.p99 < 20ms", {"expression": "lost < 1%", "abort": True, "grace": "5s"}]],
    )
    matrix: dict[str, list[kinds.Plain]] = Field(
        default={},
        description="Each list multiplies the variants; ${key} anywhere in the scenario stands for a value.",
        examples=[{"transport": ["udp", "tcp"]}],
        json_schema_extra={"minProperties": 1, "propertyNames": {"minLength": 1, "pattern": r"^[^.{}$]*$"}},
    )
    exclude: list[dict[str, kinds.Plain]] = Field(
        default=[],
        description="Variants that are left out: all that have these values.",
        examples=[[{"transport": "tcp", "clients": 100}]],
        json_schema_extra={"minItems": 1},
    )
    repeat: kinds.Repeat = Field(
        default=1, description="How often each variant is run; the order is shuffled by the seed, block by block."
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
