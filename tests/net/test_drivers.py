"""Both drivers on real loopback sockets: one suite, the same counts.

What is counted here does not depend on how fast the machine is, unless a test says how far.
"""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
import trio

from sockbench.load.arrivals import NS
from sockbench.model.message import Kind, Message
from sockbench.model.plan import Plan
from sockbench.model.samples import Sample
from sockbench.net.addresses import Endpoint, SocketAddress
from sockbench.net.links import TcpLink, UdpLink
from sockbench.net.responder import Responder
from sockbench.net.servers import RunningServer, bind
from sockbench.run.messages import GroupEnd
from sockbench.run.party import Party
from sockbench.services import make_service
from sockbench.stats.tally import Tally
from sockbench.wire import FORMATS
from tests.net.fleet import DRIVERS, Fleet
from tests.ports import free_port
from tests.run.plans import plan_of

ENVELOPE = FORMATS["envelope"]
FIRST_ID = 4_294_967_290  # the ids run over their 32 bits
PATIENCE = 30.0
drivers = pytest.mark.parametrize("driver", DRIVERS)
transports = pytest.mark.parametrize("transport", ["udp", "tcp"])


@dataclass
class Story:
    """What the clients told of a run."""

    tally: Tally
    end: GroupEnd
    rows: list[Sample]

    @property
    def outcomes(self) -> dict[str, int]:
        counts = self.tally.counts()
        return {name: getattr(counts, name) for name in counts.__slots__ if getattr(counts, name)}


def plan(
    clients: str, *, service: str = "echo", transport: str = "udp", more: str = "", duration: str = "500ms"
) -> Plan:
    """Whoever waits 20 s for a reply also drains for as long, which takes no time where every reply comes."""
    drain = "20s" if "timeout: 20s" in clients else "500ms"
    return plan_of(
        f"""\
duration: {duration}
drain: {drain}
servers:
  peer: {{service: {service}, transport: {transport}{more}}}
clients:
  - {{name: askers, server: peer, {clients}}}
"""
    )


async def told(
    driver: str,
    plan: Plan,
    endpoint: Endpoint,
    *,
    during: Callable[[Fleet], Awaitable[None]] | None = None,
    linger: float = 0.0,
    greeting: bytes = b"",
    renew: float | None = None,
) -> Story:
    """Drive the one group of `plan` at `endpoint`, to its end or that of the drain."""
    (group,) = plan.groups
    party = Party(plan, group, lambda index: True, FIRST_ID, sampled=True)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            fleet = Fleet(driver, party, endpoint, nursery, linger=linger, greeting=greeting)
            await fleet.open()
            end = fleet.begin(warmup=plan.warmup, duration=plan.duration, renew=renew)
            with trio.CancelScope(deadline=fleet.clock.deadline(end + round(plan.drain * NS))):
                async with trio.open_nursery() as others:
                    if during is not None:
                        others.start_soon(during, fleet)
                    await fleet.run()
                    others.cancel_scope.cancel()
            nursery.cancel_scope.cancel()
    tally, last = party.end(fleet.clock.now(), 0)
    samples = party.take_samples(fleet.measure_from)
    assert samples is not None
    story = Story(tally, last, list(samples))
    assert tally.planned == sum(tally.outcomes) == len(story.rows)
    return story


@asynccontextmanager
async def serving(plan: Plan) -> AsyncIterator[tuple[RunningServer, Endpoint]]:
    """The server of `plan`."""
    server = await bind(plan.servers[0])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.serve)
        yield server, Endpoint(server.socket.family, server.address)
        nursery.cancel_scope.cancel()


Replies = Callable[[int, Message, bytes], list[tuple[float, bytes]]]
"""From (how many came before, the request, the right reply) to replies, each after so many seconds."""


@asynccontextmanager
async def answering(replies: Replies, service: str = "echo") -> AsyncIterator[Endpoint]:
    """A UDP peer that answers as it likes."""
    responder = Responder(make_service(plan("count: 1", service=service).servers[0]))

    async def later(opened: trio.socket.SocketType, delay: float, data: bytes, peer: SocketAddress) -> None:
        await trio.sleep(delay)
        await opened.sendto(data, peer)

    async def serve(opened: trio.socket.SocketType, nursery: trio.Nursery) -> None:
        number = 0
        while True:
            data, peer = await opened.recvfrom(65_535)
            right = responder.datagram(data, peer, 0.0)
            assert right is not None
            for delay, reply in replies(number, ENVELOPE.datagram(data), right):
                if delay:
                    nursery.start_soon(later, opened, delay, reply, peer)
                else:
                    await opened.sendto(reply, peer)
            number += 1

    with trio.socket.socket(type=socket.SOCK_DGRAM) as opened:
        await opened.bind(("127.0.0.1", 0))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, opened, nursery)
            yield Endpoint(socket.AF_INET, opened.getsockname())
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def accepting(handle: Callable[[int, trio.SocketStream], Awaitable[None]]) -> AsyncIterator[Endpoint]:
    """A TCP peer; `handle` is given the number of the connection, from 0, and the connection."""
    number = 0

    async def one(stream: trio.SocketStream) -> None:
        nonlocal number
        mine, number = number, number + 1
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await handle(mine, stream)

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, one, [listener])
        yield Endpoint(socket.AF_INET, listener.socket.getsockname())
        nursery.cancel_scope.cancel()


# A peer that answers


@drivers
@transports
@pytest.mark.parametrize("window", [1, 64])
async def test_closed_clients_count_what_the_server_counts(driver: str, transport: str, window: int) -> None:
    asked = plan(f"count: 10, arrivals: closed, window: {window}, timeout: 20s", transport=transport, duration="200ms")
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint)
    assert story.outcomes == {"ok": story.tally.planned}
    assert story.tally.planned == server.responder.received == server.responder.answered > 10 * window
    assert story.tally.bytes_sent == story.tally.planned * (64 + ENVELOPE.overhead)
    assert story.tally.rtt.min > 0
    assert {row.client for row in story.rows} == set(range(1, 11))


@drivers
@transports
@pytest.mark.parametrize("window", [1, 64])
async def test_open_clients_send_what_is_due(driver: str, transport: str, window: int) -> None:
    asked = plan(
        f"count: 10, arrivals: {{rate: 1000/s}}, window: {window}, timeout: 20s", transport=transport, duration="400ms"
    )
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint)
    counts = story.tally.counts()
    assert counts.planned == 400 == counts.ok + counts.skipped
    assert counts.ok == server.responder.received
    assert window == 1 or not counts.skipped
    assert all(row.sent >= row.due for row in story.rows if row.sent >= 0)


@drivers
@transports
async def test_many_clients_each_ask(driver: str, transport: str) -> None:
    asked = plan("count: 300, arrivals: {every: 100ms}, window: 8, timeout: 20s", transport=transport)
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint)
    assert story.outcomes == {"ok": 1500}
    assert Counter(row.client for row in story.rows) == dict.fromkeys(range(1, 301), 5)
    assert server.responder.clients_peak == 300


@drivers
async def test_think_and_a_warm_up(driver: str) -> None:
    asked = plan("count: 3, arrivals: closed, think: 20ms, window: 2, timeout: 20s", more="")
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint)
    assert story.outcomes == {"ok": story.tally.planned}
    assert story.tally.planned == server.responder.received
    assert 6 <= story.tally.planned <= 3 * 2 * 25  # 500 ms of 20 ms


@drivers
async def test_a_greeting_comes_first(driver: str) -> None:
    asked = plan("count: 2, arrivals: {every: 50ms}, timeout: 20s", transport="tcp", more=", banner: true")
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint, greeting=(server.responder.service.greeting or "").encode())
    assert story.outcomes == {"ok": 20}


@drivers
@transports
async def test_texts_have_no_number(driver: str, transport: str) -> None:
    asked = plan("count: 2, format: text, window: 1, arrivals: {every: 50ms}, timeout: 20s", transport=transport)
    async with serving(asked) as (_, endpoint):
        story = await told(driver, asked, endpoint)
    counts = story.tally.counts()
    assert counts.ok + counts.skipped == 20
    assert counts.ok >= 10


@drivers
async def test_what_a_socket_does_not_take_at_once_is_sent_later(driver: str) -> None:
    """Four messages of a megabyte each, to a peer that reads nothing at first: more than any socket's buffers."""
    asked = plan(
        "count: 1, payload: {size: 1MiB}, window: 4, arrivals: closed, think: 10s, timeout: 30s", transport="tcp"
    )
    responder = Responder(make_service(asked.servers[0]))

    async def slow(number: int, stream: trio.SocketStream) -> None:
        await trio.sleep(0.2)
        conversation = responder.connection("peer", 0.0)
        async for data in stream:
            await stream.send_all(conversation.receive(bytes(data), 0.0))

    async with accepting(slow) as endpoint:
        story = await told(driver, asked, endpoint)
    assert story.outcomes == {"ok": 4}


# Datagrams


@drivers
@pytest.mark.parametrize(
    ("replies", "expected", "duplicates", "strays"),
    [
        (lambda number, asked, right: [], {"lost": 20}, 0, 0),
        (lambda number, asked, right: [(0.25, right)], {"late": 20}, 0, 0),
        (lambda number, asked, right: [(0, right), (0, right)], {"ok": 20}, 20, 0),
        (lambda number, asked, right: [(0, right), (0.02, right)], {"ok": 20}, 20, 0),
        (lambda number, asked, right: [(0, right[:-1])], {"lost": 20}, 0, 20),
        (lambda number, asked, right: [(0, b"\xf5" + right)], {"lost": 20}, 0, 20),
        (lambda number, asked, right: [(0, b"")], {"lost": 20}, 0, 20),
        (lambda number, asked, right: [(0, b"x" * 60_000), (0, right)], {"ok": 20}, 0, 20),
        (lambda number, asked, right: [(0, right[:-1] + b"?")], {"corrupt": 20}, 0, 0),
        (
            lambda number, asked, right: [
                (0, ENVELOPE.encode(Message(Kind.REPLY, 5, asked.number, 0, b"another's"))),
                (0, right),
            ],
            {"ok": 20},
            0,
            20,
        ),
        (lambda number, asked, right: [(0, right)] if asked.number % 4 else [], {"ok": 16, "lost": 4}, 0, 0),
    ],
    ids=[
        "silent",
        "late",
        "twice",
        "twice-later",
        "short",
        "garbage",
        "empty",
        "large",
        "wrong",
        "another's-too",
        "some-lost",
    ],
)
async def test_how_requests_end(
    driver: str, replies: Replies, expected: dict[str, int], duplicates: int, strays: int
) -> None:
    timeout = "200ms" if "late" in expected else "300ms"
    asked = plan(f"count: 2, window: 64, arrivals: {{every: 50ms}}, timeout: {timeout}")
    async with answering(replies) as endpoint:
        story = await told(driver, asked, endpoint, linger=0.2)
    assert story.outcomes == expected
    assert story.tally.duplicate == duplicates
    assert story.tally.stray == strays


@drivers
async def test_a_lost_datagram_stalls_no_one(driver: str) -> None:
    asked = plan("count: 5, window: 1, arrivals: closed, timeout: 50ms")
    async with answering(lambda number, asked, right: []) as endpoint:
        story = await told(driver, asked, endpoint)
    assert set(story.outcomes) == {"lost"}
    assert 20 <= story.tally.planned <= 5 * 11  # 500 ms of 50 ms, and the one that is due at the end of the last


@drivers
async def test_a_refused_datagram(driver: str) -> None:
    asked = plan("count: 2, window: 64, arrivals: {every: 50ms}, timeout: 20s")
    story = await told(driver, asked, Endpoint(socket.AF_INET, ("127.0.0.1", free_port())))
    assert story.outcomes == {"refused": 20}


@drivers
async def test_a_server_that_dies_and_returns(driver: str) -> None:
    """While the port is closed datagrams are refused; once it is open again they are answered, on the same sockets."""
    asked = plan("count: 3, window: 64, arrivals: {every: 20ms}, timeout: 400ms", duration="900ms")
    port = free_port()
    responder = Responder(make_service(asked.servers[0]))

    async def serve(seconds: float) -> None:
        with trio.socket.socket(type=socket.SOCK_DGRAM) as opened, trio.move_on_after(seconds):
            await opened.bind(("127.0.0.1", port))
            while True:
                data, peer = await opened.recvfrom(65_535)
                await opened.sendto(responder.datagram(data, peer, 0.0) or b"", peer)

    async def during(fleet: Fleet) -> None:
        await serve(0.3)
        await trio.sleep(0.3)
        await serve(PATIENCE)

    story = await told(driver, asked, Endpoint(socket.AF_INET, ("127.0.0.1", port)), during=during)
    counts = story.tally.counts()
    assert counts.planned == 3 * 45
    assert set(story.outcomes) <= {"ok", "refused", "lost"}
    assert counts.refused >= 3
    assert counts.ok >= 6
    last = {row.client: row.end for row in sorted(story.rows, key=lambda row: row.due)}
    assert set(last.values()) == {0}, "every client was answered in the end"


# Streams


@drivers
async def test_nobody_listens(driver: str) -> None:
    asked = plan("count: 2, window: 64, arrivals: {every: 50ms}, timeout: 20s", transport="tcp")
    story = await told(driver, asked, Endpoint(socket.AF_INET, ("127.0.0.1", free_port(socket.SOCK_STREAM))))
    assert story.outcomes == {"skipped": 20}


@drivers
async def test_a_stream_that_ends_is_made_anew(driver: str) -> None:
    """A peer that answers five requests on each connection and closes without a word to the sixth."""
    asked = plan("count: 2, window: 64, arrivals: {every: 10ms}, timeout: 20s", transport="tcp")
    responder = Responder(make_service(asked.servers[0]))
    connections = 0

    async def handle(number: int, stream: trio.SocketStream) -> None:
        nonlocal connections
        connections += 1
        conversation = responder.connection(number, 0.0)
        for _ in range(5):
            await stream.send_all(conversation.receive(bytes(await stream.receive_some()), 0.0))
        await stream.receive_some()

    async with accepting(handle) as endpoint:
        story = await told(driver, asked, endpoint)
    counts = story.tally.counts()
    assert counts.planned == 100
    assert set(story.outcomes) <= {"ok", "failed", "skipped", "refused"}
    assert counts.ok >= 25
    assert counts.failed + counts.refused >= 2
    assert connections >= 6


@drivers
async def test_a_reset_before_any_reply_refuses(driver: str) -> None:
    asked = plan("count: 1, window: 64, arrivals: {every: 25ms}, timeout: 20s", transport="tcp")
    connections = 0

    async def handle(number: int, stream: trio.SocketStream) -> None:
        nonlocal connections
        connections += 1
        await stream.receive_some()
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        stream.socket.close()

    async with accepting(handle) as endpoint:
        story = await told(driver, asked, endpoint)
    assert story.tally.planned == 20
    assert set(story.outcomes) <= {"refused", "skipped"}
    assert story.outcomes["refused"] >= 3
    assert 3 <= connections <= 12, "it is not stormed"


@drivers
async def test_garbage_ends_a_stream(driver: str) -> None:
    asked = plan("count: 1, window: 64, arrivals: {every: 25ms}, timeout: 20s", transport="tcp")

    async def handle(number: int, stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"no room for you")
        await trio.sleep_forever()

    async with accepting(handle) as endpoint:
        story = await told(driver, asked, endpoint)
    assert set(story.outcomes) == {"failed", "skipped"}
    assert story.tally.stray == story.outcomes["failed"] >= 2
    assert story.end.refusal == "no room for you"


@drivers
async def test_a_silent_stream(driver: str) -> None:
    asked = plan("count: 2, window: 64, arrivals: {every: 50ms}, timeout: 100ms", transport="tcp")

    async def handle(number: int, stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with accepting(handle) as endpoint:
        story = await told(driver, asked, endpoint)
    assert story.outcomes == {"lost": 20}


# Places


@drivers
@transports
async def test_places(driver: str, transport: str) -> None:
    asked = plan(
        'count: 5, register: "aluno-{index}", window: 64, arrivals: {every: 50ms}, timeout: 300ms',
        service="registry",
        transport=transport,
        more=", max_clients: 3" if transport == "udp" else "",
    )
    async with serving(asked) as (server, endpoint):
        story = await told(driver, asked, endpoint)
        peak = server.responder.clients_peak
    counts = story.tally.counts()
    assert counts.planned == 50
    if transport == "udp":
        assert peak == 3
        assert story.end.unregistered == 2
        assert story.end.refusal == "Servidor cheio: limite de 3 clientes"
        assert counts.ok == 30
    else:
        assert story.outcomes == {"ok": 50}


@drivers
async def test_a_place_is_asked_for_again_at_the_renewal(driver: str) -> None:
    asked = plan(
        'count: 2, register: "a-{index}", window: 64, arrivals: {every: 50ms}, timeout: 20s', service="registry"
    )
    registrations = 0

    def replies(number: int, request: Message, right: bytes) -> list[tuple[float, bytes]]:
        nonlocal registrations
        registrations += request.kind == Kind.REGISTER
        return [(0, right)]

    async with answering(replies, "registry") as endpoint:
        story = await told(driver, asked, endpoint, renew=0.2)
    assert registrations >= 4
    assert story.tally.counts().ok + story.tally.counts().skipped == 20
    assert story.tally.counts().ok


@drivers
async def test_a_place_that_is_only_given_in_the_run(driver: str) -> None:
    """The server is deaf at first: requests are skipped until there is a place, then answered."""
    clients = 'count: 2, register: "a", window: 64, arrivals: {every: 20ms}, timeout: 300ms'
    asked = plan(clients, service="registry", duration="1500ms")
    asked_for = 0

    def replies(number: int, request: Message, right: bytes) -> list[tuple[float, bytes]]:
        nonlocal asked_for
        if request.kind == Kind.REGISTER:
            asked_for += 1
            return [(0, right)] if asked_for > 14 else []  # some 1.4 s from the beginning, a second of it waiting
        return [(0, right)]

    async with answering(replies, "registry") as endpoint:
        story = await told(driver, asked, endpoint)
    assert set(story.outcomes) == {"ok", "skipped"}
    assert story.end.unregistered == 0


# The end


@drivers
@transports
async def test_a_stop_ends_the_load_at_once(driver: str, transport: str) -> None:
    asked = plan("count: 5, arrivals: {every: 10ms}, window: 64, timeout: 20s", transport=transport, duration="60s")

    async def during(fleet: Fleet) -> None:
        await trio.sleep(0.1)
        fleet.stop()

    async with serving(asked) as (server, endpoint):
        with trio.fail_after(PATIENCE):
            story = await told(driver, asked, endpoint, during=during)
    assert story.outcomes == {"ok": server.responder.received}


@drivers
@transports
async def test_a_cancelled_run_leaves_requests_unfinished_and_no_socket_open(driver: str, transport: str) -> None:
    asked = plan("count: 5, window: 3, timeout: 20s", transport=transport, duration="60s")

    async def handle(number: int, stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    silent = answering(lambda number, asked, right: []) if transport == "udp" else accepting(handle)
    async with silent as endpoint:
        (group,) = asked.groups
        party = Party(asked, group, lambda index: True, FIRST_ID)
        async with trio.open_nursery() as nursery:
            fleet = Fleet(driver, party, endpoint, nursery)
            await fleet.open()
            fleet.begin(warmup=0, duration=60)
            async with trio.open_nursery() as running:
                running.start_soon(fleet.run)
                with trio.fail_after(PATIENCE):
                    while sum(len(client.ledger.in_flight) for client in party.clients) < 15:  # noqa: ASYNC110 - a client tells nobody of it
                        await trio.sleep(0.005)
                running.cancel_scope.cancel()
            opened = fleet.links
            nursery.cancel_scope.cancel()
        tally, _ = party.end(fleet.clock.now(), 0)
    assert list(tally.outcomes) == [0] * 7 + [15]
    assert len(opened) == 5
    assert all(isinstance(link, UdpLink | TcpLink) and link.socket.fileno() < 0 for link in opened)


@drivers
async def test_other_tasks_get_their_turn_under_full_load(driver: str) -> None:
    asked = plan("count: 20, arrivals: closed, window: 8, timeout: 20s", duration="400ms")
    turns = 0

    async def during(fleet: Fleet) -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with serving(asked) as (_, endpoint):
        await told(driver, asked, endpoint, during=during)
    assert turns >= 5  # one a millisecond would be 400, on a machine that does nothing else


@pytest.mark.skipif(sys.platform != "linux", reason="lanes need epoll")
async def test_a_lane_counts_in_idle_moments_what_would_hold_it_up_in_busy_ones() -> None:
    fleets: list[Fleet] = []

    async def look(fleet: Fleet) -> None:
        fleets.append(fleet)

    asked = plan("count: 2, arrivals: {rate: 400/s}, timeout: 10s")
    async with serving(asked) as (_, endpoint):
        story = await told("lanes", asked, endpoint, during=look)
    assert story.tally.planned == 200
    assert fleets[0].eased > 0
