"""Servers on real loopback sockets, spoken to with plain sockets, as a student's own script does."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
import trio.testing

from sockbench.errors import RunError
from sockbench.model.message import Kind, Message
from sockbench.model.plan import Server, Transport
from sockbench.net.kernel import udp_drops
from sockbench.net.servers import RunningServer, bind
from sockbench.wire import FORMATS
from tests.ports import NEEDS_IPV6, taken_port

ENVELOPE = FORMATS["envelope"]
PATIENCE = 20.0


@contextlib.asynccontextmanager
async def serving(
    service: str, transport: Transport, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[RunningServer]:
    """A server on a free port, for as long as the block."""
    settings: dict[str, Any] = {"max_clients": None, "idle": 60.0} | options
    server = await bind(Server(service, service, transport, host, 0, **settings))
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.serve)
            yield server
            nursery.cancel_scope.cancel()


async def udp_client(server: RunningServer) -> trio.socket.SocketType:
    client = trio.socket.socket(server.socket.family, socket.SOCK_DGRAM)
    await client.connect(server.address)
    return client


async def ask(client: trio.socket.SocketType, data: bytes) -> bytes:
    await client.send(data)
    return await client.recv(70_000)


async def test_udp_texts_and_envelopes_on_one_port() -> None:
    async with serving("echo", "udp") as server:
        with await udp_client(server) as client:
            assert await ask(client, "Olá".encode()) == "Resposta do servidor: Olá".encode()
            reply = ENVELOPE.datagram(await ask(client, ENVELOPE.encode(Message(Kind.REQUEST, 9, 5, 0, b"x"))))
            assert reply == Message(Kind.REPLY, 9, 5, 1, b"Resposta do servidor: x", 5, (1).to_bytes(32))
            assert await ask(client, b"") == b"Resposta do servidor: "
        assert (server.responder.received, server.responder.answered) == (3, 3)


async def test_garbage_ends_no_server() -> None:
    async with serving("upper", "udp") as server:
        with await udp_client(server) as client:
            for garbage in (b"\xf5", b"\xf5S" + bytes(18), b"\xf5" * 65_507):
                await client.send(garbage)
            assert await ask(client, b"alive") == b"ALIVE"
            assert await ask(client, b"\xff" * 65_507) == b"\xff" * 65_507
        assert server.responder.rejected == 3


async def test_ten_clients_register_and_the_eleventh_is_told() -> None:
    async with serving("registry", "udp", max_clients=10) as server:
        clients = [await udp_client(server) for _ in range(11)]
        answers = [(await ask(client, b"(A1) : oi")).decode() for client in clients]
        assert answers[:10] == [f"Resposta do servidor para o cliente {n}" for n in range(1, 11)]
        assert answers[10] == "Servidor cheio: limite de 10 clientes"
        assert (await ask(clients[3], b"(A1) : de novo")).decode() == "Resposta do servidor para o cliente 4"
        for client in clients:
            client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=NEEDS_IPV6)])
async def test_tcp_over_both_families(host: str) -> None:
    async with serving("echo", "tcp", host, banner=True) as server:
        stream = await trio.open_tcp_stream(host, server.address[1])
        async with stream:
            assert await stream.receive_some() == b"Bem-vindo ao servidor TCP!"
            await stream.send_all("Olá, servidor!".encode())
            assert await stream.receive_some() == "Resposta do servidor: Olá, servidor!".encode()


async def test_envelopes_in_pieces_and_together_over_tcp() -> None:
    messages = [Message(Kind.REQUEST, 1, number, 0, f"texto {number}".encode()) for number in range(1, 4)]
    data = b"".join(map(ENVELOPE.encode, messages))
    async with serving("upper", "tcp") as server, await trio.open_tcp_stream(*server.address) as stream:
        decoder = ENVELOPE.decoder()
        for cut in (slice(0, 1), slice(1, 30), slice(30, None)):
            await stream.send_all(data[cut])
            await trio.testing.wait_all_tasks_blocked()
        replies: list[Message] = []
        while len(replies) < 3:
            replies += decoder.feed(bytes(await stream.receive_some()))
        assert replies == [
            Message(Kind.REPLY, 1, n, n, f"TEXTO {n}".encode(), n, (2**n - 1).to_bytes(32)) for n in range(1, 4)
        ]
        await stream.send_all(b"\xf5S" + b"\xff" * 60)  # no envelope: the connection is closed
        assert await stream.receive_some() == b""
        assert server.responder.rejected == 1


@pytest.mark.parametrize(("service", "options"), [("number", {"max_clients": 5}), ("upper", {"once": True})])
async def test_services_that_close_a_connection_after_the_reply(service: str, options: dict[str, Any]) -> None:
    async with serving(service, "tcp", **options) as server, await trio.open_tcp_stream(*server.address) as stream:
        await stream.send_all(b"12345678901")
        assert await stream.receive_some() == b"12345678901"
        assert await stream.receive_some() == b""


async def test_number_serves_five_at_once_and_the_others_wait_their_turn() -> None:
    async with serving("number", "tcp", max_clients=5) as server:
        streams = [await trio.open_tcp_stream(*server.address) for _ in range(6)]
        await streams[5].send_all(b"7")
        with trio.move_on_after(0.05):
            await streams[5].receive_some()
            pytest.fail("the sixth was served while five were connected")
        await streams[0].send_all(b"8")
        assert await streams[0].receive_some() == b"PAR"
        assert (await streams[5].receive_some()).decode() == "ÍMPAR"
        assert server.responder.clients_peak == 5
        for stream in streams:
            await stream.aclose()


async def test_past_max_clients_a_connection_is_refused_with_a_reason() -> None:
    async with serving("echo", "tcp", max_clients=2) as server:
        first, second = [await trio.open_tcp_stream(*server.address) for _ in range(2)]
        await first.send_all(b"a")
        await first.receive_some()
        await second.send_all(b"b")
        await second.receive_some()
        third = await trio.open_tcp_stream(*server.address)
        assert await third.receive_some() == b"Servidor cheio: limite de 2 clientes"
        assert await third.receive_some() == b""
        for stream in (first, second, third):
            await stream.aclose()


async def test_a_peer_that_completes_no_message_is_closed_after_the_idle_time() -> None:
    async with serving("echo", "tcp", idle=0.1) as server, await trio.open_tcp_stream(*server.address) as stream:
        await stream.send_all(ENVELOPE.encode(Message(Kind.REQUEST, 1, 1, 0, b"x" * 50))[:40])
        assert await stream.receive_some() == b""


async def test_a_peer_that_reads_nothing_costs_a_bounded_buffer_then_its_connection() -> None:
    async with serving("echo", "tcp", idle=0.2) as server, await trio.open_tcp_stream(*server.address) as stream:
        request = ENVELOPE.encode(Message(Kind.REQUEST, 1, 1, 0, b"x" * 100_000))
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(1000 * request)


async def test_a_connection_that_is_reset_ends_no_server() -> None:
    async with serving("echo", "tcp") as server:
        rude = socket.create_connection(server.address)
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        rude.send(b"x")
        rude.close()
        async with await trio.open_tcp_stream(*server.address) as stream:
            await stream.send_all(b"alive")
            assert await stream.receive_some() == b"Resposta do servidor: alive"


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
async def test_a_port_in_use(transport: Transport, kind: socket.SocketKind) -> None:
    with taken_port(kind) as port, pytest.raises(RunError, match=f"'e' cannot listen on {transport} 127.0.0.1:{port}"):
        await bind(Server("e", "echo", transport, "127.0.0.1", port, None, 60.0))


async def test_a_host_that_is_not_known() -> None:
    with pytest.raises(RunError, match=r"'no-such-host\.invalid' is not known"):
        await bind(Server("e", "echo", "udp", "no-such-host.invalid", 0, None, 60.0))


async def test_datagrams_that_find_the_buffer_full_are_counted_by_the_kernel() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound, socket.socket(type=socket.SOCK_DGRAM) as sender:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        bound.bind(("127.0.0.1", 0))
        for _ in range(200):
            sender.sendto(bytes(1000), bound.getsockname())
        bound.setblocking(False)
        received = 0
        with contextlib.suppress(BlockingIOError):
            while bound.recv(2000):
                received += 1
        assert udp_drops(bound) == 200 - received > 0
