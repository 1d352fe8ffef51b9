"""What the relays of both transports share: their order, exact waits, sockets opened wide or closed with a reset."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import trio

from sockbench.impair.link import Witness
from sockbench.model.plan import Impairment, Transport
from sockbench.model.relay import RelayReport
from sockbench.net.addresses import Endpoint, SocketAddress
from sockbench.net.alarm import Alarm, open_alarm
from sockbench.net.clock import MonotonicClock

BUFFER = 4 * 1024 * 1024
BATCH = 64
"""Datagrams passed on before other tasks get their turn."""
FLOWS = 10_000
"""UDP clients, or TCP connections, at once."""
IDLE = 60.0
"""Seconds of silence after which a UDP client is forgotten, and a TCP connection reset."""
LEAST_AHEAD, MOST_AHEAD = 50_000, 250_000
"""Nanoseconds before a release at which the loop is to be awake: waking takes a moment, longer on an idle machine."""


def _nobody() -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class RelayOrder:
    """What a relay is to do: from where to where, how badly, and from which seed.

    `others` are further addresses of the target, tried in turn (TCP only). `flows` and `idle` bound what it remembers;
    `witness` hears of every datagram (UDP only). `tell_shortage` is called when the process is out of descriptors, once
    a minute at most.
    """

    transport: Transport
    listen: Endpoint
    target: Endpoint
    impairment: Impairment
    seed: int
    witness: Witness | None = None
    flows: int = FLOWS
    idle: float = IDLE
    others: tuple[Endpoint, ...] = ()
    tell_shortage: Callable[[], None] = _nobody

    def stream(self, way: str) -> random.Random:
        """The random stream of one way."""
        return random.Random(f"{self.seed} {way}")


class Relay(Protocol):
    """A relay that is bound: `address` is where it listens."""

    address: SocketAddress

    async def run(self) -> None:
        """Pass on what comes, until cancelled or stopped."""

    def stop(self) -> None:
        """End it: what is held is not passed on any more. `run` returns soon after."""

    def close(self) -> None:
        """Give the port back, of a relay that never ran."""

    def report(self) -> RelayReport:
        """What was counted so far."""


def widen(opened: socket.socket) -> None:
    """Give a socket the room that a relay needs; the system gives as much of it as it allows."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        opened.setsockopt(socket.SOL_SOCKET, option, BUFFER)


class Waker:
    """Exact waits for a relay: an alarm where the system has one, and polling for the last moment.

    How long that moment is follows from how late the last waits ended: each moves it by an eighth, as RTT estimates do
    (RFC 6298, section 2).
    """

    def __init__(self) -> None:
        self._alarm: Alarm | None = open_alarm()
        self.clock = MonotonicClock(self._alarm)
        self.ahead = MOST_AHEAD

    async def while_running(self, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` with the alarm on."""
        async with trio.open_nursery() as nursery:
            if self._alarm is not None:
                nursery.start_soon(self._alarm.run)
            await body()
            nursery.cancel_scope.cancel()

    def set(self, scope: trio.CancelScope, when: int | None) -> None:
        """Have `scope` end a moment before `when`."""
        early = None if when is None else when - self.ahead
        scope.deadline = self.clock.deadline(early)
        if early is not None and early > self.clock.now():
            self.clock.alarm(early)

    def woken(self, when: int) -> None:
        """A wait that was set to `when` is over."""
        late = self.clock.now() - (when - self.ahead)
        self.ahead = min(max(self.ahead + (2 * late - self.ahead) // 8, LEAST_AHEAD), MOST_AHEAD)

    async def until(self, when: int) -> None:
        """Return at `when`, not before it; at the next checkpoint if that is past."""
        if when - self.clock.now() > self.ahead:
            with trio.CancelScope() as scope:
                self.set(scope, when)
                await trio.sleep_forever()
            self.woken(when)
        await trio.lowlevel.checkpoint()
        while self.clock.now() < when:
            await trio.lowlevel.checkpoint()


def close(opened: socket.socket) -> None:
    """Close a socket; whoever waits for it stops waiting."""
    if opened.fileno() >= 0:
        trio.lowlevel.notify_closing(opened.fileno())
        opened.close()


_NO_LINGER = struct.pack("ii", 1, 0)


def reset(opened: socket.socket) -> None:
    """Close a connection with RST: SO_LINGER with no time."""
    if opened.fileno() >= 0:
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        close(opened)
