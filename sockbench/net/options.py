"""Socket options that a scenario asks for: set on a socket, read back, and refused in a sentence where they cannot be.

It decides nothing about what they do to a run.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from sockbench.errors import RunError
from sockbench.model.plan import Transport
from sockbench.model.sockets import SocketOptions
from sockbench.net.addresses import explain
from sockbench.net.kernel import asked_for

# By name, since not every system has them: TCP_QUICKACK is Linux's own, TCP_CONGESTION is FreeBSD's too.
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_CONGESTION: int | None = getattr(socket, "TCP_CONGESTION", None)
_ALGORITHM_BYTES = 16  # TCP_CA_NAME_MAX of <net/tcp.h>
_ALGORITHMS = Path("/proc/sys/net/ipv4")

Receive = Callable[[int], bytes]
"""Reads at most so many bytes of a socket; BlockingIOError when there are none."""


def set_options(opened: socket.socket, options: SocketOptions, transport: Transport) -> None:
    """Before the socket is connected, or listens: a window scale is settled by then. OSError when one cannot be set.

    What a listening socket has, those that it accepts have from the beginning.
    """
    for option, size in ((socket.SO_SNDBUF, options.send_buffer), (socket.SO_RCVBUF, options.receive_buffer)):
        if size is not None:
            opened.setsockopt(socket.SOL_SOCKET, option, asked_for(size))
    if transport == "udp":
        return
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, options.nodelay)
    if options.congestion is not None and _CONGESTION is not None:
        opened.setsockopt(socket.IPPROTO_TCP, _CONGESTION, options.congestion.encode())
    if options.quickack is not None and _QUICKACK is not None:
        opened.setsockopt(socket.IPPROTO_TCP, _QUICKACK, options.quickack)


def receiver(connected: socket.socket, options: SocketOptions) -> Receive:
    """What reads a TCP socket so that its `quickack` holds: the kernel forgets it as data comes and goes (tcp(7)), so
    it is set again after each read. To set it sends an acknowledgement that was delayed.
    """
    read, quickack, option = connected.recv, options.quickack, _QUICKACK
    if quickack is None or option is None:
        return read
    set_again = connected.setsockopt

    def read_and_set(most: int) -> bytes:
        data = read(most)
        set_again(socket.IPPROTO_TCP, option, quickack)
        return data

    return read_and_set


def send_buffer(opened: socket.socket) -> int:
    """What it has to send from, in bytes as the kernel accounts for them."""
    return opened.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def congestion_of(opened: socket.socket) -> str | None:
    """The congestion control of a TCP socket; None when the system does not tell."""
    if _CONGESTION is None:
        return None
    try:
        name = opened.getsockopt(socket.IPPROTO_TCP, _CONGESTION, _ALGORITHM_BYTES)
    except OSError:
        return None
    return name.split(b"\0", 1)[0].decode(errors="replace") or None


def require_options(whose: str, options: SocketOptions, transport: Transport, system: str = sys.platform) -> None:
    """RunError when this machine has not what `whose` options ask for: `group 'askers'`, `server 'echo'`."""
    if transport == "udp":
        return
    if options.quickack is not None and (_QUICKACK is None or system != "linux"):
        raise RunError(f"{whose} asks for quickack, which needs Linux, and this is {system}: leave it out")
    if options.congestion is None:
        return
    if _CONGESTION is None:
        raise RunError(
            f"{whose} asks for congestion: {options.congestion}, which this system ({system}) lets nobody choose: "
            "leave it out"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.setsockopt(socket.IPPROTO_TCP, _CONGESTION, options.congestion.encode())
        except OSError as error:
            raise RunError(f"{whose} asks for congestion: {options.congestion}, {_why_not(error)}") from None


def _why_not(error: OSError) -> str:
    if error.errno == errno.EPERM:
        return f"which this machine allows root alone: write one of {_known('tcp_allowed_congestion_control')}"
    if error.errno == errno.ENOENT:
        kind = "available" if os.geteuid() == 0 else "allowed"
        return f"which this kernel does not have: write one of {_known(f'tcp_{kind}_congestion_control')}"
    return f"which this kernel refuses ({explain(error)}): leave it out"


def _known(name: str) -> str:
    try:
        return ", ".join((_ALGORITHMS / name).read_text().split())
    except OSError:
        return f"those of net.ipv4.{name}"
