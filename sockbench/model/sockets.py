"""How the sockets of a group or a server are set up, where a scenario says so. Sizes are bytes.

None leaves an option to the operating system. Only `nodelay` has a default of its own: requests leave at once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """Options of tcp(7) and socket(7); over UDP the two buffers alone mean anything.

    A buffer is what the kernel counts of it: Linux doubles what setsockopt(2) is given, to have room for its own
    bookkeeping, so half is asked for and the whole is read back.
    """

    nodelay: bool = True  # TCP_NODELAY; False: Nagle's algorithm (RFC 896)
    quickack: bool | None = None  # TCP_QUICKACK, after each read; False: acknowledgements are delayed (RFC 1122)
    send_buffer: int | None = None  # SO_SNDBUF
    receive_buffer: int | None = None  # SO_RCVBUF
    congestion: str | None = None  # TCP_CONGESTION: reno, cubic, …


PLAIN = SocketOptions()
"""What a socket is where a scenario says nothing."""
