"""What a relay counted: nouns only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sockbench.model.plan import Transport

Direction = Literal["up", "down"]
"""`up` is to the server, `down` to the client."""
Cause = Literal["loss", "queue", "send"]
"""Why a copy never arrived: by chance, for want of room, or because this machine did not send it."""


@dataclass(frozen=True, slots=True)
class WayCounts:
    """What became of what came one way: datagrams over UDP, bytes over TCP.

    Always received + duplicated == lost + overflowed + unsent + delivered + held. `corrupted` and `reordered`
    (held back) are among them. `unsent`: the socket did not take it, or whom it was for has left.
    """

    received: int = 0
    duplicated: int = 0
    lost: int = 0
    overflowed: int = 0
    unsent: int = 0
    delivered: int = 0
    held: int = 0
    corrupted: int = 0
    reordered: int = 0


@dataclass(frozen=True, slots=True)
class RelayReport:
    """One relay's counts. `flows` are client addresses over UDP, connections over TCP."""

    transport: Transport
    address: str
    target: str
    up: WayCounts
    down: WayCounts
    flows: int
    turned_away: int  # UDP: datagrams of clients, TCP: connections, for which this machine or the limit had no room
    forgotten: int  # clients or connections silent for too long; UDP: those that made room for others, too
    refused: int  # UDP: refusals (ICMP) by the target, which are not passed on; TCP: connections it did not take
    resets: int  # TCP: connections reset by the impairment
    kernel_drops: int | None  # datagrams that the kernel dropped at the relay's own sockets
    own: int = 0  # UDP: datagrams that came from its own sockets to the target, and were dropped


@dataclass(frozen=True, slots=True)
class GroupTruth:
    """What became of one group's requests of the measurement, as the relay saw it: the first six add up to `requests`.

    lost_up: no copy that still named the request was sent on to the server; lost_down: one was, and no such reply to
    the client. duplicate: further replies that were sent on; reordered as in RFC 4737, in the order of sending on;
    stray: datagrams sent on to its clients with a changed header, which then name no request.
    """

    group: str
    requests: int
    ok: int
    late: int
    corrupt: int
    refused: int
    lost_up: int
    lost_down: int
    duplicate: int
    reordered: int
    stray: int


@dataclass(frozen=True, slots=True)
class RelayResult:
    """One relay of a run, from its start to its stop, warm-up included: before a server, or of one group alone.
    `groups` is empty where it cannot tell requests apart.
    """

    before: Literal["server", "group"]
    name: str
    report: RelayReport
    groups: tuple[GroupTruth, ...]
