"""Which requests of one client came, on the server's side: how many different ones, and which of the last few.

A window of bits slides up with the highest number that came, as in IPsec's protection against replays (RFC 4303,
section 3.4.3), so that a copy made on the way is not counted twice. It costs the same however many requests come.
"""

from __future__ import annotations

from sockbench.model.message import SEEN_SPAN

SPAN = 1024
"""How far behind the highest a request may come and still be told from a copy; one that is older is not counted."""

_ALL = (1 << SPAN) - 1
_TOLD = (1 << SEEN_SPAN) - 1
_EVERY_ONE = _TOLD.to_bytes(SEEN_SPAN // 8)


class Seen:
    """The requests of one client; `received` and `highest` are those of a reply. One that `has_left` makes no more."""

    __slots__ = ("_bits", "has_left", "highest", "received")

    def __init__(self) -> None:
        self.has_left = False
        self.received = 0
        self.highest = 0
        # Bit i: the request numbered highest - i came. Not kept up while all came, which `received` says by itself:
        # to shift a thousand bits for each request would double its cost.
        self._bits = 0

    def take(self, number: int) -> bool:
        """Request `number` came. Gives whether it is the first copy, as far as can be told."""
        received = self.received
        if number == received + 1 == self.highest + 1:  # nearly always: all came before, and this is the next
            self.received = self.highest = number
            return True
        if received == self.highest:
            self._bits = (1 << min(received, SPAN)) - 1
        ahead = number - self.highest
        if ahead > 0:
            self._bits = (self._bits << ahead | 1) & _ALL if ahead < SPAN else 1
            self.highest = number
        else:
            bit = 1 << -ahead if -ahead < SPAN else 0
            if not bit or self._bits & bit:
                return False
            self._bits |= bit
        self.received += 1
        return True

    @property
    def told(self) -> bytes:
        """The bits that a reply carries, as a big-endian number."""
        if self.received == self.highest:
            if self.highest >= SEEN_SPAN:
                return _EVERY_ONE
            return ((1 << self.highest) - 1).to_bytes(SEEN_SPAN // 8)
        return (self._bits & _TOLD).to_bytes(SEEN_SPAN // 8)
