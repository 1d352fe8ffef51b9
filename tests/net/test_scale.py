"""What one client of thousands costs: bytes, counted where they are asked for; and all of some hundreds are served."""

from __future__ import annotations

import gc
import socket
import sys
import tracemalloc
from collections.abc import Iterator

import pytest
import trio

from sockbench.load.arrivals import NS
from sockbench.model.plan import Plan
from sockbench.net.addresses import Endpoint
from sockbench.net.responder import Responder
from sockbench.net.servers import bind
from sockbench.run.party import Party
from sockbench.services import make_service
from sockbench.wire import FORMATS
from tests.net.fleet import Fleet
from tests.run.plans import plan_of

SOME, MORE = 50, 150
SECONDS = 30
CONNECTED = 3_400
"""Bytes that one connected client may take, on a lane: some 2,900 in Python 3.11."""
ASKING = 3_300
"""And the machine of one that has made many requests, without its socket and driver: 2,600, or 2,900 at a rate."""


def plan_for(clients: int, transport: str = "udp", arrivals: str = "{every: 1s}") -> Plan:
    return plan_of(
        f"duration: {SECONDS}s\nservers:\n  s: {{service: echo, transport: {transport}}}\n"
        f"clients:\n  - {{name: a, server: s, count: {clients}, arrivals: {arrivals}}}\n"
    )


def party_of(plan: Plan) -> Party:
    return Party(plan, plan.groups[0], lambda index: True, 1)


def counted() -> int:
    """The bytes that are in use, of those that were asked for since tracemalloc was started."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.fixture
def tracing() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


class Served:
    """Clients that each made a request a second, and had their answers; what their server keeps is not counted."""

    def __init__(self, clients: int, arrivals: str) -> None:
        plan = plan_for(clients, arrivals=arrivals)
        self.party = party_of(plan)
        wire, responder = FORMATS["envelope"], Responder(make_service(plan.servers[0]))
        self.answered = 0
        for client in self.party.clients:
            client.connect(0)
            client.begin(0, 0, SECONDS * NS)
        for second in range(1, SECONDS):
            for peer, client in enumerate(self.party.clients):
                while (request := client.take(second * NS)) is not None:
                    reply = responder.datagram(request.data, peer, 0.0)
                    assert reply is not None
                    client.receive(wire.datagram(reply), second * NS + 1000)
                    self.answered += 1
            self.party.beat()


@pytest.mark.parametrize("arrivals", ["{every: 1s}", "{rate: 100/s}", "closed, think: 1s"])
@pytest.mark.usefixtures("tracing")
def test_a_client_that_asks(arrivals: str) -> None:
    Served(2, arrivals)  # what is made once is made now
    before = counted()
    some = Served(SOME, arrivals)
    between = counted()
    more = Served(MORE, arrivals)
    assert more.answered >= MORE * SECONDS / 4
    each = (counted() - between - (between - before)) / (MORE - SOME)
    assert 500 < each < ASKING
    assert some.party is not more.party


async def connected(clients: int, endpoint: Endpoint, transport: str) -> int:
    """The bytes that so many clients take, connected and on a lane, before their load begins."""
    before = counted()
    async with trio.open_nursery() as nursery:
        fleet = Fleet("lanes", party_of(plan_for(clients, transport)), endpoint, nursery)
        await fleet.open()
        assert all(link is not None for link in fleet.links)
        nursery.start_soon(fleet.run)
        assert fleet.lane is not None
        while len(fleet.lane._drivers) < clients:
            await trio.lowlevel.checkpoint()
        size = counted() - before
        nursery.cancel_scope.cancel()
    return size


@pytest.mark.skipif(sys.platform != "linux", reason="lanes need epoll")
@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
@pytest.mark.usefixtures("tracing")
async def test_a_client_that_is_connected(transport: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as peer:
        peer.bind(("127.0.0.1", 0))
        if transport == "tcp":
            peer.listen(2 * (SOME + MORE))
        endpoint = Endpoint(socket.AF_INET, peer.getsockname())
        await connected(2, endpoint, transport)
        some = await connected(SOME, endpoint, transport)
        more = await connected(MORE, endpoint, transport)
    assert 500 < (more - some) / (MORE - SOME) < CONNECTED


@pytest.mark.skipif(sys.platform != "linux", reason="lanes need epoll")
async def test_who_is_at_its_end_leaves_nothing_in_the_calendar() -> None:
    """Else, of thousands that end together, the last ones would be looked at seconds late."""
    plan = plan_for(MORE, arrivals="closed, think: 10ms")
    server = await bind(plan.servers[0])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.serve)
        fleet = Fleet("lanes", party_of(plan), Endpoint(server.socket.family, server.address), nursery)
        await fleet.open()
        fleet.begin(warmup=0, duration=0.1)
        with trio.fail_after(30):
            await fleet.run()
        nursery.cancel_scope.cancel()
    assert fleet.lane is not None
    assert server.responder.answered >= MORE
    assert [entry for entry in fleet.lane._calendar if entry[0] == entry[2].wake] == []
