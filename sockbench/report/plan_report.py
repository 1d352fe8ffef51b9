"""A plan for people: what `sockbench check` prints. It decides what is said of a plan, and estimates nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sockbench.model.plan import Arrivals, Closed, Every, Group, Plan, Rate
from sockbench.report import cells, impair_words, page, units
from sockbench.report.page import Block, Lines
from sockbench.report.table import Column, Table

_GROUPS = (
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
_SERVERS = (
    Column("server", "name", "name"),
    Column("service", "service", "text"),
    Column("transport", "transport", "text"),
    Column("listens on", "address", "text"),
    Column("clients at most", "max_clients", "count"),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a group will do after the warm-up: `requests`, None when the answers decide, of `bytes` each on average."""

    requests: int | None
    bytes: float


def render_plan(plan: Plan, estimates: Sequence[Estimate]) -> str:
    """The plan as text, ending in a newline; one estimate for each group, in their order."""
    description = f": {cells.prose(plan.description)}" if plan.description else ""
    blocks: list[Block] = [
        Lines(
            (f"{cells.plain(plan.name)}{description}", f"{cells.plain(plan.source)} is a good scenario."), heading=True
        ),
        Lines(_phases(plan)),
        Table(
            "", _GROUPS, tuple(_group(group, estimate) for group, estimate in zip(plan.groups, estimates, strict=True))
        ),
    ]
    if any(estimate.requests is None for estimate in estimates):
        blocks.append(Lines(("-: as many as the answers allow.",)))
    if plan.servers:
        blocks.append(
            Table(
                "servers, started by the run",
                _SERVERS,
                tuple(
                    (
                        server.name,
                        server.service,
                        server.transport,
                        _place(server.host, server.port),
                        server.max_clients,
                    )
                    for server in plan.servers
                ),
            )
        )
    if impaired := _impaired(plan):
        blocks.append(Lines(("impaired", *impaired)))
    if plan.thresholds:
        blocks.append(Lines(("thresholds", *(f"  {threshold.expression}" for threshold in plan.thresholds))))
    return page.to_text(blocks)


def _phases(plan: Plan) -> tuple[str, ...]:
    longest = plan.warmup + plan.duration + plan.drain
    warmup = f"a warm-up of {units.span(plan.warmup)}, " if plan.warmup else ""
    return (
        f"1 variant, {units.counted(plan.clients, 'client')}, seed {plan.seed}",
        f"takes at most {units.span(longest)}: {warmup}{units.span(plan.duration)} of load, "
        f"a drain of up to {units.span(plan.drain)}",
    )


def _impaired(plan: Plan) -> list[str]:
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


def _group(group: Group, estimate: Estimate) -> tuple[str | int | None, ...]:
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
            words = f"closed, think {units.span(think)}" if think else "closed"
        case Every(period=period):
            words = f"every {units.span(period)}"
        case Rate(per_second=per_second, pattern=pattern):
            words = f"{per_second:,g}/s" + (f", {pattern}" if pattern != "constant" else "")
    return f"{words}, lockstep" if model.phase == "lockstep" else words


def _place(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else f"{shown}, any free port"
