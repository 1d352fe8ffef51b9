"""The narrow place of a link: a rate, and the queue before it. Shared by all who send one way.

Departure = max(now, last departure) + size / rate, first in, first out, with tail drop. Decides nothing by chance.
"""

from __future__ import annotations

from collections import deque

_PS = 1000
"""Picoseconds in a nanosecond: a byte at 100 GB/s takes 10 ps, and none of them is to be lost to rounding."""


class Pipe:
    """`rate` in bytes per second, None for none; `queue` in bytes, of what waits behind the one that is being sent."""

    def __init__(self, rate: float | None, queue: int | None) -> None:
        self._ps_a_byte = None if rate is None else 1e12 / rate
        self._queue = queue
        self._free_at = 0  # ps
        self._waiting: deque[tuple[int, int]] = deque()  # (when its turn comes, ps; bytes)
        self._bytes = 0

    def admit(self, now: int, size: int) -> int | None:
        """When the last byte of `size` bytes leaves (ns), or None: the queue has no room for them."""
        if self._ps_a_byte is None:
            return now
        at = now * _PS
        while self._waiting and self._waiting[0][0] <= at:
            self._bytes -= self._waiting.popleft()[1]
        if self._free_at > at:
            if self._queue is not None and self._bytes + size > self._queue:
                return None
            self._waiting.append((self._free_at, size))
            self._bytes += size
        self._free_at = max(at, self._free_at) + round(size * self._ps_a_byte)
        return -(-self._free_at // _PS)
