"""A responder for a server with a token: what its guard does not admit is dropped in silence, or ends its connection.

What is admitted is answered as ever, and each answer is proven. Pure but for the guard's clock.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable

from sockbench.errors import BadMessage
from sockbench.model.plan import Server
from sockbench.model.secret import Secret
from sockbench.net.responder import Conversation, Responder
from sockbench.net.watcher import Watcher
from sockbench.services import Service, make_service
from sockbench.wire import Guard
from sockbench.wire.token import Cutter, Unproven


def guards_of(plans: Iterable[Server]) -> dict[Secret | None, Guard]:
    """A guard for each token of some servers, which those that have it share."""
    return {plan.token: Guard(plan.token, time.time_ns) for plan in plans if plan.token is not None}


def responder_of(plan: Server, watcher: Watcher | None, guard: Guard | None = None) -> Responder:
    """What answers for a server; one with a token gets a guard of its own where none is given."""
    service = make_service(plan)
    if plan.token is None:
        return Responder(service, watcher)
    return ProvenResponder(service, guard or Guard(plan.token, time.time_ns), watcher)


class ProvenResponder(Responder):
    """One service, and its counts, for those who know the token."""

    unproven: int

    def __init__(self, service: Service, guard: Guard, watcher: Watcher | None = None) -> None:
        super().__init__(service, watcher)
        self.guard = guard
        self.unproven = 0

    def datagram(self, data: bytes, peer: Hashable, now: float) -> bytes | None:
        """The datagram to send back to `peer`, if any: none to who does not know the token."""
        try:
            envelope = self.guard.admit(data)
        except BadMessage as error:
            self.refuse(peer, error, now)
            return None
        reply = super().datagram(envelope, peer, now)
        return None if reply is None else self.guard.reply(reply, data)

    def connection(self, peer: Hashable, now: float) -> Conversation:
        """A peer connected."""
        super().connection(peer, now)
        return ProvenConversation(self, peer)

    def refuse(self, peer: Hashable, error: BadMessage, now: float) -> None:
        """What `peer` sent was not admitted."""
        self.unproven += isinstance(error, Unproven)
        self.drop(peer, str(error), now)


class ProvenConversation(Conversation):
    """One TCP connection, which ends with the first message that is not admitted."""

    def __init__(self, responder: ProvenResponder, peer: Hashable) -> None:
        super().__init__(responder, peer)
        self._proven = responder
        self._cutter = Cutter()

    def receive(self, data: bytes, now: float) -> bytes:
        """The bytes to send back for `data`; when `closing` is then set, the connection ends after them."""
        guard = self._proven.guard
        replies = []
        try:
            found = self._cutter.feed(data)
            if not found:
                self.keep(len(data), now)
                return b""
            self.release()
            for sealed in found:
                reply = super().receive(guard.admit(sealed), now)  # one whole envelope, so at most one reply
                if reply:
                    replies.append(guard.reply(reply, sealed))
                if self.closing:
                    break
            if self._cutter.rest:
                self.keep(len(self._cutter.rest), now)
        except BadMessage as error:
            self._proven.refuse(self._peer, error, now)
            self.closing = True
        return b"".join(replies)
