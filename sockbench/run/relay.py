"""`sockbench relay` without its screen: one relay in this process until a signal, or until its time is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import trio

from sockbench.errors import RunError
from sockbench.model.plan import Impairment, Target
from sockbench.model.relay import RelayReport
from sockbench.net.addresses import resolve
from sockbench.net.relay import Relay, RelayOrder, bind_relay
from sockbench.net.relay_parts import FLOWS
from sockbench.run.causes import innermost
from sockbench.run.limits import OVERHEAD, raise_limit
from sockbench.run.stops import stop_signals

Ready = Callable[[RelayReport], None]
"""Hears of the relay when it listens."""

Tell = Callable[[str], None]
"""Hears, in words, of what a person should know while it runs."""


@dataclass(frozen=True, slots=True)
class RelayWish:
    """From where to where, how badly, and for how long (seconds; None: until a signal). Port 0 is any free one."""

    listen: Target
    target: Target
    impairment: Impairment
    seed: int
    duration: float | None = None


def relay_until_signal(wish: RelayWish, ready: Ready, tell: Tell) -> RelayReport:
    """Relay, and give what was counted. RunError when it cannot listen, or does not know a host."""
    raise_limit(OVERHEAD + FLOWS * (2 if wish.target.transport == "tcp" else 1))
    try:
        return trio.run(_relay, wish, ready, tell)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        if isinstance(cause, RunError):
            raise cause from None
        raise


async def _relay(wish: RelayWish, ready: Ready, tell: Tell) -> RelayReport:
    transport = wish.target.transport
    costs = "who comes is turned away" if transport == "tcp" else "who was silent the longest is forgotten"
    with trio.open_signal_receiver(*stop_signals()) as signals:
        listen, *_ = await resolve(wish.listen.host, wish.listen.port, transport)
        target, *others = await resolve(wish.target.host, wish.target.port, transport)
        more = tuple(others) if transport == "tcp" else ()  # over UDP nothing tells whether anyone listens there
        order = RelayOrder(
            transport,
            listen,
            target,
            wish.impairment,
            wish.seed,
            others=more,
            tell_shortage=lambda: tell(f"out of file descriptors: {costs}; raise the limit with `ulimit -n`"),
        )
        relay = bind_relay(order)
        ready(relay.report())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_heed, signals, relay)
            with trio.move_on_after(float("inf") if wish.duration is None else wish.duration):
                await relay.run()
            nursery.cancel_scope.cancel()
    return relay.report()


async def _heed(signals: AsyncIterator[int], relay: Relay) -> None:
    """Stop at the first signal."""
    await anext(signals)
    relay.stop()
