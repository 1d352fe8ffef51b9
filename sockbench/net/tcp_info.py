"""What the kernel knows of a TCP connection: TCP_INFO of tcp(7), a `struct tcp_info` of <linux/tcp.h>. Linux only.

The structure only ever grew at its end, so an older kernel gives less of it: what it lacks is None. It judges nothing.
"""

from __future__ import annotations

import socket
import struct
import sys

from sockbench.model.connection import TcpInfo

# Offsets on every architecture: the fields before them are naturally aligned.
_RTT, _RTTVAR, _LOST, _TOTAL_RETRANS = 68, 72, 32, 100  # Linux 2.6
_MIN_RTT, _DATA_SEGS_OUT = 148, 156  # 4.6
_DELIVERED = 192  # 4.18
_DSACK_DUPS, _REORD_SEEN = 216, 220  # 4.19
_WORD = struct.Struct("@I")
_SIZE = 256  # more than any kernel gives; it says how much it gave
_UNKNOWN = 0xFFFFFFFF  # a minimum of nothing (tcp_min_rtt)
_US = 1000  # ns; the kernel counts microseconds


def tcp_info(opened: socket.socket) -> TcpInfo | None:
    """Of a TCP socket that is open, or that broke; None where the system does not tell."""
    if sys.platform != "linux":
        return None  # FreeBSD has the option too, of another shape
    try:
        return parse_tcp_info(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE))
    except OSError:
        return None


def parse_tcp_info(raw: bytes) -> TcpInfo:
    """The bytes that the kernel gave, of any length."""
    shortest = _word(raw, _MIN_RTT)
    return TcpInfo(
        rtt=_time(_word(raw, _RTT)),
        rttvar=_time(_word(raw, _RTTVAR)),
        min_rtt=None if shortest == _UNKNOWN else _time(shortest),
        retransmits=_word(raw, _TOTAL_RETRANS),
        lost=_word(raw, _LOST),
        segments=_word(raw, _DATA_SEGS_OUT),
        delivered=_word(raw, _DELIVERED),
        dsack_dups=_word(raw, _DSACK_DUPS),
        reorderings=_word(raw, _REORD_SEEN),
    )


def _word(raw: bytes, offset: int) -> int | None:
    if len(raw) < offset + _WORD.size:
        return None
    word: int = _WORD.unpack_from(raw, offset)[0]
    return word


def _time(microseconds: int | None) -> int | None:
    """In ns; no time at all is a time that was not measured."""
    return microseconds * _US if microseconds else None
