"""Servers on real sockets: bytes to a responder and its replies back, for as long as their nursery lives.

They decide nothing about contents. Every peer costs a bounded amount: a connection that completes no message, or
takes no reply, for the idle time is closed.
"""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass
from typing import NoReturn

import trio

from sockbench.errors import RunError
from sockbench.model.plan import Server
from sockbench.net.addresses import Endpoint, SocketAddress, explain, resolve, show, socket_type
from sockbench.net.responder import Conversation, Responder
from sockbench.services import make_service

BATCH = 64
"""Datagrams answered before other tasks get their turn."""
DATAGRAM = 65_535
PIECE = 65_536
RECEIVE_BUFFER = 4 * 1024 * 1024
BACKLOG = 1024
CONNECTIONS = 10_000
"""Connections of one server when its service sets no limit."""
LINGER = 1.0
"""Seconds to wait, after the last reply, for the peer to close: closing first could destroy the reply (RFC 1122)."""
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(slots=True)
class RunningServer:
    """A server with its socket bound: `plan` says what it is, `address` where it listens."""

    plan: Server
    socket: socket.socket
    responder: Responder

    @property
    def address(self) -> SocketAddress:
        """Where it listens."""
        address: SocketAddress = self.socket.getsockname()
        return address


async def bind(plan: Server) -> RunningServer:
    """Bind the socket of one server. RunError, with the server's name, when that cannot be."""
    endpoint = (await resolve(plan.host, plan.port, plan.transport))[0]
    try:
        bound = _listen(endpoint, plan)
    except OSError as error:
        place = show(endpoint.address)
        raise RunError(f"server {plan.name!r} cannot listen on {plan.transport} {place}: {explain(error)}") from None
    return RunningServer(plan, bound, Responder(make_service(plan)))


def _listen(endpoint: Endpoint, plan: Server) -> socket.socket:
    bound = socket.socket(endpoint.family, socket_type(plan.transport))
    try:
        bound.setblocking(False)
        if endpoint.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if plan.transport == "udp":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            bound.bind(endpoint.address)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(endpoint.address)
            bound.listen(BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


async def serve(server: RunningServer) -> NoReturn:
    """Answer whoever comes, until cancelled; then every socket is closed."""
    with server.socket:
        if server.plan.transport == "udp":
            await _serve_udp(server.socket, server.responder)
        else:
            await _serve_tcp(server)


async def _serve_udp(bound: socket.socket, responder: Responder) -> NoReturn:
    while True:
        await trio.lowlevel.wait_readable(bound.fileno())
        for _ in range(BATCH):
            try:
                data, peer = bound.recvfrom(DATAGRAM)
            except BlockingIOError:
                break
            except ConnectionError:
                continue  # some systems report an earlier reply's ICMP error here
            reply = responder.datagram(data, peer, time.monotonic())
            if reply is None:
                continue
            try:
                bound.sendto(reply, peer)
            except OSError:
                responder.answered -= 1  # the peer, or this machine, took no reply
                responder.rejected += 1


async def _serve_tcp(server: RunningServer) -> NoReturn:
    responder = server.responder
    at_once = responder.service.serves_at_once
    limit = server.plan.max_clients or CONNECTIONS
    places = trio.Semaphore(at_once or limit)
    async with trio.open_nursery() as nursery:
        while True:
            if at_once is not None:
                await places.acquire()  # the others wait in the backlog
            connection, peer = await _accept(server.socket)
            if at_once is None:
                try:
                    places.acquire_nowait()
                except trio.WouldBlock:
                    _turn_away(connection, responder, limit)
                    continue
            nursery.start_soon(_connection, connection, peer, server, places)
    raise AssertionError("the accept loop has no end")


def _turn_away(connection: socket.socket, responder: Responder, limit: int) -> None:
    """Tell a peer for whom there is no room why, and close."""
    responder.rejected += 1
    with connection:
        try:
            connection.send(f"Servidor cheio: limite de {limit} clientes".encode())
        except OSError:
            return  # it did not wait for the reason


async def _accept(listener: socket.socket) -> tuple[socket.socket, SocketAddress]:
    """The next connection. When the process is out of descriptors, the peers wait until one is free."""
    while True:
        await trio.lowlevel.wait_readable(listener.fileno())
        try:
            connection, peer = listener.accept()
        except (BlockingIOError, ConnectionError):
            continue
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            await trio.sleep(0.1)
            continue
        connection.setblocking(False)
        return connection, peer


async def _connection(
    connection: socket.socket, peer: SocketAddress, server: RunningServer, places: trio.Semaphore
) -> None:
    with connection:
        conversation = server.responder.connection(peer)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await _converse(connection, conversation, server.plan.idle)
        except OSError:
            return  # the peer is gone; that is its right
        finally:
            server.responder.left(peer)
            places.release()
        if conversation.closing:
            await _linger(connection)


async def _converse(connection: socket.socket, conversation: Conversation, idle: float) -> None:
    """Answer one peer until it closes, must be closed, or completes no message for `idle` seconds."""
    with trio.CancelScope(deadline=trio.current_time() + idle) as patience:
        await _send_all(connection, conversation.greeting())
        while not conversation.closing:
            await trio.lowlevel.wait_readable(connection.fileno())
            data = connection.recv(PIECE)
            if not data:
                return
            replies = conversation.receive(data, time.monotonic())
            if replies:
                await _send_all(connection, replies)
                patience.deadline = trio.current_time() + idle


async def _send_all(connection: socket.socket, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[connection.send(rest) :]
        except BlockingIOError:
            await trio.lowlevel.wait_writable(connection.fileno())


async def _linger(connection: socket.socket) -> None:
    """Say that no more will come, and let the peer close first."""
    with trio.move_on_after(LINGER):
        try:
            connection.shutdown(socket.SHUT_WR)
            while True:
                await trio.lowlevel.wait_readable(connection.fileno())
                if not connection.recv(PIECE):
                    return
        except OSError:
            return
