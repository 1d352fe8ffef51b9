"""The plainest round trip that Python makes: two processes, blocking sockets, 64 bytes, one request in flight.

No accounting and no event loop, so it is what this machine and Python take by themselves. Waits, and decides nothing.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from array import array

from sockbench.errors import RunError
from sockbench.model.plan import Transport

LOOPBACK = "127.0.0.1"
MESSAGE = bytes(64)
PATIENCE = 1
"""Seconds after which a reply over loopback does not come any more."""
_KINDS: dict[Transport, socket.SocketKind] = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def listen(transport: Transport) -> socket.socket:
    """A socket at any free port of the loopback, for `echo`."""
    listener = socket.socket(socket.AF_INET, _KINDS[transport])
    listener.bind((LOOPBACK, 0))
    if transport == "tcp":
        listener.listen(1)
    return listener


def echo(listener: socket.socket) -> None:
    """Send back whatever comes: datagrams for ever, or one connection until its end."""
    if listener.type == socket.SOCK_DGRAM:
        while True:
            data, peer = listener.recvfrom(len(MESSAGE))
            listener.sendto(data, peer)
    peer_socket, _ = listener.accept()
    with contextlib.suppress(ConnectionError), peer_socket:
        peer_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := peer_socket.recv(len(MESSAGE)):
            peer_socket.sendall(data)


def connect(transport: Transport, port: int) -> socket.socket:
    """A socket for `round_trips` with who echoes at `port`. RunError when loopback fails."""
    asker = socket.socket(socket.AF_INET, _KINDS[transport])
    try:
        # Not `settimeout`, which would add a system call to each read.
        asker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
        asker.connect((LOOPBACK, port))
        if transport == "tcp":
            asker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        asker.close()
        raise RunError(f"cannot connect to {LOOPBACK} port {port} ({transport}): {_reason(error)}") from None
    return asker


def round_trips(asker: socket.socket, length: int) -> array[int]:
    """The round-trip times of `length` ns, in ns, one request after the other. RunError when loopback fails."""
    try:
        return _exchange(asker, length)
    except BlockingIOError:
        raise RunError(f"a message over loopback was not answered within {PATIENCE} s") from None
    except OSError as error:
        raise RunError(f"messages over loopback do not come back: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _exchange(asker: socket.socket, length: int) -> array[int]:
    found = array("q")
    now, send, receive, size = time.perf_counter_ns, asker.send, asker.recv, len(MESSAGE)
    end = now() + length
    done = 0
    while done < end:
        sent = now()
        send(MESSAGE)
        heard = len(receive(size))
        while heard < size:  # a stream may come in pieces
            piece = len(receive(size - heard))
            if not piece:
                raise ConnectionResetError(None, "the connection was closed")
            heard += piece
        done = now()
        found.append(done - sent)
    return found
