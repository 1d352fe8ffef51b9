"""Someone who watches a responder: tells events, and remembers who spoke. Pure; a responder without one costs nothing.

The table of peers is bounded: the one silent for longest makes room.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sockbench.model.event import Event, EventKind, PeerView
from sockbench.model.plan import Server
from sockbench.net.addresses import show
from sockbench.services import Answer, Departure

PEERS = 1000
_DROPPED = PEERS // 10  # at a time, of those silent for longest: to look for one costs as much as to look for many
_ANNOUNCED = re.compile(r"\((.*?)\) : (.*)", re.DOTALL)

Peer = Any
"""A socket address; hashable."""


class _Record:
    """What is remembered of one peer."""

    __slots__ = ("answered", "client", "heard", "received", "rejected")

    def __init__(self) -> None:
        self.client: int | None = None
        self.received = 0
        self.answered = 0
        self.rejected = 0
        self.heard = 0.0


class Watcher:
    """Watches one server; `tell` hears of each event, of a plain message or a drop only if `wants` says so, which is
    asked with the name of the service for each one: under full load nobody reads them, and an event costs as much as an
    answer.
    """

    def __init__(
        self, server: Server, tell: Callable[[Event], None], wants: Callable[[str], bool] = lambda service: True
    ) -> None:
        self._server = server
        self._tell = tell
        self._wants = wants
        self._peers: dict[Peer, _Record] = {}

    def message(self, peer: Peer, text: str, answer: Answer, now: float, *, registering: bool = False) -> None:
        """`peer` said `text` and was answered."""
        record = self._peers.get(peer) or self._meet(peer)
        record.heard = now
        record.received += 1
        record.answered += 1
        record.client = answer.client
        is_plain = answer.accepted and not (answer.new or answer.departed or registering)
        if is_plain and not self._wants(self._server.name):
            return
        for departure in answer.departed:
            self.departed(departure)
        announced = _ANNOUNCED.fullmatch(text)
        code = text if registering else announced and announced.group(1)
        if answer.new:
            self._say("registered", peer, client=answer.client, code=code)
        if not answer.accepted:
            record.rejected += 1
            self._say("refused", peer, code=code, text=answer.text)
        elif not registering:
            said = announced.group(2) if announced and answer.client is not None else text
            self._say("message", peer, client=answer.client, text=said, reply=answer.text)

    def connected(self, peer: Peer, now: float) -> None:
        """`peer` opened a TCP connection."""
        self._heard(peer, now)
        self._say("connected", peer)

    def closed(self, peer: Peer) -> None:
        """Its connection is closed."""
        record = self._peers.pop(peer, None)
        self._say("closed", peer, client=record.client if record else None)

    def dropped(self, peer: Peer, reason: str, now: float) -> None:
        """What `peer` sent was not answered."""
        self._heard(peer, now).rejected += 1
        if self._wants(self._server.name):
            self._say("dropped", peer, text=reason)

    def turned_away(self, peer: Peer, reason: str) -> None:
        """`peer` connected, was told why it is not served, and its connection is closed."""
        self._say("refused", peer, text=reason)

    def exhausted(self, address: Peer, connections: int) -> None:
        """The process has no descriptor for a further connection to the server, which listens at `address`."""
        self._say("exhausted", address, text=f"out of file descriptors with {connections:,} connections")

    def departed(self, departure: Departure) -> None:
        """A registered client was silent for too long: its place is free."""
        client, peer, silence = departure
        if (record := self._peers.get(peer)) is not None:
            record.client = None
        self._say("left", peer, client=client, text=f"silent for {silence:.1f} s")

    def dismissed(self, peer: Peer) -> None:
        """A client said good-bye: its place, if it had one, is free."""
        record = self._peers.get(peer)
        if record is not None and record.client is not None:
            self._say("left", peer, client=record.client, text="said good-bye")
            record.client = None

    def peers(self, now: float) -> tuple[PeerView, ...]:
        """The peers that are remembered, the last heard first."""
        return tuple(
            PeerView(show(peer), each.client, each.received, each.answered, each.rejected, now - each.heard)
            for peer, each in sorted(self._peers.items(), key=_silent_longest, reverse=True)
        )

    def _heard(self, peer: Peer, now: float) -> _Record:
        record = self._peers.get(peer) or self._meet(peer)
        record.heard = now
        return record

    def _meet(self, peer: Peer) -> _Record:
        """Remember a new peer."""
        if len(self._peers) >= PEERS:
            for old, _ in sorted(self._peers.items(), key=_silent_longest)[:_DROPPED]:
                del self._peers[old]
        record = self._peers[peer] = _Record()
        return record

    def _say(
        self,
        kind: EventKind,
        peer: Peer,
        *,
        client: int | None = None,
        code: str | None = None,
        text: str | None = None,
        reply: str | None = None,
    ) -> None:
        self._tell(Event(kind, self._server.name, self._server.transport, show(peer), client, code, text, reply))


def _silent_longest(item: tuple[Peer, _Record]) -> float:
    return item[1].heard
