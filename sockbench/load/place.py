"""One client's place at a server: when it is asked for, which number it has while that is sure, and the good-bye.

Pure: times are nanoseconds and arguments. A server takes a place back after `idle` of silence, so the number is sure
for so long after a message that the server is known to have heard. What is sent, and when at all, the client decides.
"""

from __future__ import annotations

from sockbench.load.profile import NS
from sockbench.load.span import RENEWAL
from sockbench.model.message import Kind, Message

NEVER = 1 << 62
FAREWELLS = 8
"""How often a good-bye is said, at most, when nobody answers it."""
LONGEST_REFUSAL = 200
"""Bytes of a server's reason that are kept, of each client, and told in the verdict: a server may say anything."""


class Place:
    """Asked for with `code`, every `retry`; nobody with no code needs one. `idle` is None where it is not known."""

    __slots__ = (
        "_ahead",
        "_asked",
        "_farewells",
        "_idle",
        "_is_asking",
        "_margin",
        "_renew_at",
        "_retry",
        "_sure_until",
        "ask_at",
        "code",
        "farewell_at",
        "has_said_farewell",
        "look_at",
        "number",
        "owes_farewell",
        "refusal",
        "registered",
        "turn",
    )

    def __init__(self, code: bytes | None, retry: int, idle: int | None = None) -> None:
        self.code = code
        self.refusal: str | None = None  # why the server gave none, in its own words
        self.has_said_farewell = self.owes_farewell = False
        self.farewell_at = 0
        self._farewells = FAREWELLS
        self._retry = retry
        self._idle = idle
        self._ahead = 0 if idle is None else min(round(RENEWAL * NS), idle // 2)
        self._margin = 0 if idle is None else idle // 4  # for the way to the server
        self.forget(0)

    def forget(self, now: int) -> None:
        """A new connection stands: the server knows nothing of the one before."""
        self.registered = self.code is None
        self.number: int | None = None  # None, too, when the server may have given another one by now
        self.ask_at = now
        self.look_at = NEVER  # before, a client that has a place has no reason to ask for it
        self.turn = NEVER  # when `pass_time` has something to do
        self._renew_at = self._sure_until = NEVER
        self._asked: int | None = None  # when the first question was sent that is still without an answer
        self._is_asking = False

    # What the server says

    def hear(self, reply: Message) -> bool:
        """The answer to a registration or a good-bye, or a copy of one. True when the client may begin to ask now."""
        was_registered = self.registered
        if reply.kind == Kind.LEAVE:
            self.owes_farewell = False
        elif reply.kind == Kind.REJECTED:
            self.refuse(reply.payload)
        elif not was_registered or self._is_asking:
            self._grant(reply.received or None)
        return self.registered and not was_registered

    def refuse(self, words: bytes) -> None:
        """The server will not serve this client, and says why: at any length, of which a beginning is kept."""
        said = words[:LONGEST_REFUSAL].decode(errors="replace")
        self.refusal = said if len(words) <= LONGEST_REFUSAL else f"{said}…"

    def _grant(self, number: int | None) -> None:
        self.registered, self._is_asking, self.refusal = True, False, None
        self.number = number
        self.look_at = NEVER
        if self._idle is not None and number is not None and self._asked is not None:
            self._be_sure(self._asked + self._idle)
        self._asked = None

    def heard(self, sent: int) -> None:
        """The server answered what was sent at `sent`: it keeps the place for `idle` from then on, at least."""
        if self._idle is not None and self.number is not None and sent + self._idle > self._sure_until:
            self._be_sure(sent + self._idle)

    def _be_sure(self, until: int) -> None:
        self._sure_until = until
        self.turn = min(self._renew_at, until)
        self.look_at = 0 if self._is_asking else until - self._margin - self._ahead

    # Asking

    def ask(self, now: int) -> None:
        """The question is sent now."""
        self.ask_at = now + self._retry
        if self._asked is None:
            self._asked = now
        if self.registered:
            self._is_asking, self.look_at = True, 0

    def renew(self, at: int) -> None:
        """Ask for the place again at that time, whatever is due."""
        self._renew_at = at
        self.turn = min(at, self._sure_until)

    def pass_time(self, now: int) -> None:
        """Its turn came: it is time to ask, or the number is no longer sure."""
        if now >= self._renew_at:
            self._renew_at = NEVER
            self._is_asking, self.look_at = True, 0
            self.ask_at = max(self.ask_at, now)
        if now >= self._sure_until:
            self._sure_until = NEVER
            self.number, self.look_at = None, 0
        self.turn = min(self._renew_at, self._sure_until)

    def _renewal_at(self, due: int | None) -> int | None:
        """When to ask for the place again, so that its number is known for a request that is due at `due`."""
        if self._is_asking:
            return self.ask_at
        if due is None or due < self.look_at or (self.number is not None and due < self._sure_until - self._margin):
            return None
        return max(self.ask_at, due - self._ahead)

    def is_time_to_ask(self, due: int | None, now: int) -> bool:
        """Whether one that has a place should ask again."""
        when = self._renewal_at(due)
        return when is not None and when <= now

    def wake_at(self, due: int | None, connected: bool) -> int:
        """When to look again, where a request is due at `due` and nothing arrives before."""
        when = None
        if connected:
            when = self._renewal_at(due) if self.registered else self.ask_at
        return min(self._renew_at, NEVER if when is None else when)

    # The good-bye

    def owe_farewell(self) -> None:
        """The client leaves, and the server is to be told."""
        self.owes_farewell = True

    def say_farewell(self, now: int) -> bool:
        """Whether to say good-bye now: until it is answered, or was said too often."""
        if not self.owes_farewell or now < self.farewell_at:
            return False
        if not self._farewells:
            self.owes_farewell = False
            return False
        self._farewells -= 1
        self.farewell_at = now + self._retry
        self.has_said_farewell = True
        return True
