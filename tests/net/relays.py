"""A relay on a free port of the loopback, for as long as a block, and plain ends for it."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import trio

from sockbench.model.plan import Impairment, Transport
from sockbench.net.addresses import Endpoint, SocketAddress
from sockbench.net.relay import Relay, RelayOrder, bind_relay

PATIENCE = 30.0


def endpoint(address: SocketAddress) -> Endpoint:
    return Endpoint(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, address)


@contextlib.asynccontextmanager
async def relaying(
    transport: Transport, target: SocketAddress, impairment: Impairment, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[Relay]:
    """A relay before `target`; it is stopped with the block, and must then end."""
    order = RelayOrder(transport, endpoint((host, 0)), endpoint(target), impairment, **({"seed": 1} | options))
    relay = bind_relay(order)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.run)
            yield relay
            relay.stop()


async def udp_socket(
    bound_to: SocketAddress | None = None, connected_to: SocketAddress | None = None
) -> trio.socket.SocketType:
    """A UDP socket."""
    address = bound_to or connected_to
    assert address is not None
    opened = trio.socket.socket(endpoint(address).family, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    if bound_to is not None:
        await opened.bind(bound_to)
    if connected_to is not None:
        await opened.connect(connected_to)
    return opened


async def echo_datagrams(server: trio.socket.SocketType) -> None:
    """Send everything back, for as long as the task lives."""
    while True:
        data, peer = await server.recvfrom(70_000)
        await server.sendto(data, peer)


@contextlib.contextmanager
def descriptors_left(number: int) -> Iterator[None]:
    """A process that can open only so many files more, all together, for as long as the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    first = os.dup(0)
    os.close(first)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first + number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def until(condition: Any) -> None:
    """Wait, in turns with everybody else, until something is so; PATIENCE bounds it."""
    while not condition():  # noqa: ASYNC110 - what it waits for is a count of the relay, which tells nobody of it
        await trio.sleep(0.002)
