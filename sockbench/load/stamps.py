"""Round trips by the kernel's own stamps: pairs the time a request of one client left with the time its reply came.

Either stamp may be told first, and neither may ever come, so what is kept is bounded. Pure: stamps are arguments, in
nanoseconds of the kernel's clock of the day. That clock may be stepped, so a difference that does not lie inside the
application's own round trip is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from sockbench.load.ledger import Ledger

LIMIT = 1024
"""Answers that may wait for the stamp of their request; beyond them the oldest has none."""


class Stamps:
    """The stamps of the requests in `ledger`; `record` hears the kernel's round trip of each measured one that is ok.

    Whoever sends sets `number` first, the request's, 0 for what is none; whoever reads sets `arrived`, the stamp of
    the datagram that is read, None when it has none.
    """

    def __init__(self, ledger: Ledger, record: Callable[[int], None]) -> None:
        self.number = 0
        self.arrived: int | None = None
        self._in_flight = ledger.in_flight
        self._record = record
        self._left: dict[int, int] = {}
        self._answers: dict[int, tuple[int, int]] = {}  # number -> (arrived, the application's round trip)
        self._room = LIMIT
        ledger.tell_too(self._answered)

    def left(self, number: int, stamp: int) -> None:
        """The kernel passed request `number` to the network device at `stamp`."""
        if (answer := self._answers.pop(number, None)) is not None:
            self._pair(stamp, *answer)
        elif number in self._in_flight:
            self._left[number] = stamp
            if len(self._left) > self._room:
                self._left = {waiting: left for waiting, left in self._left.items() if waiting in self._in_flight}
                self._room = max(LIMIT, 2 * len(self._left))

    def _answered(self, number: int, rtt: int) -> None:
        """Request `number` is ok, and the datagram that is being read answered it."""
        left = self._left.pop(number, None)
        if self.arrived is None:
            return
        if left is not None:
            self._pair(left, self.arrived, rtt)
            return
        self._answers[number] = (self.arrived, rtt)
        if len(self._answers) > LIMIT:
            del self._answers[next(iter(self._answers))]

    def _pair(self, left: int, arrived: int, rtt: int) -> None:
        if 0 <= arrived - left <= rtt:
            self._record(arrived - left)

    @property
    def kept(self) -> int:
        """How many stamps wait for the other half of their pair."""
        return len(self._left) + len(self._answers)
