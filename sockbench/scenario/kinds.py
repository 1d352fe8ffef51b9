"""The kinds of value a scenario's keys take: each a function from a YAML value to a checked one, with its JSON Schema.

A function raises ValueError with our own sentence, so that pydantic has none to add; no kind is a union.
Decides one value at a time: what two keys mean to each other is in `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

from pydantic import PlainValidator, WithJsonSchema

from sockbench.model.plan import Connect, DigitsPayload, Format, Pattern, Phase, Target, Think, Timestamps, Transport
from sockbench.model.secret import LONGEST, SHORTEST
from sockbench.scenario import known, units
from sockbench.scenario.target import TARGET_PATTERN, parse_host, parse_target
from sockbench.scenario.words import either, hint, quoted, written

ALGORITHM_PATTERN = "^[a-z0-9_]{1,15}$"
"""A name that fits TCP_CA_NAME_MAX of <net/tcp.h> with the zero at its end."""


def text(value: object, *, longest: int | None = None) -> str:
    """Non-empty text."""
    if isinstance(value, bool):
        raise ValueError(f"{written(value)} is true or false, not text: write it in quotes")
    if isinstance(value, int | float):
        raise ValueError(f"{written(value)} is a number, not text: write it in quotes")
    if not isinstance(value, str):
        raise ValueError(_not(value, "text"))
    if not value:
        raise ValueError('"" is empty: write some text or leave the key out')
    if longest is not None and len(value) > longest:
        raise ValueError(f"{quoted(value)} is longer than {longest} characters: shorten it")
    return value


def any_text(value: object) -> str:
    """Text that may be empty."""
    return "" if value == "" else text(value)


def name(value: object) -> str:
    """The name of a group or a server: text without `.`."""
    found = text(value, longest=known.MAX_NAME)
    if "." in found:
        raise ValueError(f'{quoted(found)} has a "." in it: names are text without one')
    return found


def token(value: object) -> str:
    """A secret, or `@` and the name of a file that holds it. What was written is in no mistake."""
    if not isinstance(value, str):
        raise ValueError("has no value: write one" if value is None else "is not text: write it in quotes")
    if not value.startswith("@") and not SHORTEST <= len(value) <= LONGEST:
        raise ValueError(f"has {len(value)} characters: write {SHORTEST} to {LONGEST}, best of all random ones")
    return value


def truth(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(_not(value, "true or false"))
    return value


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """A whole number between two bounds."""

    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch("[-+]?[0-9]+", value):
            advice = "leave the quotes out" if len(value) <= 19 else f"write one from {lowest} to {highest}"
            raise ValueError(f"{quoted(value)} is not a whole number here: {advice}")
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(_not(value, f"a whole number from {lowest} to {highest}"))
        if not lowest <= value <= highest:
            raise ValueError(f"{quoted(str(value))} is out of range: write a whole number from {lowest} to {highest}")
        return value

    return check


def word(noun: str, options: Sequence[str]) -> Callable[[object], str]:
    """One of a few words."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in options:
            return value
        if isinstance(value, str) and value:
            raise ValueError(f"{quoted(value)} is not {noun}{hint(value, options, 'write ' + either(options))}")
        raise ValueError(_not(value, noun, either(options)))

    return check


def measured(parse: Callable[[str], float], noun: str, example: str) -> Callable[[object], float]:
    """A number with a unit, as text; a bare number is read by the same rules, which say that a unit is missing."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(_not(value, noun, example))
        return parse(written(value)[1:-1] if not isinstance(value, str) else value)

    return check


def duration(*, zero: bool) -> Callable[[object], float]:
    """A duration of at most seven days; more than zero unless `zero`."""
    seconds = measured(units.duration, "a duration", "10s, 10ms or 1m30s")

    def check(value: object) -> float:
        found = seconds(value)
        if found == 0 and not zero:
            raise ValueError(f"{written(value)} is no time at all: write more than 0s")
        if found > known.MAX_DURATION:
            raise ValueError(f"{written(value)} is longer than seven days (168h): write less")
        return found

    return check


def life(value: object) -> float:
    """The mean life of a client."""
    found = duration(zero=False)(value)
    if found < known.SHORTEST_LIFE:
        raise ValueError(f"{written(value)} is too short a life for a client: write 10ms or more")
    return found


def think(value: object) -> Think:
    """A pause: `10ms`, or `10ms..50ms` for one between the two."""
    pause = duration(zero=True)
    ends = _ends(value, pause, "a second time", "10ms or 10ms..50ms")
    if ends is None:
        fixed = pause(value)
        return Think(fixed, fixed)
    (shortest, first), (longest, last) = ends
    if shortest > longest:
        raise ValueError(f"{written(value)} begins with the longer time: write {last}..{first}")
    return Think(shortest, longest)


def stage_rate(value: object) -> tuple[float, float]:
    """The rates at which a stage begins and ends: `1000/s` for both, or `0/s..1000/s`."""
    ends = _ends(value, any_rate, "a second rate", "1000/s or 0/s..1000/s")
    if ends is None:
        found = any_rate(value)
        return found, found
    return ends[0][0], ends[1][0]


def _ends(
    value: object, check: Callable[[object], float], missing: str, examples: str
) -> tuple[tuple[float, str], tuple[float, str]] | None:
    """Both ends of a range, each with its text; None when `value` is none."""
    if not isinstance(value, str) or ".." not in value:
        return None
    first, _, last = value.partition("..")
    if not first or not last:
        missing = missing if first else missing.replace("second", "first")
        raise ValueError(f"{written(value)} has not {missing}: write it like {examples}")
    try:
        return (check(first), first), (check(last), last)
    except ValueError as error:
        raise ValueError(f"{written(value)}: {error}") from None


def rate(value: object) -> float:
    """A rate of more than nothing."""
    found = any_rate(value)
    if found == 0:
        raise ValueError(f"{written(value)} is no load at all: write more than 0/s")
    return found


def any_rate(value: object) -> float:
    """A rate, which may be nothing."""
    found = measured(units.rate, "a rate", "100/s, 6/m or 1/h")(value)
    if found > known.MAX_RATE:
        raise ValueError(f"{written(value)} is more than {known.MAX_RATE:.0f}/s: write less")
    return found


def size(value: object) -> int:
    """From one byte to one mebibyte."""
    found = int(measured(units.size, "a size", "64B, 1kB or 1KiB")(value))
    if not 1 <= found <= known.MAX_PAYLOAD:
        raise ValueError(f"{written(value)} is out of range: write a size from 1B to 1MiB")
    return found


def share(value: object) -> float:
    """A share of at most all."""
    return measured(units.share, "a share", "5% or 0.1%")(value)


def chance(value: object) -> float:
    """A share of more than nothing."""
    found = share(value)
    if found == 0:
        raise ValueError(f"{written(value)} never happens: write more than 0%")
    return found


def short(*, zero: bool) -> Callable[[object], float]:
    """A duration of at most a minute: what a relay may hold something back for."""

    def check(value: object) -> float:
        found = duration(zero=zero)(value)
        if found > known.MAX_DELAY:
            raise ValueError(f"{written(value)} is longer than a minute: write less")
        return found

    return check


def byte_rate(value: object) -> float:
    """From a byte a second to what no relay reaches."""
    found = measured(units.byte_rate, "a rate of bytes", "125kB/s, 1MB/s or 10Mbit/s")(value)
    if not 1 <= found <= known.MAX_BYTE_RATE:
        raise ValueError(f"{written(value)} is out of range: write a rate from 1B/s to 100GB/s")
    return found


def queue(value: object) -> int:
    """From one byte to one gibibyte."""
    found = int(measured(units.size, "a size", "64KiB or 1MiB")(value))
    if not 1 <= found <= known.MAX_QUEUE:
        raise ValueError(f"{written(value)} is out of range: write a size from 1B to 1GiB")
    return found


def algorithm(value: object) -> str:
    """The name of a congestion control: which there are, the kernel knows."""
    found = text(value)
    if re.fullmatch(ALGORITHM_PATTERN, found) is None:
        raise ValueError(f"{quoted(found)} is not the name of a congestion control: write one like cubic or reno")
    return found


def digits(value: object) -> DigitsPayload:
    """`5`, or `1..30`."""
    found = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    match = re.fullmatch(r"([0-9]{1,9})(?:\.\.([0-9]{1,9}))?", found) if isinstance(found, str) else None
    if match is None:
        raise ValueError(_not(value, "a number of digits", "5 or 1..30"))
    fewest, most = int(match[1]), int(match[2] or match[1])
    if not 1 <= fewest <= known.MAX_DIGITS or not 1 <= most <= known.MAX_DIGITS:
        raise ValueError(f"{written(value)} is out of range: write 1 to {known.MAX_DIGITS} digits")
    if fewest > most:
        raise ValueError(f"{written(value)} begins with the larger number: write {most}..{fewest}")
    return DigitsPayload(fewest, most)


def target(value: object) -> Target:
    """A target's URL."""
    return parse_target(text(value))


def host(value: object) -> str:
    """A host's name or address."""
    return parse_host(text(value))


def _not(value: object, noun: str, examples: str | None = None) -> str:
    advice = f"write {examples or noun}"
    if value is None:
        return f"has no value: {advice}"
    return f"{written(value)} is not {noun}: {advice}" if examples else f"{written(value)} is not {noun}"


def _text_schema(**more: object) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, **more}


def _whole_schema(lowest: int, highest: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": lowest, "maximum": highest}


def _enum_schema(options: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(options)}


_DIGITS_SCHEMA = {
    "anyOf": [_whole_schema(1, known.MAX_DIGITS), {"type": "string", "pattern": r"^[0-9]{1,9}(\.\.[0-9]{1,9})?$"}]
}
_COUNT = (1, known.MAX_COUNT)
_SECONDS = {"type": "string", "pattern": units.DURATION_PATTERN}

# None stands for "not written" in these; no function above lets it in from a file.
Name = Annotated[str | None, PlainValidator(name), WithJsonSchema(_text_schema(pattern=r"^[^.]*$"))]
Title = Annotated[
    str | None,
    PlainValidator(lambda value: text(value, longest=known.MAX_NAME)),
    WithJsonSchema(_text_schema(maxLength=known.MAX_NAME)),
]
Prose = Annotated[str, PlainValidator(any_text), WithJsonSchema({"type": "string"})]
Text = Annotated[str, PlainValidator(text), WithJsonSchema(_text_schema())]
Token = Annotated[str | None, PlainValidator(token), WithJsonSchema(_text_schema(maxLength=LONGEST, writeOnly=True))]
MaybeText = Annotated[str | None, PlainValidator(text), WithJsonSchema(_text_schema())]
Seed = Annotated[int, PlainValidator(whole(0, known.MAX_SEED)), WithJsonSchema(_whole_schema(0, known.MAX_SEED))]
Repeat = Annotated[int, PlainValidator(whole(1, known.MAX_REPEAT)), WithJsonSchema(_whole_schema(1, known.MAX_REPEAT))]
Plain = Annotated[object, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Count = Annotated[int, PlainValidator(whole(*_COUNT)), WithJsonSchema(_whole_schema(*_COUNT))]
MaybeCount = Annotated[int | None, PlainValidator(whole(*_COUNT)), WithJsonSchema(_whole_schema(*_COUNT))]
Window = Annotated[
    int | None, PlainValidator(whole(1, known.MAX_WINDOW)), WithJsonSchema(_whole_schema(1, known.MAX_WINDOW))
]
Port = Annotated[int, PlainValidator(whole(0, 65535)), WithJsonSchema(_whole_schema(0, 65535))]
MaybeTruth = Annotated[bool | None, PlainValidator(truth), WithJsonSchema({"type": "boolean"})]
Truth = Annotated[bool, PlainValidator(truth), WithJsonSchema({"type": "boolean"})]
Seconds = Annotated[float, PlainValidator(duration(zero=False)), WithJsonSchema(_SECONDS)]
MaybeSeconds = Annotated[float | None, PlainValidator(duration(zero=False)), WithJsonSchema(_SECONDS)]
SecondsOrZero = Annotated[float, PlainValidator(duration(zero=True)), WithJsonSchema(_SECONDS)]
MaybeSecondsOrZero = Annotated[float | None, PlainValidator(duration(zero=True)), WithJsonSchema(_SECONDS)]
PerSecond = Annotated[
    float | None, PlainValidator(rate), WithJsonSchema({"type": "string", "pattern": units.RATE_PATTERN})
]
StageRate = Annotated[
    tuple[float, float] | None,
    PlainValidator(stage_rate),
    WithJsonSchema({"type": "string", "pattern": units.RATES_PATTERN}),
]
Pause = Annotated[
    Think | None, PlainValidator(think), WithJsonSchema({"type": "string", "pattern": units.DURATIONS_PATTERN})
]
Life = Annotated[float | None, PlainValidator(life), WithJsonSchema(_SECONDS)]
Burst = Annotated[
    int | None, PlainValidator(whole(1, known.MAX_BURST)), WithJsonSchema(_whole_schema(1, known.MAX_BURST))
]
Size = Annotated[int | None, PlainValidator(size), WithJsonSchema({"type": "string", "pattern": units.SIZE_PATTERN})]
Share = Annotated[float, PlainValidator(share), WithJsonSchema({"type": "string", "pattern": units.SHARE_PATTERN})]
Chance = Annotated[
    float | None, PlainValidator(chance), WithJsonSchema({"type": "string", "pattern": units.SHARE_PATTERN})
]
Delay = Annotated[float, PlainValidator(short(zero=True)), WithJsonSchema(_SECONDS)]
MaybeDelay = Annotated[float | None, PlainValidator(short(zero=False)), WithJsonSchema(_SECONDS)]
BytesPerSecond = Annotated[
    float | None, PlainValidator(byte_rate), WithJsonSchema({"type": "string", "pattern": units.BYTE_RATE_PATTERN})
]
QueueSize = Annotated[
    int | None, PlainValidator(queue), WithJsonSchema({"type": "string", "pattern": units.SIZE_PATTERN})
]
BufferSize = QueueSize
Algorithm = Annotated[
    str | None, PlainValidator(algorithm), WithJsonSchema({"type": "string", "pattern": ALGORITHM_PATTERN})
]
Writes = Annotated[int, PlainValidator(whole(1, known.MAX_WRITES)), WithJsonSchema(_whole_schema(1, known.MAX_WRITES))]
Digits = Annotated[DigitsPayload | None, PlainValidator(digits), WithJsonSchema(_DIGITS_SCHEMA)]
Host = Annotated[str, PlainValidator(host), WithJsonSchema(_text_schema())]
TargetUrl = Annotated[
    Target | None, PlainValidator(target), WithJsonSchema({"type": "string", "pattern": TARGET_PATTERN})
]
ServiceName = Annotated[
    str | None,
    PlainValidator(word("a service", tuple(known.SERVICES))),
    WithJsonSchema(_enum_schema(tuple(known.SERVICES))),
]
TransportName = Annotated[
    Transport | None,
    PlainValidator(lambda value: cast("Transport", word("a transport", known.TRANSPORTS)(value))),
    WithJsonSchema(_enum_schema(known.TRANSPORTS)),
]
FormatName = Annotated[
    Format | None,
    PlainValidator(lambda value: cast("Format", word("a format", known.FORMATS)(value))),
    WithJsonSchema(_enum_schema(known.FORMATS)),
]
ConnectName = Annotated[
    Connect,
    PlainValidator(lambda value: cast("Connect", word("a way to connect", known.CONNECTS)(value))),
    WithJsonSchema(_enum_schema(known.CONNECTS)),
]
TimestampsName = Annotated[
    Timestamps,
    PlainValidator(lambda value: cast("Timestamps", word("a kind of timestamps", known.TIMESTAMPS)(value))),
    WithJsonSchema(_enum_schema(known.TIMESTAMPS)),
]
PhaseName = Annotated[
    Phase | None,
    PlainValidator(lambda value: cast("Phase", word("a phase", known.PHASES)(value))),
    WithJsonSchema(_enum_schema(known.PHASES)),
]
PatternName = Annotated[
    Pattern | None,
    PlainValidator(lambda value: cast("Pattern", word("a pattern", known.PATTERNS)(value))),
    WithJsonSchema(_enum_schema(known.PATTERNS)),
]
