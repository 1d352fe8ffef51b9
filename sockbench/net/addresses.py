"""Names and ports to socket addresses and back, and the one place where an `OSError` is put into words."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import Any, NamedTuple

import trio

from sockbench.errors import RunError
from sockbench.model.plan import Transport

SocketAddress = tuple[Any, ...]
"""An address as the `socket` module takes it: (host, port) for IPv4, (host, port, flow, scope) for IPv6."""

_ADVICE = {
    errno.EADDRINUSE: "the port is already in use; stop the program that uses it, or choose another port",
    errno.EACCES: "this user may not use that port; choose one from 1024 up",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ECONNREFUSED: "connection refused; is the server running there?",
    errno.ECONNRESET: "the peer reset the connection",
    errno.ETIMEDOUT: "no answer to the connection request",
    errno.EHOSTUNREACH: "no route to that host",
    errno.ENETUNREACH: "no route to that network",
    errno.EMFILE: "too many open files; raise the limit with `ulimit -n`",
    errno.ENFILE: "this machine has too many open files",
}


class Endpoint(NamedTuple):
    """A resolved address: all that a socket needs to reach it or to be bound to it."""

    family: socket.AddressFamily
    address: SocketAddress


def explain(error: OSError) -> str:
    """What went wrong and what to do about it, as the end of a sentence."""
    known = _ADVICE.get(error.errno or 0)
    if known:
        return known
    return (error.strerror or os.strerror(error.errno or 0)).lower()


def socket_type(transport: Transport) -> socket.SocketKind:
    """The kind of socket that `transport` uses."""
    return socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM


async def resolve(host: str, port: int, transport: Transport) -> list[Endpoint]:
    """The addresses of `host`, IPv4 first: that is where a classroom's servers listen. RunError when it has none."""
    try:
        found = await trio.socket.getaddrinfo(host, port, type=socket_type(transport))
    except OSError as error:
        raise RunError(f"the host {host!r} is not known: {(error.strerror or str(error)).lower()}") from None
    except UnicodeError:
        raise RunError(f"{host!r} cannot be the name of a host") from None
    endpoints = [Endpoint(socket.AddressFamily(family), address) for family, _, _, _, address in found]
    return sorted(dict.fromkeys(endpoints), key=lambda endpoint: endpoint.family != socket.AF_INET)


def reaches(target: SocketAddress, listener: SocketAddress) -> bool:
    """Whether what is sent to `target` comes to a socket of the same transport that is bound to `listener`.

    0.0.0.0 and :: stand for every address of this machine, each of its own family.
    """
    there, here = _host(target), _host(listener)
    if target[1] != listener[1] or there.version != here.version:
        return False
    if there == here:
        return True
    if there.is_unspecified:
        return is_local(str(here))
    return here.is_unspecified and is_local(str(there))


def is_local(host: str) -> bool:
    """Whether an address is one of this machine's: only those can be bound to."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def _host(address: SocketAddress) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IP address of a socket's address; an IPv4 address inside of an IPv6 one is what it stands for."""
    found = ipaddress.ip_address(address[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def show(address: SocketAddress) -> str:
    """An address as people write it: `127.0.0.1:1234`, `[::1]:1234`."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
