"""The relay for UDP: one listening socket, and a connected socket to the target for each client address.

Datagrams that nothing holds go straight through; the others are released in the order of their times by one task.
A refusal by the target (ICMP) is counted and not passed on: a link would, but no socket of a user can send one.
"""

from __future__ import annotations

import socket
from collections import OrderedDict

import trio

from sockbench.impair.link import Copy, LinkModel
from sockbench.model.relay import RelayReport
from sockbench.net.acceptor import NO_DESCRIPTOR, NO_ROOM, Shortage
from sockbench.net.addresses import SocketAddress, show
from sockbench.net.kernel import udp_drops
from sockbench.net.relay_parts import BATCH, RelayOrder, Waker, close, widen

DATAGRAM = 65_535
"""Bytes of the one buffer that all datagrams are received into. A buffer for each, cut to size by `recv`, would stay
where the large one was: what is kept of some (`net/truth.py`) then holds memory that no other fits into.
"""


class _Flow:
    """One client address and its socket to the target."""

    __slots__ = ("heard", "peer", "socket")

    def __init__(self, peer: SocketAddress, connected: socket.socket, now: float) -> None:
        self.peer = peer
        self.socket = connected
        self.heard = now


class UdpRelay:
    """See `sockbench.net.relay`."""

    def __init__(self, order: RelayOrder, bound: socket.socket) -> None:
        self.address: SocketAddress = bound.getsockname()
        self._order = order
        self._socket = bound
        self._shortage = Shortage(order.tell_shortage)
        self._up = LinkModel(order.impairment.up, order.stream("up"), "up", order.witness)
        self._down = LinkModel(order.impairment.down, order.stream("down"), "down", order.witness)
        self._flows: OrderedDict[SocketAddress, _Flow] = OrderedDict()  # the one heard last is the last
        self._everything = trio.CancelScope()
        self._waiting = trio.CancelScope()
        self._armed: int | None = None
        self._buffer = memoryview(bytearray(DATAGRAM))
        self._own_addresses: set[SocketAddress] = set()  # of the sockets to the target
        self._seen = self._turned_away = self._forgotten = self._refused = self._own = 0
        self._drops: int | None = 0  # of sockets that are closed

    async def run(self) -> None:
        """Pass on what comes, until cancelled or stopped."""
        self._waker = Waker()
        self._clock = self._waker.clock
        try:
            with self._everything:
                await self._waker.while_running(self._work)
        finally:
            for flow in list(self._flows.values()):
                self._forget(flow)
            self.close()

    def stop(self) -> None:
        """End it; what is held stays held."""
        self._everything.cancel()

    def close(self) -> None:
        """Close the listening socket."""
        if self._socket.fileno() >= 0:
            self._count_drops(self._socket)
            self._socket.close()

    def report(self) -> RelayReport:
        """What was counted so far."""
        drops = self._drops
        for opened in (self._socket, *(flow.socket for flow in self._flows.values())):
            if opened.fileno() >= 0:
                drops = _sum(drops, udp_drops(opened))
        return RelayReport(
            transport="udp",
            address=show(self.address),
            target=show(self._order.target.address),
            up=self._up.counts(),
            down=self._down.counts(),
            flows=self._seen,
            turned_away=self._turned_away,
            forgotten=self._forgotten,
            refused=self._refused,
            resets=0,
            kernel_drops=drops,
            own=self._own,
        )

    async def _work(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._release_all)
            nursery.start_soon(self._forget_silent)
            await self._receive(nursery)

    # What comes

    async def _receive(self, nursery: trio.Nursery) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._socket.fileno())
            for _ in range(BATCH):
                try:
                    length, peer = self._socket.recvfrom_into(self._buffer)
                except BlockingIOError:
                    break
                except ConnectionError:
                    continue  # some systems report here that a client is gone
                if peer[:2] in self._own_addresses:
                    self._own += 1  # it would go round for ever
                    continue
                flow = self._flow_of(peer, nursery)
                if flow is None:
                    self._turned_away += 1
                else:
                    self._take(self._up, flow, bytes(self._buffer[:length]))

    async def _hear(self, flow: _Flow) -> None:
        """Everything that the target says to one client, until that is forgotten."""
        while flow.socket.fileno() >= 0:
            try:
                await trio.lowlevel.wait_readable(flow.socket.fileno())
            except trio.ClosedResourceError:
                return
            for _ in range(BATCH):
                if flow.socket.fileno() < 0:
                    return
                try:
                    length = flow.socket.recv_into(self._buffer)
                except BlockingIOError:
                    break
                except OSError:
                    self._refused += 1
                else:
                    self._take(self._down, flow, bytes(self._buffer[:length]))

    def _take(self, model: LinkModel, flow: _Flow, data: bytes) -> None:
        now = self._clock.now()
        flow.heard = now / 1e9
        if flow.peer in self._flows:
            self._flows.move_to_end(flow.peer)
        model.offer(now, flow, data)
        when = model.next_at()
        if when is None:
            return
        if when <= now:
            self._send_due(model)
            when = model.next_at()
        if when is not None and (self._armed is None or when < self._armed):
            self._armed = when
            self._waker.set(self._waiting, when)

    # What goes

    async def _release_all(self) -> None:
        """Send each datagram when it is due."""
        while True:
            times = [when for when in (self._up.next_at(), self._down.next_at()) if when is not None]
            when = min(times, default=None)
            now = self._clock.now()
            if when is None or when - now > self._waker.ahead:
                with trio.CancelScope() as self._waiting:
                    self._armed = when
                    self._waker.set(self._waiting, when)
                    await trio.sleep_forever()
                if self._armed is not None:
                    self._waker.woken(self._armed)
                continue
            if when <= now:
                self._send_due(self._up)
                self._send_due(self._down)
            await trio.lowlevel.checkpoint()

    def _send_due(self, model: LinkModel) -> None:
        now = self._clock.now()
        for copy in model.release(now):
            sent = self._send_up(copy) if model is self._up else self._send_down(copy)
            (model.delivered if sent else model.unsent)(copy, self._clock.now())

    def _send_up(self, copy: Copy) -> bool:
        assert isinstance(copy.flow, _Flow)
        for _ in range(2):
            if copy.flow.socket.fileno() < 0:
                return False
            try:
                copy.flow.socket.send(copy.data)
            except ConnectionError:  # it is about an earlier datagram, and this one was not sent
                self._refused += 1
            except OSError:
                return False
            else:
                return True
        return False

    def _send_down(self, copy: Copy) -> bool:
        assert isinstance(copy.flow, _Flow)
        try:
            self._socket.sendto(copy.data, copy.flow.peer)
        except OSError:
            return False
        return True

    # Who is there

    def _flow_of(self, peer: SocketAddress, nursery: trio.Nursery) -> _Flow | None:
        flow = self._flows.get(peer)
        if flow is not None:
            return flow
        if len(self._flows) >= self._order.flows:
            self._forget_oldest()
        connected = self._connected()
        if connected is None:
            return None
        flow = self._flows[peer] = _Flow(peer, connected, self._clock.now() / 1e9)
        self._own_addresses.add(connected.getsockname()[:2])
        self._seen += 1
        nursery.start_soon(self._hear, flow)
        return flow

    def _connected(self) -> socket.socket | None:
        """A socket to the target; when there is none to be had, the client silent for longest gives its own."""
        while True:
            try:
                return self._open()
            except OSError as error:
                if error.errno in NO_DESCRIPTOR:
                    self._shortage.note()
                if error.errno not in NO_ROOM or not self._flows:
                    return None
            self._forget_oldest()

    def _open(self) -> socket.socket:
        connected = socket.socket(self._order.target.family, socket.SOCK_DGRAM)
        try:
            connected.setblocking(False)
            widen(connected)
            connected.connect(self._order.target.address)
        except BaseException:
            connected.close()
            raise
        return connected

    def _forget_oldest(self) -> None:
        self._forgotten += 1
        self._forget(next(iter(self._flows.values())))

    def _forget(self, flow: _Flow) -> None:
        del self._flows[flow.peer]
        self._own_addresses.discard(flow.socket.getsockname()[:2])
        self._count_drops(flow.socket)
        close(flow.socket)

    async def _forget_silent(self) -> None:
        while True:
            await trio.sleep(self._order.idle / 4)
            limit = self._clock.now() / 1e9 - self._order.idle
            while self._flows and next(iter(self._flows.values())).heard < limit:
                self._forget_oldest()

    def _count_drops(self, opened: socket.socket) -> None:
        self._drops = _sum(self._drops, udp_drops(opened))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
