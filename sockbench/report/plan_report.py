"""A plan for people: what `sockbench check` prints. It decides what is said of a plan, and estimates nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sockbench.model.plan import Arrivals, Closed, Every, Group, Plan, Rate, Stage, Stages, Think, Threshold
from sockbench.report import cells, impair_words, page, units
from sockbench.report.page import Block, Lines
from sockbench.report.socket_words import socket_words
from sockbench.report.table import Cell, Column, Table

GROUPS = (
    Column("group", "name", "name"),
    Column("clients", "clients", "count"),
    Column("server", "server", "name"),
    Column("over", "transport", "text"),
    Column("format", "format", "text"),
    Column("arrivals", "arrivals", "text"),
    Column("window", "window", "count"),
    Column("timeout", "timeout_s", "text"),
    Column("requests", "requests", "count"),
    Column("bytes", "bytes", "size"),
)
SERVERS = (
    Column("server", "name", "name"),
    Column("service", "service", "text"),
    Column("transport", "transport", "text"),
    Column("listens on", "address", "text"),
    Column("clients at most", "max_clients", "count"),
)

AS_MANY = "-: as many as the answers allow."
MOST_STAGES = 8
"""How many stages of a profile are written out."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a group will do after the warm-up: `requests`, None when the answers decide, of `bytes` each on average."""

    requests: int | None
    bytes: float


def render_plan(plan: Plan, estimates: Sequence[Estimate], width: int = page.WIDTH) -> str:
    """The plan as text, ending in a newline; one estimate for each group, in their order."""
    blocks: list[Block] = [
        heading(plan),
        Lines(_phases(plan)),
        Table("", GROUPS, tuple(map(group_row, plan.groups, estimates))),
    ]
    if any(estimate.requests is None for estimate in estimates):
        blocks.append(Lines((AS_MANY,)))
    if lines := notes(plan):
        blocks.append(Lines(tuple(lines)))
    if plan.servers:
        blocks.append(Table("servers, started by the run", SERVERS, tuple(server_rows(plan))))
    if lines := impaired(plan):
        blocks.append(Lines(("impaired", *lines)))
    if plan.thresholds:
        blocks.append(Lines(("thresholds", *map(threshold_line, plan.thresholds))))
    return page.to_text(blocks, width)


def threshold_line(threshold: Threshold) -> str:
    """A threshold as it is written, and whether it ends a run."""
    if threshold.abort_after is None:
        return f"  {threshold.expression}"
    after = f", from {units.span(threshold.abort_after)} on" if threshold.abort_after else ""
    return f"  {threshold.expression} (ends a run that fails it{after})"


def heading(plan: Plan) -> Lines:
    """What it is called, and that it is good."""
    description = f": {cells.prose(plan.description)}" if plan.description else ""
    return Lines(
        (f"{cells.plain(plan.name)}{description}", f"{cells.plain(plan.source)} is a good scenario."), heading=True
    )


def server_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    """A row a server."""
    return [
        (server.name, server.service, server.transport, _place(server.host, server.port), server.max_clients)
        for server in plan.servers
    ]


def notes(plan: Plan) -> list[str]:
    """What the table of groups has no room for."""
    servers = [
        f"server {cells.plain(server.name)}: {'; '.join(words)}"
        for server in plan.servers
        if (words := [*(["answers only who proves its token"] if server.token else []), *socket_words(server.socket)])
    ]
    return [*(note for group in plan.groups if (note := _note(plan, group))), *servers]


def _phases(plan: Plan) -> tuple[str, ...]:
    grace = f", {units.span(plan.grace)} more for what left late" if plan.grace else ""
    warmup = f"a warm-up of {units.span(plan.warmup)}, " if plan.warmup else ""
    return (
        f"1 variant, {units.counted(plan.clients, 'client')}, seed {plan.seed}",
        f"takes at most {units.span(plan.longest)}: {warmup}{units.span(plan.duration)} of load, "
        f"a drain of up to {units.span(plan.drain)}{grace}",
    )


def impaired(plan: Plan) -> list[str]:
    """Who reaches its server through a relay, and what that does."""
    lines = [
        f"  server {server.name}, {impair_words.words(server.impair)}"
        for server in plan.servers
        if server.impair is not None
    ]
    replaced = {server.name for server in plan.servers if server.impair is not None}
    for group in plan.groups:
        if group.impair is not None:
            instead = " (in place of its server's)" if group.server in replaced else ""
            lines.append(f"  group {group.name}{instead}, {impair_words.words(group.impair)}")
    return lines


def group_row(group: Group, estimate: Estimate) -> tuple[Cell, ...]:
    """A group as a row of its table."""
    server = group.server if group.target is None else group.target.url
    over = f"{group.transport}, one a request" if group.connect == "per-request" else group.transport
    return (
        group.name,
        group.count,
        server,
        over,
        group.format,
        arrivals(group.arrivals),
        group.window,
        units.span(group.timeout),
        estimate.requests,
        None if estimate.requests is None else round(estimate.requests * estimate.bytes),
    )


def arrivals(model: Arrivals) -> str:
    """When requests are due, in a few words."""
    match model:
        case Closed(think=think):
            words = f"closed, think {_pause(think)}" if think.longest else "closed"
        case Every(period=period):
            words = f"every {units.span(period)}"
        case Rate(per_second=per_second):
            words = f"{_rate(per_second)}{_pattern(model)}"
        case Stages(stages=stages):
            words = f"{units.counted(len(stages), 'stage')}, up to {_rate(model.peak)}{_pattern(model)}"
    return f"{words}, lockstep" if model.phase == "lockstep" else words


def _pattern(model: Rate | Stages) -> str:
    if model.pattern == "burst":
        return f", bursts of {model.burst:,}"
    return f", {model.pattern}" if model.pattern != "constant" else ""


def _rate(per_second: float) -> str:
    return f"{per_second:,g}/s"


def _pause(think: Think) -> str:
    if think.shortest == think.longest:
        return units.span(think.shortest)
    return f"{units.span(think.shortest)} to {units.span(think.longest)}"


def _note(plan: Plan, group: Group) -> str:
    """What the table has no room for: the stages of a group, when it is there, and how long its clients stay."""
    parts = []
    if isinstance(group.arrivals, Stages):
        stages = group.arrivals.stages
        more = [f"and {units.counted(len(stages) - MOST_STAGES, 'stage')} more"] if len(stages) > MOST_STAGES else []
        parts.append(", ".join([*map(_stage, stages[:MOST_STAGES]), *more]))
        stop = plan.duration if group.stop is None else min(group.stop, plan.duration)
        if group.arrivals.duration > stop - group.start:
            length = units.span(group.arrivals.duration)
            parts.append(f"its stages take {length}, and are cut after {units.span(stop - group.start)}")
    if group.start or group.stop is not None:
        until = "the end" if group.stop is None else units.span(group.stop)
        parts.append(f"there from {units.span(group.start)} to {until}")
    if group.churn is not None:
        parts.append(f"each client stays {units.span(group.churn)} on average")
    if group.token is not None:
        parts.append("each client proves its token")
    parts += socket_words(group.socket, group.writes)
    return f"{cells.plain(group.name)}: {'; '.join(parts)}" if parts else ""


def _stage(stage: Stage) -> str:
    if stage.first == stage.last:
        words = _rate(stage.first) if stage.first else "a pause"
        return f"{words} for {units.span(stage.duration)}"
    return f"{_rate(stage.first)} to {_rate(stage.last)} in {units.span(stage.duration)}"


def _place(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else f"{shown}, any free port"
