"""Datagrams of one size, to one peer or from one, with one call: UDP_SEGMENT and UDP_GRO of Linux (udp(7), since 4.18
and 5.0).

The kernel takes them as one piece and cuts it into the same datagrams: on the wire nothing is different. Those that
come close together it gives as one piece, and says where to cut. This decides nothing.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys

from sockbench.net.addresses import SocketAddress

MOST = 64
"""Datagrams of one burst: UDP_MAX_SEGMENTS of older kernels."""
LARGEST = 1200
"""Bytes of a datagram that is sent in bursts: the kernel cuts none that is longer than what the way takes in one."""
_SOL_UDP, _UDP_SEGMENT, _UDP_GRO = 17, 103, 104  # <linux/udp.h>
_SIZE, _SIZE_READ = struct.Struct("@H"), struct.Struct("@i")
_CONTROL = socket.CMSG_SPACE(_SIZE_READ.size)
_PIECE = 65_535
_LARGEST_BURST = 65_000
_UNABLE = {
    errno.EAGAIN,
    errno.ENOBUFS,
    errno.ENOMEM,
    errno.EINVAL,
    errno.EIO,
    errno.EMSGSIZE,
    errno.ENOPROTOOPT,
    errno.EOPNOTSUPP,
}
"""No room, or a kernel or a device that does not know how."""
_IS_LINUX = sys.platform == "linux"


def send_burst(opened: socket.socket, burst: list[bytes], peer: SocketAddress | None = None) -> bool:
    """Send them all, to `peer` where the socket has no other end. False when it has to be done one by one.

    OSError for what the way to the other end says of earlier datagrams; then none of these left.
    """
    size = len(burst[0])
    if not 1 < len(burst) <= MOST or size > LARGEST or size * len(burst) > _LARGEST_BURST or not _IS_LINUX:
        return False
    if not _can_cut(opened):
        return False
    control = [(_SOL_UDP, _UDP_SEGMENT, _SIZE.pack(size))]
    try:
        if peer is None:
            opened.sendmsg(burst, control)
        else:
            opened.sendmsg(burst, control, 0, peer)
    except OSError as error:
        if error.errno in _UNABLE:
            return False
        raise
    return True


def _can_cut(opened: socket.socket) -> bool:
    """Whether the kernel knows how. One before 4.18 passes over the wish to cut, and would send one long datagram."""
    try:
        opened.getsockopt(_SOL_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True


def take_bulks(opened: socket.socket) -> None:
    """Have the kernel give datagrams in bulk, where it can. From now on they are read with `receive_bulk` alone."""
    if _IS_LINUX:
        with contextlib.suppress(OSError):  # a kernel that does not know how
            opened.setsockopt(_SOL_UDP, _UDP_GRO, 1)


def receive_bulk(opened: socket.socket) -> list[bytes]:
    """Datagrams that came, in their order, at least one. BlockingIOError when there is none."""
    data, ancillary, _, _ = opened.recvmsg(_PIECE, _CONTROL)
    for level, kind, value in ancillary:
        if (level, kind) == (_SOL_UDP, _UDP_GRO):
            (size,) = _SIZE_READ.unpack_from(value)
            return [data[start : start + size] for start in range(0, len(data), size)]
    return [data]
