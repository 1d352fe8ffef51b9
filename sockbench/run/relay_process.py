"""The relays of a scenario, in one Trio nursery, in a process of their own: they disturb no clock but theirs."""

from __future__ import annotations

import random

import trio

from sockbench.model.relay import RelayResult
from sockbench.net.addresses import resolve
from sockbench.net.relay import Relay, RelayOrder, bind_relay
from sockbench.net.relay_parts import FLOWS
from sockbench.net.truth import Truth
from sockbench.run.busy import BusyMeter, measure
from sockbench.run.leash import Conductor
from sockbench.run.limits import flows_through
from sockbench.run.messages import Go, RelaysEnd, RelaysListening, StartRelays, Stop
from sockbench.run.relays import RelayPlan, counts_requests, longest_stay, memory_of, relays_of
from sockbench.run.still import StillMeter

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def run_relays(conductor: Conductor) -> None:
    """Bind, say where, relay until told to stop, report. RunError when a relay cannot listen."""
    start = await conductor.hear()
    assert isinstance(start, StartRelays)
    running: list[tuple[RelayPlan, Relay, Truth | None]] = []
    for relay in relays_of(start.plan):
        truth = _truth(start, relay)
        running.append((relay, bind_relay(await _order(start, relay, truth)), truth))
    await conductor.say(
        RelaysListening(
            {
                group.name: (relay_.address[0], relay_.address[1])
                for relay, relay_, _ in running
                for group in relay.groups
            }
        )
    )
    meter, still = BusyMeter(), StillMeter()
    async with trio.open_nursery() as nursery:
        for _, relay_, _ in running:
            nursery.start_soon(relay_.run)
        while not isinstance(order := await conductor.hear(), Stop):
            if isinstance(order, Go):
                nursery.start_soon(still.watch)
                nursery.start_soon(measure, start.plan, meter)
        meter.end()
        for _, relay_, _ in running:
            relay_.stop()
        nursery.cancel_scope.cancel()
    await conductor.say(RelaysEnd(tuple(_result(*each) for each in running), meter.busy, still.longest))


def _result(plan: RelayPlan, relay: Relay, truth: Truth | None) -> RelayResult:
    groups = truth.finish() if truth is not None else ()
    return RelayResult(plan.before, plan.name, relay.report(), groups)


def _truth(start: StartRelays, relay: RelayPlan) -> Truth | None:
    if not counts_requests(start.plan, relay):
        return None
    patience = longest_stay(relay.impairment)
    return Truth(relay.groups, first_id=start.first_id, clients=start.plan.clients, patience=patience)


async def _order(start: StartRelays, relay: RelayPlan, truth: Truth | None) -> RelayOrder:
    """From a free port of the target's own kind of loopback to the target."""
    if relay.target is not None:
        host, port = relay.target.host, relay.target.port
    else:
        host, port = start.addresses[relay.server or ""]
    target, *others = await resolve(_EVERYWHERE.get(host, host), port, relay.transport)
    listen = (await resolve("::1" if ":" in target.address[0] else "127.0.0.1", 0, relay.transport))[0]
    seed = random.Random(f"relay:{start.plan.seed}:{relay.before}:{relay.name}").getrandbits(63)
    return RelayOrder(
        relay.transport,
        listen,
        target,
        relay.impairment,
        seed,
        truth,
        flows=max(FLOWS, flows_through(start.plan, relay)),
        idle=memory_of(start.plan, relay),
        others=tuple(others),
    )
