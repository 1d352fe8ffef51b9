"""A request in two parts, Nagle's algorithm and a delayed acknowledgement: the stall is real, and each end can cure it.

The kernel waits 40 ms however quick or slow the machine is; no test says how long anything else may take.
"""

from __future__ import annotations

import sys

import pytest
import trio

from sockbench.load.arrivals import NS
from sockbench.model.result import GroupResult
from sockbench.net.addresses import Endpoint
from sockbench.net.servers import bind
from sockbench.run.party import Party
from sockbench.stats.summary import summarize
from sockbench.stats.tally import Tally
from tests.net.fleet import DRIVERS, Fleet
from tests.run.plans import plan_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how long acknowledgements are delayed is Linux's own")
PATIENCE = 30.0
DELAYED = 0.03
"""Seconds; TCP_DELACK_MIN of Linux is 0.04."""


async def asked(driver: str, clients: str, server: str = "") -> GroupResult:
    """What became of 10 requests of each of 20 clients, one every 60 ms: by then the one before is answered."""
    plan = plan_of(
        f"""\
duration: 600ms
servers:
  echo: {{service: echo, transport: tcp{server}}}
clients:
  - {{name: askers, count: 20, server: echo, arrivals: {{every: 60ms}}{clients}}}
"""
    )
    (group,) = plan.groups
    party = Party(plan, group, lambda index: True, 1)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            running = await bind(plan.servers[0])
            nursery.start_soon(running.serve)
            fleet = Fleet(driver, party, Endpoint(running.socket.family, running.address), nursery)
            await fleet.open()
            end = fleet.begin(warmup=0.0, duration=plan.duration)
            with trio.CancelScope(deadline=fleet.clock.deadline(end + round(plan.drain * NS))):
                await fleet.run()
            nursery.cancel_scope.cancel()
    tally, last = party.end(fleet.clock.now(), None)
    assert last.connections is not None
    assert last.connections.connections == 20
    assert tally.counts().ok == tally.planned == 200
    return summarize(
        name="askers",
        server="echo",
        transport="tcp",
        clients=20,
        unregistered=0,
        tally=tally,
        warmup=Tally(),
        elapsed_s=1.0,
    )


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_request_in_two_parts_waits_for_a_delayed_acknowledgement(driver: str) -> None:
    """All but the first of each connection, which the kernel acknowledges at once: by these the hint knows it."""
    group = await asked(driver, ", writes: 2, nodelay: false")
    assert group.rtt.p50_s is not None
    assert group.rtt.p50_s >= DELAYED
    (hint,) = group.hints
    assert "Nagle's algorithm" in hint


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("clients", "server"),
    [
        (", writes: 2", ""),  # nothing is held back
        (", writes: 2, nodelay: false", ", quickack: true"),  # it is, but acknowledged at once
        (", nodelay: false", ", quickack: false"),  # one part is not held back: nothing is under way
    ],
)
async def test_it_waits_for_none(driver: str, clients: str, server: str) -> None:
    group = await asked(driver, clients, server)
    assert group.hints == ()
    assert group.rtt.min_s is not None
    assert group.rtt.min_s < DELAYED
