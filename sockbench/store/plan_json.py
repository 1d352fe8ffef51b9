"""A plan as JSON values and back, in the words of a scenario file; numbers are seconds, bytes and per second.

A file's contents are not kept: only its path, size and SHA-256, and it comes back with no data. Of a token nothing is
kept but that there was one.
"""

from __future__ import annotations

import hashlib
from typing import assert_never, get_args

from sockbench.model.plan import (
    Arrivals,
    ChoicePayload,
    Closed,
    Connect,
    DigitsPayload,
    Every,
    FilePayload,
    Format,
    Group,
    Pattern,
    Payload,
    Phase,
    Plan,
    Rate,
    Server,
    SizePayload,
    Stage,
    Stages,
    Target,
    TextPayload,
    Think,
    Threshold,
    Timestamps,
    Transport,
)
from sockbench.model.secret import NOT_KEPT, Secret
from sockbench.store.impair_json import decode_impairment, encode_impairment
from sockbench.store.reading import Json, Reader, ResultError
from sockbench.store.socket_json import decode_options, encode_options

TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
_FORMATS: tuple[Format, ...] = get_args(Format)
_CONNECTS: tuple[Connect, ...] = get_args(Connect)
_TIMESTAMPS: tuple[Timestamps, ...] = get_args(Timestamps)
_PHASES: tuple[Phase, ...] = get_args(Phase)
_PATTERNS: tuple[Pattern, ...] = get_args(Pattern)


def encode_plan(plan: Plan) -> dict[str, Json]:
    """The plan as `scenario` of result.json."""
    return {
        "name": plan.name,
        "description": plan.description,
        "source": plan.source,
        "seed": plan.seed,
        "warmup": plan.warmup,
        "duration": plan.duration,
        "drain": plan.drain,
        "servers": {server.name: _encode_server(server) for server in plan.servers},
        "clients": [_encode_group(group) for group in plan.groups],
        "thresholds": [threshold.expression for threshold in plan.thresholds],
    }


def decode_plan(raw: Reader, thresholds: tuple[Threshold, ...]) -> Plan:
    """The plan that `encode_plan` wrote; its thresholds are read elsewhere, where they are whole."""
    return Plan(
        name=raw.text("name"),
        description=raw.text("description"),
        source=raw.text("source"),
        seed=raw.whole("seed"),
        warmup=raw.number("warmup"),
        duration=raw.number("duration"),
        drain=raw.number("drain"),
        servers=tuple(_decode_server(name, server) for name, server in raw.inner("servers").inners().items()),
        groups=tuple(map(_decode_group, raw.rows("clients"))),
        thresholds=thresholds,
    )


def _encode_server(server: Server) -> dict[str, Json]:
    return {
        "service": server.service,
        "transport": server.transport,
        "host": server.host,
        "port": server.port,
        "max_clients": server.max_clients,
        "idle": server.idle,
        "banner": server.banner,
        "once": server.once,
        "max_per_address": server.max_per_address,
        "impair": encode_impairment(server.impair),
        **encode_options(server.socket),
        **_encode_token(server.token),
    }


def _decode_server(name: str, raw: Reader) -> Server:
    return Server(
        name=name,
        service=raw.text("service"),
        transport=raw.one_of("transport", TRANSPORTS),
        host=raw.text("host"),
        port=raw.whole("port"),
        max_clients=raw.maybe_whole("max_clients"),
        idle=raw.number("idle"),
        banner=raw.truth("banner"),
        once=raw.truth("once"),
        impair=decode_impairment(raw),
        socket=decode_options(raw),
        max_per_address=raw.maybe_whole("max_per_address") if "max_per_address" in raw else None,
        token=_decode_token(raw),
    )


def _encode_token(token: Secret | None) -> dict[str, Json]:
    return {} if token is None else {"token": True}


def _decode_token(raw: Reader) -> Secret | None:
    return NOT_KEPT if "token" in raw and raw.truth("token") else None


def _encode_group(group: Group) -> dict[str, Json]:
    return {
        "name": group.name,
        "count": group.count,
        "transport": group.transport,
        "server": group.server,
        "target": None if group.target is None else group.target.url,
        "register": group.register,
        "payload": _encode_payload(group.payload),
        "arrivals": _encode_arrivals(group.arrivals),
        "window": group.window,
        "timeout": group.timeout,
        "connect": group.connect,
        "format": group.format,
        "timestamps": group.timestamps,
        "start": group.start,
        "stop": group.stop,
        "churn": group.churn,
        "impair": encode_impairment(group.impair),
        **encode_options(group.socket),
        "writes": group.writes,
        **_encode_token(group.token),
    }


def _decode_group(raw: Reader) -> Group:
    url = raw.maybe_text("target")
    return Group(
        name=raw.text("name"),
        count=raw.whole("count"),
        transport=raw.one_of("transport", TRANSPORTS),
        server=raw.maybe_text("server"),
        target=None if url is None else _target(raw, url),
        register=raw.maybe_text("register"),
        payload=_decode_payload(raw.inner("payload")),
        arrivals=_decode_arrivals(raw.inner("arrivals")),
        window=raw.whole("window"),
        timeout=raw.number("timeout"),
        connect=raw.one_of("connect", _CONNECTS),
        format=raw.one_of("format", _FORMATS),
        timestamps=raw.one_of("timestamps", _TIMESTAMPS) if "timestamps" in raw else "application",
        start=raw.number("start") if "start" in raw else 0.0,
        stop=raw.maybe_number("stop") if "stop" in raw else None,
        churn=raw.maybe_number("churn") if "churn" in raw else None,
        impair=decode_impairment(raw),
        socket=decode_options(raw),
        writes=raw.whole("writes") if "writes" in raw else 1,
        token=_decode_token(raw),
    )


def _target(raw: Reader, url: str) -> Target:
    scheme, _, rest = url.partition("://")
    host, _, port = rest.rpartition(":")
    transport = next((known for known in TRANSPORTS if known == scheme), None)
    if transport is None or not host or not (port.isascii() and port.isdecimal() and len(port) <= 5):
        raise ResultError(f"{raw.path}.target is no URL such as udp://127.0.0.1:10125")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return Target(transport=transport, host=host, port=int(port))


def _encode_payload(payload: Payload) -> dict[str, Json]:
    match payload:
        case TextPayload():
            return {"text": payload.template}
        case SizePayload():
            return {"size": payload.size}
        case DigitsPayload():
            return {"digits": [payload.fewest, payload.most]}
        case ChoicePayload():
            return {"choice": list(payload.texts)}
        case FilePayload():
            digest = hashlib.sha256(payload.data).hexdigest()
            return {"file": payload.path, "size": len(payload.data), "sha256": digest}
        case _:
            assert_never(payload)


def _decode_payload(raw: Reader) -> Payload:
    if "file" in raw:
        return FilePayload(path=raw.text("file"), data=b"")
    if "text" in raw:
        return TextPayload(raw.text("text"))
    if "size" in raw:
        return SizePayload(raw.whole("size"))
    if "choice" in raw:
        return ChoicePayload(raw.texts("choice"))
    digits = raw.numbers("digits")
    if len(digits) != 2:
        raise ResultError(f"{raw.path}.digits is not the fewest and the most")
    return DigitsPayload(int(digits[0]), int(digits[1]))


def _encode_arrivals(arrivals: Arrivals) -> dict[str, Json]:
    match arrivals:
        case Closed():
            think = arrivals.think
            fixed = think.shortest == think.longest
            pause: Json = think.shortest if fixed else [think.shortest, think.longest]
            return {"closed": True, "think": pause, "phase": arrivals.phase}
        case Every():
            return {"every": arrivals.period, "phase": arrivals.phase}
        case Rate():
            return {"rate": arrivals.per_second, **_encode_spread(arrivals)}
        case Stages():
            stages: list[Json] = [
                {"duration": stage.duration, "rate": [stage.first, stage.last]} for stage in arrivals.stages
            ]
            return {"stages": stages, **_encode_spread(arrivals)}
        case _:
            assert_never(arrivals)


def _encode_spread(arrivals: Rate | Stages) -> dict[str, Json]:
    burst: dict[str, Json] = {"burst": arrivals.burst} if arrivals.pattern == "burst" else {}
    return {"pattern": arrivals.pattern, **burst, "phase": arrivals.phase}


def _decode_arrivals(raw: Reader) -> Arrivals:
    phase = raw.one_of("phase", _PHASES)
    if "closed" in raw:
        return Closed(think=_decode_think(raw), phase=phase)
    if "every" in raw:
        return Every(period=raw.number("every"), phase=phase)
    pattern = raw.one_of("pattern", _PATTERNS)
    burst = raw.whole("burst") if pattern == "burst" else 1
    if "stages" in raw:
        return Stages(tuple(map(_decode_stage, raw.rows("stages"))), pattern, phase, burst)
    return Rate(per_second=raw.number("rate"), pattern=pattern, phase=phase, burst=burst)


def _decode_think(raw: Reader) -> Think:
    if not raw.is_list("think"):
        fixed = raw.number("think")
        return Think(fixed, fixed)
    ends = raw.numbers("think")
    if len(ends) != 2:
        raise ResultError(f"{raw.path}.think is not the shortest and the longest")
    return Think(*ends)


def _decode_stage(raw: Reader) -> Stage:
    rates = raw.numbers("rate")
    if len(rates) != 2:
        raise ResultError(f"{raw.path}.rate is not the first and the last")
    return Stage(raw.number("duration"), *rates)
