"""What a group's keys mean once its defaults are filled in: names, transport, format, arrivals, window.

Pure; what depends on keys that were not given a right value is None, so that the checks can go on without it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sockbench.model.plan import Arrivals, Closed, Every, Format, Rate, Stage, Stages, Think, Transport
from sockbench.scenario import known
from sockbench.scenario.keys import GroupKeys, ScenarioKeys, ServerKeys, StageKeys


def group_name(group: GroupKeys, index: int) -> str:
    """`group1` is the first, when it has no name."""
    return group.name or f"group{index + 1}"


def transport_of(group: GroupKeys, servers: Mapping[str, ServerKeys]) -> Transport | None:
    """The transport of the group's server or target; None when neither is known."""
    if group.target is not None:
        return group.target.transport
    server = servers.get(group.server) if group.server is not None else None
    return server.transport if server is not None else None


def format_of(group: GroupKeys) -> Format:
    """Our own servers understand the envelope, and who has a token; of others we know only that they speak text."""
    return group.format or ("text" if group.target is not None and group.token is None else "envelope")


def token_of(group: GroupKeys, servers: Mapping[str, ServerKeys]) -> str | None:
    """What the group's clients prove, as it is written: their own token, or their server's."""
    server = servers.get(group.server or "")
    return group.token or (server.token if server is not None else None)


def is_open(group: GroupKeys) -> bool:
    """Are requests due by the clock, whatever becomes of the ones before?"""
    keys = group.arrivals
    return keys.every is not None or keys.rate is not None or bool(keys.stages)


def arrivals_of(group: GroupKeys) -> Arrivals:
    """The load model, from `arrivals` and the `think` and `phase` beside it."""
    keys = group.arrivals
    phase = keys.phase or group.phase or "staggered"
    if keys.every is not None:
        return Every(keys.every, phase)
    pattern, burst = keys.pattern or "constant", keys.burst or 1
    if keys.rate is not None:
        return Rate(keys.rate, pattern, phase, burst)
    if keys.stages:
        return Stages(tuple(_stage(stage) for stage in keys.stages), pattern, phase, burst)
    return Closed(keys.think or group.think or Think(), phase)


def _stage(keys: StageKeys) -> Stage:
    if keys.duration is None or keys.rate is None:
        raise ValueError("a stage was not checked")
    return Stage(keys.duration, *keys.rate)


def duration_of(keys: ScenarioKeys) -> float:
    """As it is written, else as long as the stages of every group take."""
    if "duration" in keys.model_fields_set:
        return keys.duration
    staged = [
        group.start + sum(stage.duration or 0.0 for stage in group.arrivals.stages)
        for group in keys.clients
        if group.arrivals.stages
    ]
    return max(staged, default=keys.duration)


def one_in_flight(format_: Format, transport: Transport | None) -> bool:
    """Must a client wait for each reply, because only its order tells which request it answers?"""
    return format_ == "text" or (format_ in ("line", "length") and transport == "udp")


def window_of(group: GroupKeys, transport: Transport | None) -> int:
    """As many as the format can tell apart when open, one when closed."""
    if group.window is not None:
        return group.window
    if not is_open(group) or one_in_flight(format_of(group), transport):
        return 1
    return known.OPEN_WINDOW
