"""Bursts on real sockets: the same datagrams, each by itself, in their order."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest
import trio

from sockbench.load.rally import Rally, Volley
from sockbench.model.plan import Plan
from sockbench.net.addresses import Endpoint
from sockbench.net.bursts import LARGEST, MOST, receive_bulk, send_burst, take_bulks
from sockbench.net.lane_driver import LaneDriver
from sockbench.net.servers import bind
from sockbench.wire import FORMATS, Kind
from tests.net.fleet import Fleet
from tests.net.test_drivers import plan, serving, told

linux = pytest.mark.skipif(sys.platform != "linux", reason="bursts are Linux's")
ENVELOPE = FORMATS["envelope"]


def udp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Someone who sends, connected to someone who listens."""
    with udp() as ear, udp() as mouth:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        mouth.connect(ear.getsockname())
        yield mouth, ear


def datagrams(size: int, count: int) -> list[bytes]:
    return [number.to_bytes(2).rjust(size, b"-") for number in range(count)]


@linux
@pytest.mark.parametrize(("size", "count"), [(2, 2), (124, 32), (LARGEST, 54), (146, MOST)])
def test_they_come_as_they_would_one_by_one(pair: tuple[socket.socket, socket.socket], size: int, count: int) -> None:
    mouth, ear = pair
    assert send_burst(mouth, datagrams(size, count))
    assert [ear.recv(65_535) for _ in range(count)] == datagrams(size, count)


@linux
@pytest.mark.parametrize("sizes", [[100] * 5, [100] * 5 + [99], [2, 2, 2], [64], [64, 65, 66]])
def test_a_bulk_is_cut_where_it_was_joined(pair: tuple[socket.socket, socket.socket], sizes: list[int]) -> None:
    mouth, ear = pair
    take_bulks(ear)
    sent = [bytes([number]) * size for number, size in enumerate(sizes)]
    same = [data for data in sent if len(data) == sizes[0]]
    if not send_burst(mouth, same):
        mouth.send(same[0])
    for data in sent[len(same) :]:
        mouth.send(data)
    heard: list[bytes] = []
    while len(heard) < len(sent):
        heard += receive_bulk(ear)
    assert heard == sent
    ear.setblocking(False)
    with pytest.raises(BlockingIOError):
        receive_bulk(ear)


@linux
def test_to_a_peer(pair: tuple[socket.socket, socket.socket]) -> None:
    _, ear = pair
    with udp() as other:
        assert send_burst(other, datagrams(100, 5), ear.getsockname())
        heard = [ear.recvfrom(65_535) for _ in range(5)]
        assert [data for data, _ in heard] == datagrams(100, 5)
        assert {peer[1] for _, peer in heard} == {other.getsockname()[1]}


@pytest.mark.parametrize(("size", "count"), [(100, 1), (LARGEST + 1, 2), (100, MOST + 1), (LARGEST, 60)])
def test_what_goes_one_by_one(pair: tuple[socket.socket, socket.socket], size: int, count: int) -> None:
    mouth, ear = pair
    assert not send_burst(mouth, datagrams(size, count))
    ear.setblocking(False)
    with pytest.raises(BlockingIOError):
        ear.recv(65_535)


@linux
def test_what_does_not_know_how_to_cut_is_given_them_one_by_one() -> None:
    """As a kernel before 4.18 does, such a socket passes over the request to cut, without an error."""
    mouth, ear = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with mouth, ear:
        assert not send_burst(mouth, datagrams(100, 5))
        ear.setblocking(False)
        with pytest.raises(BlockingIOError):
            ear.recv(65_535)


@linux
def test_an_earlier_refusal_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    mouth, ear = pair
    ear.close()
    mouth.send(b"?")
    with pytest.raises(ConnectionRefusedError):
        send_burst(mouth, datagrams(100, 5))


async def test_a_server_answers_each_of_many_at_once() -> None:
    asked = plan("count: 1")
    async with serving(asked) as (server, endpoint):
        with trio.socket.from_stdlib_socket(udp()) as one, trio.socket.from_stdlib_socket(udp()) as other:
            for opened in (one, other):
                await opened.connect(endpoint.address)
            payloads = [b"x" * (64 if number % 7 else 65) for number in range(1, 41)]
            for number, payload in enumerate(payloads, start=1):
                await one.send(ENVELOPE.request(Kind.REQUEST, 7, number, payload))
                if number % 10 == 0:
                    await other.send(ENVELOPE.request(Kind.REQUEST, 8, number // 10, payload))
            with trio.fail_after(10):
                replies = [ENVELOPE.datagram(await one.recv(65_535)) for _ in payloads]
                others = [ENVELOPE.datagram(await other.recv(65_535)) for _ in range(4)]
        assert [reply.number for reply in replies] == list(range(1, 41))
        assert [reply.payload.removeprefix(b"Resposta do servidor: ") for reply in replies] == payloads
        assert [(reply.client, reply.number) for reply in others] == [(8, number) for number in range(1, 5)]
        assert (server.responder.received, server.responder.answered, server.responder.rejected) == (44, 44, 0)


def closed(window: int, transport: str = "udp", timeout: str = "20s") -> Plan:
    asked = f"count: 3, arrivals: closed, window: {window}, timeout: {timeout}"
    return plan(asked, transport=transport, duration="250ms")


@linux
@pytest.mark.parametrize(("transport", "window", "kind"), [("udp", 1, Rally), ("tcp", 1, Rally), ("udp", 32, Volley)])
async def test_lanes_play_rallies(transport: str, window: int, kind: type[Rally]) -> None:
    asked = closed(window, transport)
    seen: set[type[Rally]] = set()

    async def look(fleet: Fleet) -> None:
        while True:
            for driver in fleet.drivers:
                assert isinstance(driver, LaneDriver)
                seen.update({type(driver.rally)} if driver.rally is not None else ())
            await trio.sleep(0.001)

    async with serving(asked) as (server, endpoint):
        story = await told("lanes", asked, endpoint, during=look)
    assert seen == {kind}
    assert story.outcomes == {"ok": server.responder.answered}


@linux
async def test_what_leaves_one_by_one_is_said_to_be_sent_when_it_was() -> None:
    """Too long for bursts: the last of a volley waits for a call to the system for each before it."""
    asked = plan(
        f"count: 1, arrivals: closed, window: 32, timeout: 20s, payload: {{size: {LARGEST}B}}", duration="100ms"
    )
    async with serving(asked) as (_, endpoint):
        story = await told("lanes", asked, endpoint)
    assert len(story.rows) > 64
    assert len({row.sent for row in story.rows}) == len(story.rows)
    assert all(row.due <= row.sent < row.done for row in story.rows)


@linux
@pytest.mark.parametrize("window", [1, 32])
async def test_where_there_are_too_many_none_rallies(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockbench.net.lanes.RALLYING", 2)

    async def look(fleet: Fleet) -> None:
        while True:
            assert all(driver.rally is None for driver in fleet.drivers if isinstance(driver, LaneDriver))
            await trio.sleep(0.001)

    asked = closed(window)
    async with serving(asked) as (server, endpoint):
        story = await told("lanes", asked, endpoint, during=look)
    assert story.outcomes == {"ok": server.responder.answered}


@linux
@pytest.mark.parametrize("window", [1, 32])
async def test_a_server_that_goes_away(window: int) -> None:
    asked = closed(window, timeout="50ms")  # what it had not read yet is lost
    server = await bind(asked.servers[0])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.serve)

        async def end_it(fleet: Fleet) -> None:
            await trio.sleep(0.1)  # of 0.25
            server.stop()

        story = await told("lanes", asked, Endpoint(server.socket.family, server.address), during=end_it)
        nursery.cancel_scope.cancel()
    assert story.outcomes.keys() <= {"ok", "late", "lost", "refused"}
    assert story.outcomes["refused"] > window
    assert story.outcomes["ok"] <= server.responder.answered
