"""One way of a TCP connection: when each piece of the stream may go on. Never out of order, and nothing is lost.

Bounded: who has read as much as may be held reads no more, so that TCP makes the sender wait. Stalls are of the link,
the same for all its connections and both ways.
"""

from __future__ import annotations

from sockbench.impair.pipe import Pipe
from sockbench.model.plan import Stall, Way

HELD = 256 * 1024
"""Bytes that are held of one connection one way, where the scenario gives no queue."""
MOST_PIECE = 65_536
LEAST_PIECE = 1_460
"""Bytes of a segment on Ethernet: smaller pieces would cost more than they are worth."""
_PIECES_A_SECOND = 200


class Stalls:
    """When the link of a stall stands still: `length`, each time another `every` is over since `began` (ns)."""

    def __init__(self, stall: Stall, began: int) -> None:
        self._every = max(1, round(stall.every * 1e9))
        self._length = round(stall.length * 1e9)
        self._began = began

    def after(self, when: int) -> int:
        """`when`, or the end of the stall that it falls into (ns)."""
        times, into = divmod(when - self._began, self._every)
        return when - into + self._length if times > 0 and into < self._length else when


class StreamModel:
    """One way of one connection; the `pipe` is that of all connections."""

    def __init__(self, way: Way, pipe: Pipe, stalls: Stalls | None) -> None:
        self._delay = round(way.delay * 1e9)
        self._pipe = pipe
        self._stalls = stalls
        self._limit = way.queue or HELD
        self._piece = MOST_PIECE
        if way.rate is not None:  # in small pieces, so that a slow link flows and does not drip
            self._piece = min(max(int(way.rate / _PIECES_A_SECOND), LEAST_PIECE), MOST_PIECE)
        self._last = 0
        self.held = 0

    def room(self) -> int:
        """How many bytes may be read now; 0: none before some were written."""
        return max(0, min(self._piece, self._limit - self.held))

    def offer(self, now: int, size: int) -> int:
        """`size` bytes came, or the end of the stream (0): when they may go on (ns), never before what came earlier."""
        self.held += size
        leaves = self._pipe.admit(now, size) if size else now
        when = (now if leaves is None else leaves) + self._delay
        if self._stalls is not None:
            when = self._stalls.after(when)
        self._last = max(self._last, when)
        return self._last

    def written(self, size: int) -> None:
        """`size` bytes went on."""
        self.held -= size
