"""Services: a pure function from a request to its reply each. A new one is one file and one entry in `SERVICES`."""

from __future__ import annotations

from collections.abc import Callable

from sockbench.model.plan import Server
from sockbench.services.base import Answer, Service
from sockbench.services.echo import Echo
from sockbench.services.number import Number
from sockbench.services.registry import Registry
from sockbench.services.upper import Upper

SERVICES: dict[str, Callable[[Server], Service]] = {
    "registry": lambda server: Registry(max_clients=server.max_clients or 10, idle=server.idle),
    "echo": lambda server: Echo(banner=server.banner),
    "upper": lambda server: Upper(once=server.once),
    "number": lambda server: Number(max_clients=server.max_clients),
}


def make_service(server: Server) -> Service:
    """A fresh service, as the plan's `server` describes it. KeyError when there is none of that name."""
    return SERVICES[server.service](server)


__all__ = ["SERVICES", "Answer", "Service", "make_service"]
