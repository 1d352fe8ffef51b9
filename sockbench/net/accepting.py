"""How a server takes a TCP connection from the kernel, and how it sends one away. It decides nothing about which."""

from __future__ import annotations

import errno
import socket

import trio

from sockbench.net.addresses import SocketAddress
from sockbench.net.responder import Responder

PAUSE = 0.1
"""Seconds to wait for a descriptor to become free, when there is none for a connection that waits."""
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


async def accept(listener: socket.socket) -> tuple[socket.socket, SocketAddress]:
    """The next connection. When the process is out of descriptors, the peers wait until one is free."""
    while True:
        try:
            connection, peer = listener.accept()
        except BlockingIOError:
            await trio.lowlevel.wait_readable(listener.fileno())
            continue
        except ConnectionError:
            continue  # that peer is gone
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            await trio.sleep(PAUSE)
            continue
        connection.setblocking(False)
        return connection, peer


def turn_away(connection: socket.socket, peer: SocketAddress, responder: Responder, reason: str) -> None:
    """Tell a peer for whom there is no room why, and close."""
    responder.turn_away(peer, reason)
    with connection:
        try:
            connection.send(reason.encode())
        except OSError:
            return  # it did not wait for the reason
