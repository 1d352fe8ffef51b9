"""The relay for TCP: each connection is answered by one to the target, and two pumps move bytes between them.

A half-close is passed on in its turn. When one side breaks, or the target refuses, the other is reset, and so are both
when nothing moves for too long. The request for a connection travels the way up like bytes do; the handshake with the
client is the kernel's own and waits for nothing.
"""

from __future__ import annotations

import math
import socket
from collections import deque
from collections.abc import Awaitable, Callable

import trio

from sockbench.impair.pipe import Pipe
from sockbench.impair.stream import Stalls, StreamModel
from sockbench.model.relay import RelayReport, WayCounts
from sockbench.net.acceptor import NO_DESCRIPTOR, NO_ROOM, Acceptor
from sockbench.net.addresses import Endpoint, SocketAddress, show
from sockbench.net.relay_parts import RelayOrder, Waker, close, reset

NS = 1_000_000_000


class _Bytes:
    """The counts of one way."""

    def __init__(self) -> None:
        self.received = 0
        self.delivered = 0
        self.unsent = 0
        self.held = 0

    def counts(self) -> WayCounts:
        """As they are reported."""
        return WayCounts(received=self.received, delivered=self.delivered, unsent=self.unsent, held=self.held)


class TcpRelay:
    """See `sockbench.net.relay`."""

    def __init__(self, order: RelayOrder, bound: socket.socket) -> None:
        self.address: SocketAddress = bound.getsockname()
        self._order = order
        self._socket = bound
        self._acceptor = Acceptor(bound, self._without_descriptor, order.tell_shortage)
        self._pipes = (Pipe(order.impairment.up.rate, None), Pipe(order.impairment.down.rate, None))
        self._stalls: Stalls | None = None
        self._bytes = (_Bytes(), _Bytes())
        self._everything = trio.CancelScope()
        self._open = 0
        self._seen = self._turned_away = self._forgotten = self._refused = self._resets = 0

    async def run(self) -> None:
        """Pass on what comes, until cancelled or stopped."""
        self._waker = Waker()
        if self._order.impairment.stall is not None:
            self._stalls = Stalls(self._order.impairment.stall, self._waker.clock.now())
        try:
            with self._everything:
                await self._waker.while_running(self._accept_all)
        finally:
            self.close()

    def stop(self) -> None:
        """End it; connections are reset, and what is held stays held."""
        self._everything.cancel()

    def close(self) -> None:
        """Close the listening socket."""
        self._acceptor.close()
        self._socket.close()

    def report(self) -> RelayReport:
        """What was counted so far."""
        up, down = self._bytes
        return RelayReport(
            transport="tcp",
            address=show(self.address),
            target=show(self._order.target.address),
            up=up.counts(),
            down=down.counts(),
            flows=self._seen,
            turned_away=self._turned_away,
            forgotten=self._forgotten,
            refused=self._refused,
            resets=self._resets,
            kernel_drops=None,
        )

    async def _accept_all(self) -> None:
        async with trio.open_nursery() as nursery:
            while True:
                client, _ = await self._acceptor.accept()
                if self._open >= self._order.flows:
                    self._turned_away += 1
                    reset(client)
                    continue
                self._open += 1
                self._seen += 1
                nursery.start_soon(self._serve, client)

    def _without_descriptor(self, client: socket.socket, peer: SocketAddress) -> None:
        self._turned_away += 1
        reset(client)

    async def _serve(self, client: socket.socket) -> None:
        """One connection, to its end."""
        impairment = self._order.impairment
        up = StreamModel(impairment.up, self._pipes[0], self._stalls)
        down = StreamModel(impairment.down, self._pipes[1], self._stalls)
        connection = _Connection(client, self._waker, (up, down), self._bytes)
        lifetime = trio.CancelScope()
        if impairment.reset is not None:
            lifetime.deadline = trio.current_time() + impairment.reset
        try:
            with lifetime:
                await connection.open(self._order)
                if not await connection.pump(self._order.idle):
                    self._forgotten += 1
            if lifetime.cancelled_caught:
                self._resets += 1
        except OSError as error:
            no_room = error.errno in NO_ROOM
            if connection.target is None and error.errno in NO_DESCRIPTOR:
                self._acceptor.shortage.note()
            self._turned_away += connection.target is None and no_room
            self._refused += connection.target is None and not no_room
        finally:
            self._open -= 1
            connection.end(kept=self._everything.cancel_called)


class _Connection:
    """A client's connection and the one to the target."""

    def __init__(
        self,
        client: socket.socket,
        waker: Waker,
        models: tuple[StreamModel, StreamModel],
        counts: tuple[_Bytes, _Bytes],
    ) -> None:
        self.client = client
        self.target: socket.socket | None = None
        self._waker = waker
        self._models = models
        self._counts = counts
        self._whole = False

    async def open(self, order: RelayOrder) -> None:
        """Connect to the target, at the first of its addresses that takes it. OSError when none does."""
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._waker.until(self._models[0].offer(self._waker.clock.now(), 0))
        for endpoint in (order.target, *order.others):
            try:
                self.target = await _connected(endpoint)
            except OSError as error:
                refusal = error
            else:
                return
        raise refusal

    async def pump(self, idle: float) -> bool:
        """Move bytes both ways until both have ended, or nothing moved for `idle` seconds: False.

        OSError when one side broke.
        """
        assert self.target is not None
        up = _Pump(self.client, self.target, self._waker, self._models[0], self._counts[0])
        down = _Pump(self.target, self.client, self._waker, self._models[1], self._counts[1])
        broken: list[OSError] = []
        with trio.CancelScope() as silence:
            async with trio.open_nursery() as watching:
                watching.start_soon(self._watch, (up, down), idle, silence)
                async with trio.open_nursery() as nursery:
                    for task in (up.read, up.write, down.read, down.write):
                        nursery.start_soon(_guarded, task, broken, nursery.cancel_scope)
                watching.cancel_scope.cancel()
        if broken:
            raise broken[0]
        self._whole = not silence.cancelled_caught
        return self._whole

    async def _watch(self, pumps: tuple[_Pump, ...], idle: float, silence: trio.CancelScope) -> None:
        """Cancel `silence` when nothing has moved for so long; what is held moves when it is due."""
        if math.isinf(idle):
            return
        length = round(idle * NS)
        while True:
            rest = max(pump.moved for pump in pumps) + length - self._waker.clock.now()
            if rest <= 0:
                silence.cancel()
                return
            await trio.sleep(rest / NS)

    def end(self, *, kept: bool) -> None:
        """Close both sides, with a reset unless both streams ended. What is held counts as unsent unless `kept`."""
        for opened in (self.client, self.target):
            if opened is not None:
                (close if self._whole else reset)(opened)
        if not kept:
            for model, counts in zip(self._models, self._counts, strict=True):
                counts.held -= model.held
                counts.unsent += model.held


async def _guarded(task: Callable[[], Awaitable[None]], broken: list[OSError], all_of_them: trio.CancelScope) -> None:
    """Run one of a connection's tasks; one that finds a side broken ends them all."""
    try:
        await task()
    except OSError as error:
        broken.append(error)
        all_of_them.cancel()


async def _connected(endpoint: Endpoint) -> socket.socket:
    """A connection. OSError when it is refused."""
    opened = socket.socket(endpoint.family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            opened.connect(endpoint.address)
        except BlockingIOError:
            await trio.lowlevel.wait_writable(opened.fileno())
            if error := opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(error, "the connection was not made") from None
    except BaseException:
        opened.close()
        raise
    return opened


class _Pump:
    """One way of one connection: reads as long as there is room, writes each piece when it is due.

    `moved` is when a byte came or went last (ns), or the time to come at which one that is held is due.
    """

    def __init__(
        self, source: socket.socket, sink: socket.socket, waker: Waker, model: StreamModel, counts: _Bytes
    ) -> None:
        self._source = source
        self._sink = sink
        self._waker = waker
        self._model = model
        self._counts = counts
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._came = trio.Event()
        self._went = trio.Event()
        self.moved = waker.clock.now()

    async def read(self) -> None:
        """Until the end of the stream."""
        ended = False
        while not ended:
            while not (room := self._model.room()):
                self._went = trio.Event()
                await self._went.wait()
            await trio.lowlevel.wait_readable(self._source.fileno())
            try:
                data = self._source.recv(room)
            except BlockingIOError:
                continue
            ended = not data
            now = self._waker.clock.now()
            self._counts.received += len(data)
            self._counts.held += len(data)
            self.moved = when = self._model.offer(now, len(data))
            if not self._pieces and when <= now and data:
                data = data[self._send(data) :]
                if not data:
                    continue
            self._pieces.append((when, data))
            self._came.set()

    async def write(self) -> None:
        """Until the end of the stream is passed on."""
        while True:
            while not self._pieces:
                self._came = trio.Event()
                await self._came.wait()
            when, data = self._pieces[0]
            await self._waker.until(when)
            rest = memoryview(data)
            while rest:
                if sent := self._send(rest):
                    self.moved = max(self.moved, self._waker.clock.now())
                rest = rest[sent:]
                if rest:
                    await trio.lowlevel.wait_writable(self._sink.fileno())
            self._pieces.popleft()
            if not data:
                self._sink.shutdown(socket.SHUT_WR)
                return

    def _send(self, data: bytes | memoryview) -> int:
        """Write what the socket takes now."""
        try:
            sent = self._sink.send(data)
        except BlockingIOError:
            return 0
        self._model.written(sent)
        self._counts.held -= sent
        self._counts.delivered += sent
        self._went.set()
        return sent
