"""Services: a pure function from a request to its reply each. A new one is one file and one entry in `SERVICES`."""

from __future__ import annotations

from collections.abc import Callable

from sockbench.model.plan import Server, Transport
from sockbench.services.base import Answer, Departure, Service
from sockbench.services.echo import PREFIX, Echo
from sockbench.services.number import NO_INTEGER, Number
from sockbench.services.registry import FULL, WELCOME, Registry, full, full_of_address
from sockbench.services.upper import Upper

SERVICES: dict[str, Callable[[Server], Service]] = {
    "registry": lambda server: Registry(max_clients=server.max_clients or 10, idle=server.idle),
    "echo": lambda server: Echo(banner=server.banner),
    "upper": lambda server: Upper(once=server.once),
    "number": lambda server: Number(max_clients=server.max_clients or 5),
}

DEFAULTS: dict[str, tuple[int, tuple[Transport, ...]]] = {
    "registry": (10125, ("udp",)),
    "echo": (1234, ("tcp", "udp")),
    "upper": (12000, ("tcp", "udp")),
    "number": (8888, ("tcp",)),
}
"""Where `serve` has each service listen and `send` looks for it: the port and the transports, the usual one first."""

REPLIES: tuple[str, ...] = (PREFIX, WELCOME, FULL, NO_INTEGER)
"""How the replies begin by which a service can be known; those of `upper`, and numbers, could be requests too."""


def make_service(server: Server) -> Service:
    """A fresh service, as the plan's `server` describes it. KeyError when there is none of that name."""
    return SERVICES[server.service](server)


__all__ = [
    "DEFAULTS",
    "REPLIES",
    "SERVICES",
    "Answer",
    "Departure",
    "Service",
    "full",
    "full_of_address",
    "make_service",
]
