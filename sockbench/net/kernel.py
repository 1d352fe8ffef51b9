"""What the kernel says about sockets: datagrams that it dropped because a receive buffer was full. Linux only."""

from __future__ import annotations

import socket
import struct
import sys

# SO_MEMINFO of <asm-generic/socket.h>: nine counters of a socket, the last of them its drops (SK_MEMINFO_DROPS of
# <linux/sock_diag.h>), since Linux 4.12.
_SO_MEMINFO = 55
_COUNTERS = struct.Struct("9I")


def udp_drops(opened: socket.socket) -> int | None:
    """Datagrams dropped at the receive buffer of `opened`, since it was opened; None where that cannot be known."""
    if opened.type != socket.SOCK_DGRAM or sys.platform != "linux":
        return None
    try:
        counters = opened.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _COUNTERS.size)
    except OSError:
        return None
    if len(counters) < _COUNTERS.size:
        return None
    drops: int = _COUNTERS.unpack(counters)[-1]
    return drops
