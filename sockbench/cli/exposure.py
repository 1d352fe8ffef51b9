"""What other machines can reach, said on standard error before it starts: each address, its service, its limits.

Of what listens on loopback addresses alone nothing is said.
"""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from sockbench.cli.exits import OutputError

if TYPE_CHECKING:
    from sockbench.model.plan import Server, Target

_EVERYWHERE = {"0.0.0.0": " (every IPv4 address of this machine)", "::": " (every IPv6 address of this machine)"}


def warn_of_servers(servers: Sequence[Server], *, as_json: bool = False) -> None:
    """Say what of these can be reached from elsewhere, if any; in lines of JSON for who reads the log as those."""
    public = [server for server in servers if _is_public(server.host)]
    if not public:
        return
    if as_json:
        _say(_event(server) for server in public)
        return
    from sockbench.net.responder import HELD
    from sockbench.report import cells, units
    from sockbench.wire import MAX_PAYLOAD

    rows = []
    for has_token, who in ((False, "whoever does"), (True, "whoever proves the token")):
        found = [server for server in public if (server.token is not None) is has_token]
        if found:
            rows.append(f"sockbench: other machines can reach these servers, and {who} is served:")
        rows += [f"  {cells.plain(server.name)}: {_place(server)}: {_limits(server)}" for server in found]
    common = (
        f"  messages up to {units.size(MAX_PAYLOAD)}; a server keeps up to {units.size(HELD)} for its peers; over UDP "
        "nobody without a place is sent more than three times what it sent"
    )
    _say([*rows, common])


def warn_of_relay(listen: Target, target: Target) -> None:
    """The same of a relay."""
    if not _is_public(listen.host):
        return
    from sockbench.net.relay_parts import FLOWS, IDLE

    what = "connections" if listen.transport == "tcp" else "client addresses"
    place = f"{listen.transport} {_address(listen.host, listen.port)}"
    _say(
        [
            f"sockbench: other machines can reach {place}, and through it {target.url}, as if they were this machine: "
            f"up to {FLOWS:,} {what}, forgotten after {IDLE:g} s of silence"
        ]
    )


def _is_public(host: str) -> bool:
    """Whether what listens on `host` hears more than this machine. Who cannot be found will not listen either."""
    from sockbench.net.admission import is_loopback

    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return not all(is_loopback(str(address[0])) for *_, address in found)


def _place(server: Server) -> str:
    return f"{server.transport} {_address(server.host, server.port)}"


def _address(host: str, port: int) -> str:
    from sockbench.report import cells

    shown = cells.plain(f"[{host}]" if ":" in host else host)
    return (f"{shown}:{port}" if port else f"{shown}, a free port") + _EVERYWHERE.get(host, "")


def _limits(server: Server) -> str:
    from sockbench.net.admission import CONNECTIONS, PER_ADDRESS
    from sockbench.net.memory import SESSIONS

    places = server.max_clients or {"registry": 10, "number": 5}.get(server.service)
    said = []
    if server.service == "registry":
        said.append(f"{places:,} places")
    elif server.transport == "udp":
        said.append(f"{SESSIONS:,} clients remembered")
    if server.transport == "tcp":
        waits = " at once, the others wait" if server.service == "number" else ""
        own = server.max_per_address or PER_ADDRESS
        said.append(f"{places or CONNECTIONS:,} connections{waits}, {own:,} of one address")
    if server.transport == "tcp" or server.service == "registry":
        said.append(f"given up after {server.idle:g} s of silence")
    return ", ".join(said)


def _event(server: Server) -> str:
    from sockbench.model.event import Event
    from sockbench.report.event_log import as_json

    address = f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
    event = Event("exposed", server.name, server.transport, address, text=_limits(server))
    return as_json(event, datetime.datetime.now().astimezone())


def _say(lines: Iterable[str]) -> None:
    with suppress(OutputError):
        for line in lines:
            click.echo(line, err=True)
