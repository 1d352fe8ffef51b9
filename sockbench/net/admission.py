"""Which TCP connections a server takes: so many at once, and so many of one address. Pure.

One address is one IPv4 address or one IPv6 network of 64 bits, which is what one household or one room is given.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Hashable

from sockbench.services import full, full_of_address

CONNECTIONS = 10_000
"""Connections of one server when nothing else sets a limit."""

PER_ADDRESS = 1000
"""Connections of one address, unless it is a loopback address: those are this machine's own."""


class Admission:
    """Counts the connections of one server. `limit` None: others wait their turn instead. `per_address` None: the
    default, which loopback addresses are free of.
    """

    def __init__(self, limit: int | None, per_address: int | None) -> None:
        self._limit = limit
        self._per_address = per_address
        self._of_address: Counter[Hashable] = Counter()
        self._open = 0

    def admit(self, host: str) -> str | None:
        """A connection came from `host`: None and it counts until it leaves, or what to tell it that has no room."""
        if self._limit is not None and self._open >= self._limit:
            return full(self._limit)
        network, is_loopback = _network(host)
        most = PER_ADDRESS if self._per_address is None else self._per_address
        if self._of_address.get(network, 0) >= most and not (is_loopback and self._per_address is None):
            return full_of_address(most)
        self._of_address[network] += 1
        self._open += 1
        return None

    def leave(self, host: str) -> None:
        """A connection of `host` that was admitted is closed."""
        network, _ = _network(host)
        self._open -= 1
        self._of_address[network] -= 1
        if not self._of_address[network]:
            del self._of_address[network]


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    return _network(host)[1]


def _network(host: str) -> tuple[Hashable, bool]:
    if ":" not in host:
        return host, host.startswith("127.")
    address = ipaddress.IPv6Address(host.partition("%")[0])
    return ("IPv6", int(address) >> 64), address.is_loopback
