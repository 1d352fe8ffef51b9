"""One way of a UDP link: which datagrams are lost, how many copies of the others leave it, and when.

Loss comes first, then the second copy, then rate and queue for each copy, then its delay, then holding it back. Counts
everything. Never waits, and sends nothing: who asks for what is due sends it, and tells what became of that.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Hashable, Sequence
from typing import Protocol

from sockbench.impair.chance import Chance
from sockbench.impair.pipe import Pipe
from sockbench.model.plan import Way
from sockbench.model.relay import Cause, Direction, WayCounts

HOLD_BACK = 50_000_000
"""Nanoseconds that a datagram is held back at most, when no other of its flow comes to overtake it."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes that one way of a relay holds besides its queue; more are dropped and counted as overflowed."""
_OVERHEAD = 256
"""Bytes that holding a copy takes besides its own."""


class Witness(Protocol):
    """Hears of every datagram, with the bytes as they came and times in nanoseconds."""

    def arrived(self, way: Direction, original: bytes, now: int) -> None:
        """It reached the relay."""

    def delivered(self, way: Direction, original: bytes, corrupt_at: int | None, now: int) -> None:
        """A copy of it was sent on, one bit of the byte at `corrupt_at` turned unless that is None."""

    def dropped(self, way: Direction, original: bytes, cause: Cause, now: int) -> None:
        """It, or a copy of it, will never be sent on."""


class Copy:
    """A copy on its way: it is `release`d at that time (ns), with `data` in place of the `original`."""

    __slots__ = ("corrupt_at", "data", "earliest", "flow", "number", "original", "release")

    def __init__(
        self, flow: Hashable, number: int, original: bytes, data: bytes, corrupt_at: int | None, earliest: int
    ) -> None:
        self.flow = flow
        self.number = number  # of its datagram
        self.original = original
        self.data = data
        self.corrupt_at = corrupt_at
        self.earliest = earliest  # when it could leave, were it not held back
        self.release: int | None = None


class LinkModel:
    """One way. Datagrams are in `flow`s (any hashable); only those of one flow are held back for one another."""

    def __init__(
        self, way: Way, stream: random.Random, direction: Direction = "up", witness: Witness | None = None
    ) -> None:
        self._chance = Chance(way, stream)
        self._pipe = Pipe(way.rate, way.queue)
        self._most_held = MOST_HELD + (way.queue or 0)
        self._direction = direction
        self._witness = witness
        self._heap: list[tuple[int, int, Copy]] = []  # (release, order of pushes, copy); stale where release differs
        self._pushes = 0
        self._held_back: dict[Hashable, list[Copy]] = {}
        self._held = self._held_bytes = 0
        self._received = self._duplicated = self._lost = self._overflowed = 0
        self._unsent = self._delivered = self._corrupted = self._reordered = 0

    def offer(self, now: int, flow: Hashable, data: bytes) -> Sequence[Copy]:
        """A datagram came: its copies, with the times of their release as they are so far."""
        self._received += 1
        if self._witness is not None:
            self._witness.arrived(self._direction, data, now)
        fate = self._chance.next()
        if fate.lost:
            self._lost += 1
            self._drop(data, "loss", now)
            return ()
        self._duplicated += fate.copies - 1
        copies = []
        for index in range(fate.copies):
            leaves = None
            if self._held_bytes + len(data) + _OVERHEAD <= self._most_held:
                leaves = self._pipe.admit(now, len(data))
            if leaves is None:
                self._overflowed += 1
                self._drop(data, "queue", now)
                continue
            turned, corrupt_at = _turn(data, fate.bits[index])
            self._corrupted += corrupt_at is not None
            copies.append(Copy(flow, self._received, data, turned, corrupt_at, leaves + fate.delays[index]))
        self._hold(copies, held_back=fate.held_back)
        return copies

    def next_at(self) -> int | None:
        """When something is due next (ns); None while nothing is held."""
        heap = self._heap
        while heap and heap[0][0] != heap[0][2].release:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def release(self, now: int) -> Sequence[Copy]:
        """What is due, in order. Tell of each whether it was `delivered` or `unsent`."""
        due = []
        while (when := self.next_at()) is not None and when <= now:
            copy = heapq.heappop(self._heap)[2]
            copy.release = None
            self._held -= 1
            self._held_bytes -= len(copy.data) + _OVERHEAD
            due.append(copy)
            if self._held_back:
                self._let_go(copy, when)
        return due

    def delivered(self, copy: Copy, now: int) -> None:
        """It was sent."""
        self._delivered += 1
        if self._witness is not None:
            self._witness.delivered(self._direction, copy.original, copy.corrupt_at, now)

    def unsent(self, copy: Copy, now: int) -> None:
        """It could not be sent."""
        self._unsent += 1
        self._drop(copy.original, "send", now)

    def counts(self) -> WayCounts:
        """Everything so far."""
        return WayCounts(
            received=self._received,
            duplicated=self._duplicated,
            lost=self._lost,
            overflowed=self._overflowed,
            unsent=self._unsent,
            delivered=self._delivered,
            held=self._held,
            corrupted=self._corrupted,
            reordered=self._reordered,
        )

    def _drop(self, data: bytes, cause: Cause, now: int) -> None:
        if self._witness is not None:
            self._witness.dropped(self._direction, data, cause, now)

    def _hold(self, copies: Sequence[Copy], *, held_back: bool) -> None:
        for copy in copies:
            self._held += 1
            self._held_bytes += len(copy.data) + _OVERHEAD
            self._push(copy, copy.earliest + (HOLD_BACK if held_back else 0))
        if held_back and copies:
            self._reordered += 1
            self._held_back.setdefault(copies[0].flow, []).extend(copies)

    def _push(self, copy: Copy, release: int) -> None:
        copy.release = release
        self._pushes += 1
        heapq.heappush(self._heap, (release, self._pushes, copy))

    def _let_go(self, gone: Copy, when: int) -> None:
        """`gone` was released: what was held back for it to overtake may follow."""
        waiting = self._held_back.get(gone.flow)
        if waiting is None:
            return
        still = []
        for copy in waiting:
            if copy.release is None:  # it waited long enough
                continue
            if copy.number < gone.number:
                self._push(copy, max(when, copy.earliest))
            else:
                still.append(copy)
        if still:
            self._held_back[gone.flow] = still
        else:
            del self._held_back[gone.flow]


def _turn(data: bytes, where: float | None) -> tuple[bytes, int | None]:
    """The bytes with one bit turned, and the offset of its byte; an empty datagram has none to turn."""
    if where is None or not data:
        return data, None
    offset, bit = divmod(int(where * len(data) * 8), 8)
    turned = bytearray(data)
    turned[offset] ^= 1 << bit
    return bytes(turned), offset
