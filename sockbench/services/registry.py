"""`registry`: the classroom's UDP server with its ten places.

The first message of an address registers it as client n, the lowest number that is free. A client that stays silent
for `idle` seconds gives its place back, as does one whose TCP connection closes.
"""

from __future__ import annotations

import heapq
import re
from collections import OrderedDict
from collections.abc import Hashable

from sockbench.model.outcome import Outcome
from sockbench.services.base import Answer, Departure

WELCOME = "Resposta do servidor para o cliente "
FULL = "Servidor cheio: limite de "
LONGEST_CODE = 1024
"""Bytes of the code that a client announces; no code is kept."""
_WELCOME = re.compile(WELCOME + "[1-9][0-9]*")


def welcome(client: int) -> str:
    """What client n is answered, whatever it says."""
    return f"{WELCOME}{client}"


def full(places: int) -> str:
    """What an address is answered that finds no place."""
    return f"{FULL}{places} clientes"


def full_of_address(places: int) -> str:
    """What a connection is told whose address has as many already as one may have."""
    return f"{FULL}{places} clientes por endereço"


def too_long(bytes_: int) -> str:
    """What a client is told whose code is longer than a code may be."""
    return f"Código longo demais: limite de {bytes_} bytes"


class Registry:
    """Gives `max_clients` places; the table can grow no further than that."""

    greeting: str | None = None
    closes = False
    serves_at_once: int | None = None

    def __init__(self, *, max_clients: int = 10, idle: float = 60.0) -> None:
        self._places = max_clients
        self._idle = idle
        self._free: list[int] = list(range(1, max_clients + 1))  # a heap: the lowest number first
        # peer -> (client number, when it was last heard), the longest silent first. Ordered: finding the first key of
        # a plain dict takes a walk over all that were deleted before it.
        self._clients: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()
        self._peak = 0

    @property
    def clients_peak(self) -> int | None:
        """The most places taken at once."""
        return self._peak

    def answer(self, message: str, peer: Hashable, now: float) -> Answer:
        """The reply to client n, registered by this message if it was not before."""
        answer = self.register("", peer, now)
        return answer if answer.client is None else answer._replace(text=welcome(answer.client))

    def register(self, code: str, peer: Hashable, now: float) -> Answer:
        """The number of `peer`, in decimal, the same however often it asks."""
        departed = self.expire(now)
        if len(code) > LONGEST_CODE // 4 and len(code.encode(errors="surrogateescape")) > LONGEST_CODE:
            return Answer(too_long(LONGEST_CODE), accepted=False, departed=departed)
        new = peer not in self._clients
        if not new:
            client, _ = self._clients.pop(peer)
        elif self._free:
            client = heapq.heappop(self._free)
        else:
            return Answer(full(self._places), accepted=False, departed=departed)
        self._clients[peer] = (client, now)  # last in the order: heard most recently
        self._peak = max(self._peak, len(self._clients))
        return Answer(str(client), client=client, new=new, departed=departed)

    def is_registered(self, peer: Hashable, now: float) -> bool:
        """Whether `peer` holds a place that it has not given back by its silence."""
        entry = self._clients.get(peer)
        return entry is not None and now - entry[1] < self._idle

    def leave(self, peer: Hashable) -> None:
        """Take the place of `peer` back."""
        entry = self._clients.pop(peer, None)
        if entry is not None:
            heapq.heappush(self._free, entry[0])

    def judge(self, request: str, reply: str, client: int | None) -> Outcome:
        """Right is the welcome of this client's number, or of any while the client does not know its own."""
        if reply == full(self._places):
            return Outcome.REFUSED
        right = reply == welcome(client) if client is not None else _WELCOME.fullmatch(reply) is not None
        return Outcome.OK if right else Outcome.CORRUPT

    def expire(self, now: float) -> tuple[Departure, ...]:
        """Take back the places of those who have been silent for too long."""
        departed = []
        while self._clients:
            peer, (client, heard) = next(iter(self._clients.items()))
            if now - heard < self._idle:
                break
            self.leave(peer)
            departed.append(Departure(client, peer, now - heard))
        return tuple(departed)
