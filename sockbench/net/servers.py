"""Servers on real sockets: bytes to a responder and its replies back, for as long as their nursery lives.

They decide nothing about contents. Every peer costs a bounded amount: a connection that completes no message, or
takes no reply, for the idle time is closed.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import NoReturn

import trio

from sockbench.errors import RunError
from sockbench.model.event import ServerView
from sockbench.model.plan import Server
from sockbench.model.result import Buffer, ServerResult
from sockbench.net.accepting import turn_away
from sockbench.net.acceptor import Acceptor
from sockbench.net.addresses import Endpoint, SocketAddress, explain, resolve, show, socket_type
from sockbench.net.admission import CONNECTIONS, Admission
from sockbench.net.attendant import Attendant
from sockbench.net.datagrams import answer_datagrams
from sockbench.net.kernel import provide, receive_buffer, udp_drops
from sockbench.net.options import Receive, receiver, require_options, send_buffer, set_options
from sockbench.net.proven import guards_of, responder_of
from sockbench.net.responder import Conversation, Responder
from sockbench.net.watcher import Watcher
from sockbench.services import full
from sockbench.wire import Guard

PIECE = 65_536
LEAST_ROOM = 8 * 1024 * 1024
"""Bytes of a UDP server's buffer, if the kernel allows: it may not know what is to come."""
BACKLOG = 4096
"""Connections that may wait to be accepted; the kernel's own limit, net.core.somaxconn, is the same since Linux 5.4."""
ADMITTED = 64
"""Connections accepted before other tasks get their turn."""
LINGER = 1.0
"""Seconds to wait, after the last reply, for the peer to close: closing first could destroy the reply (RFC 1122)."""


class RunningServer:
    """A server with its socket bound: `plan` says what it is, `address` where it listens."""

    def __init__(self, plan: Server, bound: socket.socket, responder: Responder, room: int = 0) -> None:
        self.plan = plan
        wanted, sent_from = plan.socket.receive_buffer or room, plan.socket.send_buffer
        self._receive_buffer = Buffer(receive_buffer(bound), wanted) if wanted else None
        self._send_buffer = Buffer(send_buffer(bound), sent_from) if sent_from else None
        self.socket = bound
        self.address: SocketAddress = bound.getsockname()
        self.responder = responder
        self._drops: int | None = None
        self._accepting = trio.CancelScope()
        self._connections: set[_Connection] = set()
        at_once = self.responder.service.serves_at_once
        limit = (plan.max_clients or CONNECTIONS) if at_once is None else None
        self._admission = Admission(limit, plan.max_per_address)
        self._places = trio.Semaphore(at_once) if at_once is not None else None  # the others wait in the backlog

    async def serve(self) -> None:
        """Answer whoever comes, until cancelled, or until `stop` and the end of every connection."""
        attendant = Attendant() if sys.platform == "linux" else None
        async with trio.open_nursery() as attending:
            if attendant is not None:
                attending.start_soon(attendant.run)
            if self.plan.transport == "udp":
                with self.socket, self._accepting:
                    await _serve_udp(self.socket, self.responder, attendant)
            else:
                async with trio.open_nursery() as nursery:
                    acceptor = Acceptor(self.socket, self._without_descriptor, self._tell_shortage)
                    with self.socket, closing(acceptor), self._accepting:
                        await self._accept_all(nursery, attendant, acceptor)
            attending.cancel_scope.cancel()

    def stop(self) -> None:
        """Take no more connections or datagrams; replies under way still go out."""
        self.kernel_drops()  # while the socket is there to ask about
        self._accepting.cancel()
        for connection in self._connections:
            connection.stop()

    def close(self) -> None:
        """Give the port back, of a server that never served."""
        self.socket.close()

    def kernel_drops(self) -> int | None:
        """Datagrams that the kernel dropped for want of room, as far as it says."""
        if self.socket.fileno() >= 0:
            self._drops = udp_drops(self.socket)
        return self._drops

    def result(self, cpu_s: float | None = None) -> ServerResult:
        """What the server has counted so far; `cpu_s` is the processor time it took, where that is known."""
        responder = self.responder
        return ServerResult(
            name=self.plan.name,
            transport=self.plan.transport,
            address=show(self.address),
            received=responder.received,
            answered=responder.answered,
            rejected=responder.rejected,
            clients_peak=responder.clients_peak,
            idled=responder.idled,
            kernel_drops=self.kernel_drops(),
            cpu_s=cpu_s,
            receive_buffer=self._receive_buffer,
            send_buffer=self._send_buffer,
            unproven=responder.unproven,
        )

    def view(self, now: float) -> ServerView:
        """The server as a person who watches it sees it."""
        responder = self.responder
        return ServerView(
            name=self.plan.name,
            transport=self.plan.transport,
            address=show(self.address),
            received=responder.received,
            answered=responder.answered,
            rejected=responder.rejected,
            kernel_drops=self.kernel_drops(),
            peers=responder.watcher.peers(now) if responder.watcher is not None else (),
        )

    def _without_descriptor(self, connection: socket.socket, peer: SocketAddress) -> None:
        turn_away(connection, peer, self.responder, full(len(self._connections)))

    def _tell_shortage(self) -> None:
        if self.responder.watcher is not None:
            self.responder.watcher.exhausted(self.address, len(self._connections))

    async def _accept_all(self, nursery: trio.Nursery, attendant: Attendant | None, acceptor: Acceptor) -> NoReturn:
        admitted = 0
        while True:
            admitted += 1
            if self._places is not None:
                await self._places.acquire()
            elif admitted % ADMITTED == 0:
                await trio.lowlevel.checkpoint()
            accepted, peer = await acceptor.accept()
            reason = self._admission.admit(peer[0])
            if reason is None:
                nursery.start_soon(self._connection, accepted, peer, attendant)
                continue
            turn_away(accepted, peer, self.responder, reason)
            if self._places is not None:
                self._places.release()

    async def _connection(self, accepted: socket.socket, peer: SocketAddress, attendant: Attendant | None) -> None:
        with accepted:
            conversation = self.responder.connection(peer, time.monotonic())
            connection = _Connection(accepted, conversation, attendant, receiver(accepted, self.plan.socket))
            self._connections.add(connection)
            try:
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.plan.socket.nodelay)
                if not await connection.converse(self.plan.idle):
                    self.responder.idled += 1
            except OSError:
                return  # the peer is gone; that is its right
            finally:
                self._connections.remove(connection)
                conversation.release()
                self.responder.left(peer)
                self._admission.leave(peer[0])
                if self._places is not None:
                    self._places.release()
            if conversation.closing:
                await _linger(accepted)


async def bind(
    plan: Server, watcher: Watcher | None = None, room: int = 0, guard: Guard | None = None
) -> RunningServer:
    """Bind the socket of one server, with `room` bytes of buffer over UDP. RunError, naming it, when that cannot be.

    `guard` is one that it shares with others of its token; without, it gets one of its own.
    """
    require_options(f"server {plan.name!r}", plan.socket, plan.transport)
    endpoint = (await resolve(plan.host, plan.port, plan.transport))[0]
    try:
        bound = _listen(endpoint, plan, room)
    except OSError as error:
        place = show(endpoint.address)
        raise RunError(f"server {plan.name!r} cannot listen on {plan.transport} {place}: {explain(error)}") from None
    return RunningServer(plan, bound, responder_of(plan, watcher, guard), room)


async def bind_all(
    plans: Sequence[Server],
    watcher_of: Callable[[Server], Watcher | None],
    room_of: Callable[[Server], int] = lambda plan: 0,
) -> list[RunningServer]:
    """Bind every server, or none: RunError names the one that cannot be, and the others are closed again."""
    running: list[RunningServer] = []
    guards = guards_of(plans)
    try:
        for plan in plans:
            running.append(await bind(plan, watcher_of(plan), room_of(plan), guards.get(plan.token)))
    except BaseException:
        for server in running:
            server.close()
        raise
    return running


def _listen(endpoint: Endpoint, plan: Server, room: int) -> socket.socket:
    bound = socket.socket(endpoint.family, socket_type(plan.transport))
    try:
        bound.setblocking(False)
        if endpoint.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if plan.transport == "udp":
            provide(bound, max(room, LEAST_ROOM))
            set_options(bound, plan.socket, "udp")
            bound.bind(endpoint.address)
        else:
            set_options(bound, plan.socket, "tcp")
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(endpoint.address)
            bound.listen(BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


async def _serve_udp(bound: socket.socket, responder: Responder, attendant: Attendant | None) -> None:
    if attendant is None:
        while True:
            await trio.lowlevel.wait_readable(bound.fileno())
            answer_datagrams(bound, responder)
    descriptor = bound.fileno()
    attendant.attend(descriptor, partial(answer_datagrams, bound, responder))
    try:
        await trio.sleep_forever()
    finally:
        attendant.leave(descriptor)


class _Connection:
    """One TCP connection that is served: by an attendant, as long as the socket takes every reply at once."""

    __slots__ = (
        "_attendant",
        "_conversation",
        "_error",
        "_heard",
        "_is_idle",
        "_is_over",
        "_patience",
        "_receive",
        "_rest",
        "_socket",
        "_wanted",
    )

    def __init__(
        self, accepted: socket.socket, conversation: Conversation, attendant: Attendant | None, receive: Receive
    ) -> None:
        self._socket = accepted
        self._receive = receive
        self._conversation = conversation
        self._attendant = attendant
        self._patience = trio.CancelScope()
        self._is_idle = False
        self._is_over = False  # the peer has closed
        self._heard = 0.0  # when a message was last answered, by Trio's clock
        self._rest = b""  # of the replies: what the socket did not take at once
        self._error: OSError | None = None
        self._wanted = trio.Event()  # set when there is more to do than to answer

    def stop(self) -> None:
        """End it: at once when no reply is under way, otherwise after the reply."""
        if self._is_idle:
            self._patience.cancel()
        self._conversation.closing = True

    async def converse(self, idle: float) -> bool:
        """Answer the peer until it closes or must be closed. False when it completed no message for `idle` seconds."""
        conversation = self._conversation
        self._rest = conversation.greeting()
        self._heard = trio.current_time()
        while not self._is_over and trio.current_time() < self._heard + idle:
            with trio.CancelScope(deadline=self._heard + idle) as self._patience:
                if self._rest:
                    await self._send_rest()
                if conversation.closing:
                    return True
                await self._listen()
            if conversation.closing and self._patience.cancelled_caught:
                return True
        return self._is_over

    async def _send_rest(self) -> None:
        """Send what the socket did not take at once; the server keeps it meanwhile, if it has room for it."""
        size = len(self._rest)
        try:
            if self._conversation.keep(size, time.monotonic()):
                await _send_all(self._socket, self._rest)
        finally:
            self._conversation.release(size)  # the beginning of a message may be kept, too
        self._rest = b""
        self._heard = trio.current_time()

    async def _listen(self) -> None:
        """Answer until there is something to do that may have to wait. OSError when the connection broke."""
        descriptor = self._socket.fileno()
        self._is_idle = True
        if self._attendant is None:
            await trio.lowlevel.wait_readable(descriptor)
            self._answer()
        else:
            self._wanted = trio.Event()
            self._attendant.attend(descriptor, self._answer)
            try:
                await self._wanted.wait()
            finally:
                self._attendant.leave(descriptor)
        self._is_idle = False
        if self._error is not None:
            raise self._error

    def _answer(self) -> None:
        """The socket can be read: answer what has come, as far as the socket takes it."""
        conversation = self._conversation
        try:
            data = self._receive(PIECE)
            if not data:
                self._is_over = True
            elif replies := conversation.receive(data, time.monotonic()):
                self._heard = trio.current_time()
                self._rest = replies
                self._rest = replies[self._socket.send(replies) :]
        except BlockingIOError:
            pass  # the socket takes nothing now
        except OSError as error:
            self._error = error
        if self._rest or self._is_over or conversation.closing or self._error is not None:
            self._wanted.set()
            if self._attendant is not None:  # nothing is answered until that is done, or the rest would be lost
                self._attendant.leave(self._socket.fileno())


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
