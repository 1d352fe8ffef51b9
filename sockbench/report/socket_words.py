"""Options of sockets for people: those that a scenario sets, in its own words."""

from __future__ import annotations

from sockbench.model.sockets import PLAIN, SocketOptions
from sockbench.report import units


def socket_words(options: SocketOptions, writes: int = 1) -> list[str]:
    """What is not as by default: `nodelay: false`, `writes: 2`."""
    found = [
        f"{key}: {str(value).lower()}"
        for key, value in (("nodelay", options.nodelay), ("quickack", options.quickack))
        if value is not getattr(PLAIN, key)
    ]
    found += [
        f"{key}: {units.size(size)}"
        for key, size in (("send_buffer", options.send_buffer), ("receive_buffer", options.receive_buffer))
        if size is not None
    ]
    if options.congestion is not None:
        found.append(f"congestion: {options.congestion}")
    return [*found, f"writes: {writes}"] if writes > 1 else found
