"""What the kernel says about sockets: datagrams that it dropped because a receive buffer was full. Linux only."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_TABLES = {socket.AF_INET: "/proc/net/udp", socket.AF_INET6: "/proc/net/udp6"}


def udp_drops(bound: socket.socket) -> int | None:
    """Datagrams dropped at the receive buffer of `bound`, since it was opened; None where that cannot be known."""
    table = _TABLES.get(bound.family)
    if table is None or bound.type != socket.SOCK_DGRAM:
        return None
    try:
        inode = str(os.fstat(bound.fileno()).st_ino)
        lines = Path(table).read_text().splitlines()[1:]
    except OSError:
        return None
    return find_drops(lines, inode)


def find_drops(lines: list[str], inode: str) -> int | None:
    """The last column of the line of `inode` in a table of proc(5) `/proc/net/udp`."""
    for line in lines:
        fields = line.split()
        if len(fields) >= 13 and fields[9] == inode:
            return int(fields[12])
    return None
