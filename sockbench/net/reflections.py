"""Which texts over UDP a server leaves unanswered, so that no two servers answer each other for ever. Pure.

An envelope says whether it asks or answers; a text does not, and its sender's address may be forged to be another
server's. Three signs tell: the port it comes from, how it begins, and that it only ever brings back what was said.
"""

from __future__ import annotations

from collections.abc import Hashable

from sockbench.services import DEFAULTS, REPLIES

RESERVED = 1024
"""Ports below this are those of servers (RFC 6335, section 6): echo (7), chargen (19), DNS (53) answer anything."""

RETURNS = 1000
"""How often a peer may bring back the same reply before one datagram of it is not answered: that ends a loop, and costs
a client that asks the same for ever one request in so many."""

SPAN = 65_536
"""Fixed points of a peer after which a reply that did not come back is no longer looked for: more than go round between
two servers at once, whose sockets hold 8 MiB each, of which the smallest datagram takes 768 bytes."""

_SERVERS = frozenset(port for port, _ in DEFAULTS.values())


def reason_for_silence(text: str, peer: Hashable) -> str | None:
    """Why `text` from `peer` is to have no answer, if it is not; `peer` is (host, port, ...)."""
    port = peer[1] if isinstance(peer, tuple) else RESERVED
    if port < RESERVED or port in _SERVERS:
        return f"a text from port {port}, which is a server's, is not answered"
    if text.startswith(REPLIES):
        return "a text that begins as a reply does is not answered"
    return None


class Mirror:
    """What comes back of the replies to one peer, of those that say no more than the request did.

    Such a reply may go round for ever, among several, so one of them is remembered until it comes or is given up. When
    it has come too often, those that went round with it are ended too: one by one, a hundred would take minutes.
    """

    __slots__ = ("_doomed", "_reference", "_returns", "_since")

    def __init__(self) -> None:
        self._reference: int | None = None  # the hash of a datagram
        self._returns = 0
        self._since = 0
        self._doomed = 0  # how many more are part of a loop that was found

    def is_loop(self, data: bytes) -> bool:
        """`data` is what it would be answered with. Gives whether that has now been so too often."""
        if self._doomed:
            self._doomed -= 1
            return True
        found = hash(data)
        if found == self._reference:
            others, self._since = self._since, 0
            self._returns += 1
            if self._returns < RETURNS:
                return False
            self._reference, self._returns, self._doomed = None, 0, others
            return True
        self._since += 1
        if self._reference is None or self._since >= SPAN:
            self._reference, self._returns, self._since = found, 0, 0
        return False
