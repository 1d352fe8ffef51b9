"""Datagrams of one size to one peer, sent with one call: UDP_SEGMENT of Linux (udp(7), since 4.18).

The kernel takes them as one piece and cuts it into the same datagrams: on the wire nothing is different. It decides
nothing.
"""

from __future__ import annotations

import socket
import struct
import sys

from sockbench.net.addresses import SocketAddress

MOST = 64
"""Datagrams of one burst: UDP_MAX_SEGMENTS of older kernels."""
LARGEST = 1200
"""Bytes of a datagram that is sent in bursts: the kernel cuts none that is longer than what the way takes in one."""
_SOL_UDP, _UDP_SEGMENT = 17, 103  # <linux/udp.h>
_SIZE = struct.Struct("@H")
_LARGEST_BURST = 65_000
_IS_LINUX = sys.platform == "linux"


def send_burst(opened: socket.socket, burst: list[bytes], peer: SocketAddress | None = None) -> bool:
    """Send them all, to `peer` where the socket has no other end. False when it has to be done one by one.

    ConnectionError when the host of the other end refused an earlier datagram; then none left.
    """
    size = len(burst[0])
    if not 1 < len(burst) <= MOST or size > LARGEST or size * len(burst) > _LARGEST_BURST or not _IS_LINUX:
        return False
    control = [(_SOL_UDP, _UDP_SEGMENT, _SIZE.pack(size))]
    try:
        if peer is None:
            opened.sendmsg(burst, control)
        else:
            opened.sendmsg(burst, control, 0, peer)
    except ConnectionError:
        raise
    except OSError:  # no room, or a kernel or a device that does not know how
        return False
    return True
