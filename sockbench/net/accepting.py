"""How a server sends a TCP connection away. It decides nothing about which."""

from __future__ import annotations

import socket

from sockbench.net.addresses import SocketAddress
from sockbench.net.responder import Responder


def turn_away(connection: socket.socket, peer: SocketAddress, responder: Responder, reason: str) -> None:
    """Tell a peer for whom there is no room why, and close."""
    responder.turn_away(peer, reason)
    with connection:
        try:
            connection.send(reason.encode())
        except OSError:
            return  # it did not wait for the reason
