"""How much room the kernel gives a socket, and what it says about datagrams for which there was none (Linux only).

Each socket counts its own (`sk_drops`, which SO_RXQ_OVFL tells too, but only with a next datagram; SO_MEMINFO needs
none). Where a socket does not say, there is the sum over all sockets of the network namespace.
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

# SO_MEMINFO of <asm-generic/socket.h>: nine counters of a socket, the last of them its drops (SK_MEMINFO_DROPS of
# <linux/sock_diag.h>), since Linux 4.12.
_SO_MEMINFO = 55
_COUNTERS = struct.Struct("9I")
_COUNTED = 2 if sys.platform == "linux" else 1  # Linux doubles what is asked for, and tells the double (socket(7))
_MOST = 2**30 - 1  # what is told, and doubled, is a C int
_SNMP, _SNMP6 = Path("/proc/net/snmp"), Path("/proc/net/snmp6")


def provide(opened: socket.socket, room: int) -> None:
    """Give a socket buffers of `room` bytes each way, as far as the kernel allows; never smaller ones than it has."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        if opened.getsockopt(socket.SOL_SOCKET, option) < room:
            opened.setsockopt(socket.SOL_SOCKET, option, asked_for(room))


def asked_for(room: int) -> int:
    """What setsockopt(2) must be given for a buffer of `room` bytes as the kernel counts them."""
    return min(_MOST, -(-room // _COUNTED))


def receive_buffer(opened: socket.socket) -> int:
    """What it has to receive into, in bytes as the kernel accounts for them."""
    return opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


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


def namespace_drops() -> int | None:
    """Datagrams dropped so far at all UDP sockets of the network namespace, over IPv4 and IPv6; None when unknown."""
    try:
        drops = snmp_drops(_SNMP.read_text())
    except OSError:
        return None
    try:
        more = snmp6_drops(_SNMP6.read_text())
    except OSError:
        more = 0  # a kernel without IPv6
    return None if drops is None or more is None else drops + more


def snmp_drops(text: str) -> int | None:
    """RcvbufErrors of UDP in the text of /proc/net/snmp: a line of names and a line of numbers a protocol."""
    rows = [line.split() for line in text.splitlines() if line.startswith("Udp: ")]
    if len(rows) != 2:
        return None
    return _whole(dict(zip(*rows, strict=False)).get("RcvbufErrors"))


def snmp6_drops(text: str) -> int | None:
    """Udp6RcvbufErrors in the text of /proc/net/snmp6: a name and a number a line."""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "Udp6RcvbufErrors":
            return _whole(words[1])
    return None


def _whole(word: str | None) -> int | None:
    return int(word) if word is not None and word.isascii() and word.isdigit() else None
