"""A relay: a socket that stands for a server, and does to the traffic what an impairment says, both ways.

What is lost, when and how often is decided in `sockbench.impair`; the relays only wait for it and send.
"""

from __future__ import annotations

import socket

from sockbench.errors import RunError
from sockbench.net.addresses import SocketAddress, explain, reaches, show, socket_type
from sockbench.net.relay_parts import Relay, RelayOrder, widen
from sockbench.net.relay_tcp import TcpRelay
from sockbench.net.relay_udp import UdpRelay

__all__ = ["Relay", "RelayOrder", "bind_relay"]

BACKLOG = 1024


def bind_relay(order: RelayOrder) -> Relay:
    """Bind its socket. RunError when that cannot be."""
    _refuse_itself(order, order.listen.address)
    try:
        bound = _listen(order)
    except OSError as error:
        place = f"{order.transport} {show(order.listen.address)}"
        raise RunError(f"the relay cannot listen on {place}: {explain(error)}") from None
    try:
        _refuse_itself(order, bound.getsockname())  # port 0 has become one that may be the target's
    except RunError:
        bound.close()
        raise
    return UdpRelay(order, bound) if order.transport == "udp" else TcpRelay(order, bound)


def _refuse_itself(order: RelayOrder, address: SocketAddress) -> None:
    """RunError when what the relay sends on would come to `address`, where it listens."""
    for target in (order.target, *order.others):
        if reaches(target.address, address):
            raise RunError(
                f"the relay would lead back to itself: {order.transport} {show(target.address)} is where it listens; "
                "give it another port, or another target"
            )


def _listen(order: RelayOrder) -> socket.socket:
    bound = socket.socket(order.listen.family, socket_type(order.transport))
    try:
        bound.setblocking(False)
        if order.listen.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if order.transport == "udp":
            widen(bound)
            bound.bind(order.listen.address)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(order.listen.address)
            bound.listen(BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound
