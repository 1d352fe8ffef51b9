"""What happens at a server, one noun for each thing that a person who watches it may want to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sockbench.model.plan import Transport

EventKind = Literal[
    "exposed",
    "listening",
    "connected",
    "registered",
    "message",
    "refused",
    "exhausted",
    "dropped",
    "left",
    "closed",
    "stopped",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one service. What does not belong to its kind is None.

    address: the peer's, or the server's own when it listens, stops or is `exhausted`. client: the number of a
    registered client, and code the one that it announced. text: the message of a `message`, the reason of a `refused`,
    `exhausted`, `dropped` or `left`, the limits of an `exposed`.
    """

    kind: EventKind
    service: str
    transport: Transport
    address: str
    client: int | None = None
    code: str | None = None
    text: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class PeerView:
    """One peer of a server, as a person sees it: counts since it was first heard, and its silence in seconds."""

    address: str
    client: int | None
    received: int
    answered: int
    rejected: int
    idle_s: float


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server at one moment, with the peers that it remembers, the last heard first."""

    name: str
    transport: Transport
    address: str
    received: int
    answered: int
    rejected: int
    kernel_drops: int | None
    peers: tuple[PeerView, ...]
