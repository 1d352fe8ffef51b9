"""What a service is: pure logic from a request to its reply. It knows no socket, no format and no clock.

Who asks is any hashable value that stays the same for one peer; the time is an argument, in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import NamedTuple, Protocol

from sockbench.model.outcome import Outcome

_new = tuple.__new__  # a third of what the class of a named tuple takes to make one

FULL = re.compile(r"Servidor cheio: limite de [0-9]+ clientes( por endereço)?")
"""What a peer is told for whom there is no room."""


class Departure(NamedTuple):
    """A client that gave its place back by its silence, in seconds."""

    client: int
    peer: Hashable
    silence: float


class Answer(NamedTuple):
    """What a service says to one message. `accepted` is False when it says that it will not serve this peer.

    A service that gives places also says which `client` it answers, whether that one is `new`, and who `departed`.
    """

    text: str
    accepted: bool = True
    client: int | None = None
    new: bool = False
    departed: tuple[Departure, ...] = ()


class Service(Protocol):
    """One service, with the state that it keeps about its peers."""

    greeting: str | None
    """What a TCP connection hears before it has said anything."""
    closes: bool
    """Whether a TCP connection is closed after one reply."""
    serves_at_once: int | None
    """How many TCP connections are served at once; more wait their turn. None: no limit of the service's own."""

    def answer(self, message: str, peer: Hashable, now: float) -> Answer:
        """The reply to `message`."""

    def register(self, code: str, peer: Hashable, now: float) -> Answer:
        """Give `peer` a place; the text of an accepted answer is its number in decimal."""

    def is_registered(self, peer: Hashable, now: float) -> bool:
        """Whether `peer` holds a place."""

    def expire(self, now: float) -> tuple[Departure, ...]:
        """Take back the places of those who have been silent for too long."""

    def leave(self, peer: Hashable) -> None:
        """`peer` closed its connection: it gives its place back."""

    @property
    def clients_peak(self) -> int | None:
        """The most places taken at once; None when the service gives none."""

    def judge(self, request: str, reply: str, client: int | None) -> Outcome:
        """What a reply means to the client that asked: OK, CORRUPT, or REFUSED when the service would not serve it.

        `client` is the number that the asking client registered as, where it knows.
        """


class Stateless:
    """The part that services share which give no places: everyone is served, nobody is remembered."""

    greeting: str | None = None
    closes = False
    serves_at_once: int | None = None
    clients_peak: int | None = None

    def reply(self, message: str) -> str:
        """The reply to `message`; what a subclass defines."""
        raise NotImplementedError

    def answer(self, message: str, peer: Hashable, now: float) -> Answer:
        """The reply to `message`, whoever asks."""
        return _new(Answer, (self.reply(message), True, None, False, ()))

    def register(self, code: str, peer: Hashable, now: float) -> Answer:
        """Nobody needs a place: everyone is number 0."""
        return Answer("0")

    def is_registered(self, peer: Hashable, now: float) -> bool:
        """Nobody is."""
        return False

    def expire(self, now: float) -> tuple[Departure, ...]:
        """Nobody has a place to lose."""
        return ()

    def leave(self, peer: Hashable) -> None:
        """Nothing was kept."""

    def judge(self, request: str, reply: str, client: int | None) -> Outcome:
        """A reply is right when it is the one that the service gives; a server without room may say so instead."""
        if reply == self.reply(request):
            return Outcome.OK
        return Outcome.REFUSED if FULL.fullmatch(reply) else Outcome.CORRUPT
