"""What the keys of sockets mean: those of TCP on UDP are refused with the reason, the others become options.

Whether this machine has them is not asked here: a scenario is as good on one system as on another.
"""

from __future__ import annotations

from sockbench.model.plan import Transport
from sockbench.model.sockets import SocketOptions
from sockbench.scenario.defaults import format_of
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import GroupKeys
from sockbench.scenario.socket_keys import SocketKeys
from sockbench.scenario.words import quoted

_OF_TCP = {
    "nodelay": "UDP holds no datagram back",
    "quickack": "UDP acknowledges nothing",
    "congestion": "UDP controls no congestion",
    "writes": "a datagram is written whole",
    "max_per_address": "UDP has no connections",
}


def check_sockets(keys: SocketKeys, at: Path, transport: Transport | None, findings: Findings) -> None:
    """Of a server, or of a group, whose transport is known."""
    if transport != "udp":
        return
    for key, reason in _OF_TCP.items():
        if key in keys.model_fields_set:
            findings.key((*at, key), f"{quoted(key)} is for TCP only, and this is UDP ({reason}): leave it out")


def check_writes(group: GroupKeys, at: Path, findings: Findings) -> None:
    """In the text format what one read gives is a message, so it must be written at once."""
    if group.writes > 1 and format_of(group) == "text" and not findings.touches((*at, "format")):
        findings.value(
            (*at, "writes"),
            f"{quoted(str(group.writes))} is too many: in the text format one write is one message; write 1, or "
            "format: envelope",
        )


def options_of(keys: SocketKeys) -> SocketOptions:
    """Every option, as written or by default."""
    return SocketOptions(
        nodelay=keys.nodelay,
        quickack=keys.quickack,
        send_buffer=keys.send_buffer,
        receive_buffer=keys.receive_buffer,
        congestion=keys.congestion,
    )
