"""`udp://127.0.0.1:10125`, `tcp://[::1]:8888` -> Target, and which hosts can be written. Resolves no name.

Pure: a Target or a host's text, or ValueError with a sentence that says how to write it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import cast

from sockbench.model.plan import Target, Transport
from sockbench.scenario.known import TRANSPORTS
from sockbench.scenario.words import hint, quoted

EXAMPLE = "udp://127.0.0.1:10125 or tcp://[::1]:8888"
TARGET_PATTERN = r"^(udp|tcp)://(\[[^\s\]]+\]|[^\s\[\]:/@?#]+):[0-9]{1,5}$"
MAX_HOST = 255

_HOST = re.compile(r"[^\s\[\]:/@?#]+")


def parse_target(text: str, lowest: int = 1) -> Target:
    """The transport, host and port (`lowest` to 65535) of a target's URL."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueError(f"{quoted(text)} has no transport: write it like {EXAMPLE}")
    if scheme not in TRANSPORTS:
        advice = hint(scheme, TRANSPORTS, "write udp or tcp")
        raise ValueError(f"{quoted(text)}: {quoted(scheme)} is not a transport{advice}")
    if rest.count(":") > 1 and not rest.startswith("["):
        raise ValueError(f"{quoted(text)} does not say where the host ends: put an IPv6 address in brackets")
    match = re.fullmatch(r"(\[.*\]|[^\[\]:]*)(?::(.*))?", rest, re.DOTALL)
    if match is None:
        raise ValueError(f"{quoted(text)} does not say where the host ends: write it like {EXAMPLE}")
    host, port = match[1], match[2]
    if not port:
        raise ValueError(f"{quoted(text)} has no port: write it like {EXAMPLE}")
    if not re.fullmatch("[0-9]{1,5}", port) or not lowest <= int(port) <= 65535:
        raise ValueError(f"{quoted(text)}: {quoted(port)} is not a port: write a number from {lowest} to 65535")
    if host.startswith("[") and ":" not in host:
        raise ValueError(f"{quoted(text)}: only an IPv6 address stands in brackets: leave them out")
    return Target(cast("Transport", scheme), parse_host(host.strip("[]")), int(port))


def parse_host(text: str) -> str:
    """A host's name, IPv4 or IPv6 address (without brackets), unchanged."""
    if not text:
        raise ValueError("the host is empty: write a name or an address, like 127.0.0.1")
    if ":" in text:
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            raise ValueError(
                f"{quoted(text)} is not a host: write a name or an address, like 127.0.0.1 or ::1, without a port"
            ) from None
    elif len(text) > MAX_HOST or not _HOST.fullmatch(text) or not text.isprintable():
        raise ValueError(f"{quoted(text)} is not a host: write a name or an address, like 127.0.0.1")
    return text
