"""`sockbench serve` without its screen: servers in one Trio nursery of this process, until a signal.

A first signal stops accepting and lets replies under way go out, for at most a second; a second one ends at once.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import trio

from sockbench.errors import RunError
from sockbench.model.event import Event, ServerView
from sockbench.model.plan import Server
from sockbench.model.result import ServerResult
from sockbench.net.admission import CONNECTIONS
from sockbench.net.servers import RunningServer, bind_all
from sockbench.net.watcher import Watcher
from sockbench.run.causes import innermost
from sockbench.run.limits import LISTENING, OVERHEAD, raise_limit
from sockbench.run.stops import is_hangup, stop_signals

LAST_REPLIES = 1.0
LOOK_EVERY = 0.5
"""Seconds between two looks at the servers: for `look`, and for clients that have been silent for too long."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of the servers: `ready` once, when all listen; `tell` each event; `look` twice a second; `wants` says
    whether the next plain message of a service is to be told.
    """

    ready: Callable[[Sequence[ServerView]], None]
    tell: Callable[[Event], None] | None
    look: Callable[[Sequence[ServerView]], None]
    wants: Callable[[str], bool] = lambda service: True


def serve_until_signal(plans: Sequence[Server], audience: Audience) -> tuple[ServerResult, ...]:
    """Serve, and give what was counted. RunError when a server cannot listen; then none does."""
    raise_limit(OVERHEAD + sum(LISTENING + (CONNECTIONS if plan.transport == "tcp" else 0) for plan in plans))
    try:
        return trio.run(_serve, plans, audience)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        if isinstance(cause, RunError):
            raise cause from None
        raise


async def _serve(plans: Sequence[Server], audience: Audience) -> tuple[ServerResult, ...]:
    tell = audience.tell

    def watcher_of(server: Server) -> Watcher | None:
        return Watcher(server, tell, audience.wants) if tell is not None else None

    with trio.open_signal_receiver(*stop_signals()) as signals:
        running = await bind_all(plans, watcher_of)
        audience.ready(_views(running))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_look, running, audience)
            async with trio.open_nursery() as servers:
                for server in running:
                    servers.start_soon(server.serve)
                nursery.start_soon(_heed, signals, running, servers.cancel_scope)
            nursery.cancel_scope.cancel()
    return tuple(server.result() for server in running)


async def _heed(signals: AsyncIterator[int], running: Sequence[RunningServer], everything: trio.CancelScope) -> None:
    """Stop at the first signal, end at the second."""
    await anext(signals)
    for server in running:
        server.stop()
    everything.deadline = trio.current_time() + LAST_REPLIES
    while is_hangup(await anext(signals)):
        pass
    everything.cancel()


async def _look(running: Sequence[RunningServer], audience: Audience) -> None:
    while True:
        now = time.monotonic()
        for server in running:
            server.responder.expire(now)
        audience.look(_views(running))
        await trio.sleep(LOOK_EVERY)


def _views(running: Sequence[RunningServer]) -> list[ServerView]:
    now = time.monotonic()
    return [server.view(now) for server in running]
