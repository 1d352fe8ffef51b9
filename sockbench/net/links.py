"""A client's own socket, UDP or TCP, seen as one thing: `send` and `poll` never wait, `readable` does.

A link decides nothing: errors of the operating system come out as they are, and the driver says what they mean.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import trio

from sockbench.errors import RunError
from sockbench.model.plan import Transport
from sockbench.model.sockets import PLAIN, SocketOptions
from sockbench.net.addresses import Endpoint, explain, socket_type
from sockbench.net.buffers import LEAST_BACKLOG
from sockbench.net.kernel import provide, udp_drops
from sockbench.net.options import Receive, receiver, set_options

PIECE = 65_536
_UNDER_WAY = {errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK}
_STANDS = {0, errno.EISCONN}


@dataclass(frozen=True, slots=True)
class Fitting:
    """How the sockets of a group are fitted out: `room` bytes of buffer over UDP, `options`, and over TCP in how many
    `writes` a request goes; `witness` sees each TCP socket before it is closed. When `backlog` bytes wait for a socket
    that takes no more, nothing is sent behind them.
    """

    room: int = 0
    backlog: int = LEAST_BACKLOG
    options: SocketOptions = PLAIN
    writes: int = 1
    witness: Callable[[socket.socket], None] | None = None


UNFITTED = Fitting()


class Link(Protocol):
    """A way to one server."""

    stream: bool

    def send(self, data: bytes) -> None:
        """Send all of `data`, now or as soon as the socket takes it. OSError when it never will; ENOBUFS when too much
        waits already.
        """

    def poll(self) -> bytes | None:
        """What has arrived: a datagram, or a piece of the stream (b"" at its end). None: nothing yet. OSError."""

    async def readable(self) -> None:
        """Wait until `poll` has something to say."""

    def drops(self) -> int | None:
        """Datagrams that the kernel dropped at this socket for want of room; None when it does not say."""

    def close(self) -> None:
        """Give the socket back."""


class UdpLink:
    """A connected UDP socket, so that the peer's refusals come back and strangers' datagrams do not."""

    # Of thousands of clients: what each takes counts. So a backlog is made when there is one, which is next to never.
    __slots__ = ("_backlog", "_most", "_nursery", "_socket")
    stream = False

    def __init__(self, connected: socket.socket, nursery: trio.Nursery, most: int = LEAST_BACKLOG) -> None:
        self._socket = connected
        self._nursery = nursery
        self._most = most
        self._backlog: deque[bytes] | None = None

    @property
    def socket(self) -> socket.socket:
        """For who waits for many at once."""
        return self._socket

    @property
    def receive(self) -> Receive:
        """For who reads many at once."""
        return self._socket.recv

    def send(self, data: bytes) -> None:
        """One datagram."""
        if self._backlog:
            self._wait(self._backlog, data)
            return
        try:
            self._socket.send(data)
        except BlockingIOError:
            self._backlog = deque([data])
            self._nursery.start_soon(self._send_later, self._backlog)

    def _wait(self, backlog: deque[bytes], data: bytes) -> None:
        """Behind what waits already: as many datagrams as this one as there is room for."""
        if len(backlog) * len(data) >= self._most:
            raise _full()
        backlog.append(data)

    async def _send_later(self, backlog: deque[bytes]) -> None:
        """Send what found no room, in order; what then fails is as lost as any datagram."""
        while backlog and self._socket.fileno() >= 0:
            try:
                await trio.lowlevel.wait_writable(self._socket.fileno())
                self._send_first(backlog[0])
            except BlockingIOError:
                continue
            except trio.ClosedResourceError:
                return
            except OSError:
                pass
            backlog.popleft()

    def _send_first(self, data: bytes) -> None:
        self._socket.send(data)

    def poll(self) -> bytes | None:
        """One datagram."""
        try:
            return self._socket.recv(PIECE)
        except BlockingIOError:
            return None

    async def readable(self) -> None:
        """Wait for a datagram, or for an error."""
        await trio.lowlevel.wait_readable(self._socket.fileno())

    def drops(self) -> int | None:
        """Asked of the kernel."""
        return udp_drops(self._socket)

    def close(self) -> None:
        """Close the socket; whoever waits for it stops waiting."""
        _close(self._socket)


class TcpLink:
    """A TCP connection. What the socket does not take at once is written by a task of its own, in order."""

    __slots__ = ("_backlog", "_fitting", "_nursery", "_socket")
    stream = True

    def __init__(self, connected: socket.socket, nursery: trio.Nursery, fitting: Fitting = UNFITTED) -> None:
        self._socket = connected
        self._nursery = nursery
        self._fitting = fitting
        self._backlog: bytearray | None = None

    @property
    def socket(self) -> socket.socket:
        """For who waits for many at once."""
        return self._socket

    @property
    def receive(self) -> Receive:
        """For who reads many at once."""
        return self._socket.recv

    def send(self, data: bytes) -> None:
        """Write all of `data`, behind what waits already."""
        if self._backlog:
            if len(self._backlog) >= self._fitting.backlog:
                raise _full()
            self._backlog += data
            return
        try:
            written = self._socket.send(data)
        except BlockingIOError:
            written = 0
        if written < len(data):
            self._backlog = bytearray(data[written:])
            self._nursery.start_soon(self._write, self._backlog)

    async def _write(self, backlog: bytearray) -> None:
        while backlog and self._socket.fileno() >= 0:
            try:
                await trio.lowlevel.wait_writable(self._socket.fileno())
                written = self._socket.send(backlog)
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                backlog.clear()  # the reading side learns of the broken connection too
                return
            del backlog[:written]

    def poll(self) -> bytes | None:
        """A piece of the stream; b"" at its end."""
        try:
            return self._socket.recv(PIECE)
        except BlockingIOError:
            return None

    async def readable(self) -> None:
        """Wait for bytes, the end, or an error."""
        await trio.lowlevel.wait_readable(self._socket.fileno())

    def drops(self) -> int:
        """A stream drops nothing."""
        return 0

    def close(self) -> None:
        """Close the connection; whoever waits for it stops waiting."""
        if self._fitting.witness is not None and self._socket.fileno() >= 0:
            self._fitting.witness(self._socket)
        _close(self._socket)


class FittedTcpLink(TcpLink):
    """A TCP connection whose acknowledgements are not left to the kernel, or that writes a request in several parts."""

    __slots__ = ("_receive",)

    def __init__(self, connected: socket.socket, nursery: trio.Nursery, fitting: Fitting) -> None:
        super().__init__(connected, nursery, fitting)
        self._receive = receiver(connected, fitting.options)

    @property
    def receive(self) -> Receive:
        """For who reads many at once."""
        return self._receive

    def send(self, data: bytes) -> None:
        """Write all of `data`, in parts of one size but the last, which may be shorter."""
        step = max(1, -(-len(data) // self._fitting.writes))
        for start in range(0, len(data), step):
            part = data[start : start + step]
            if start and self._backlog:  # the rest of a request follows its beginning, however much waits
                self._backlog += part
            else:
                super().send(part)

    def poll(self) -> bytes | None:
        """A piece of the stream; b"" at its end."""
        try:
            return self._receive(PIECE)
        except BlockingIOError:
            return None


def _full() -> OSError:
    return OSError(errno.ENOBUFS, "too much waits to be sent already")


def _close(opened: socket.socket) -> None:
    if opened.fileno() >= 0:
        trio.lowlevel.notify_closing(opened.fileno())
        opened.close()


async def connect(endpoint: Endpoint, transport: Transport, nursery: trio.Nursery, fitting: Fitting = UNFITTED) -> Link:
    """A connected link to `endpoint`, whose socket is fitted out. OSError when there is no way."""
    await trio.lowlevel.checkpoint()  # the rest may not wait at all, and others have their turn
    if transport == "udp":
        return UdpLink(open_udp(endpoint, fitting), nursery, fitting.backlog)
    opened = socket.socket(endpoint.family, socket_type(transport))
    try:
        opened.setblocking(False)
        set_options(opened, fitting.options, transport)
        error = opened.connect_ex(endpoint.address)
        if error == errno.EINPROGRESS:
            # On loopback it stands by now: asking again saves the wait for it.
            error = opened.connect_ex(endpoint.address)
        if error in _UNDER_WAY:
            await trio.lowlevel.wait_writable(opened.fileno())
            error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error not in _STANDS:
            raise OSError(error, "the connection was not made")
        is_plain = fitting.writes == 1 and fitting.options.quickack is None
        return TcpLink(opened, nursery, fitting) if is_plain else FittedTcpLink(opened, nursery, fitting)
    except BaseException:
        opened.close()
        raise


def open_udp(endpoint: Endpoint, fitting: Fitting = UNFITTED) -> socket.socket:
    """A connected UDP socket, with the buffer that it can have. OSError when there is no way."""
    opened = socket.socket(endpoint.family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        provide(opened, fitting.room)
        set_options(opened, fitting.options, "udp")
        opened.connect(endpoint.address)
    except BaseException:
        opened.close()
        raise
    return opened


async def find(endpoints: list[Endpoint], transport: Transport, url: str, patience: float) -> Endpoint:
    """The first of `endpoints` that can be connected to. RunError, naming `url`, when none can within `patience`."""
    failure = "no answer to the connection request"
    for endpoint in endpoints:
        with trio.move_on_after(patience):
            try:
                async with trio.open_nursery() as nursery:
                    (await connect(endpoint, transport, nursery)).close()
            except* OSError as errors:
                failure = explain(_first(errors))
            else:
                return endpoint
    raise RunError(f"cannot reach {url}: {failure}")


def _first(errors: BaseExceptionGroup[OSError]) -> OSError:
    for error in errors.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("an exception group is never empty")
