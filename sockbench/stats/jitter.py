"""Jitter of one client's round-trip times: how much they change from one to the next.

Two standard estimators, of round trips instead of one-way delays, since the two ends share no clock:
interarrival jitter, RFC 3550 section 6.4.1 and appendix A.8: over replies in the order of their arrival,
J += (|D| - J) / 16 with D = rtt[i] - rtt[i-1], a running mean that forgets;
IP packet delay variation, RFC 3393 in the one-after-another form of RFC 5481 section 4.1: |ipdv| = |rtt(n) - rtt(n-1)|
of requests with consecutive numbers that were both answered in time, in whatever order their replies came.
"""

from __future__ import annotations

REMEMBERED = 64
"""How far behind the highest a reply may come, in requests, and still make a pair of consecutive numbers."""


class JitterMeter:
    """Feed it each round-trip time of one client in the order of the replies; `ipdv` takes each |ipdv|, ns.

    While replies come in order, only the last one can be half of a pair to come. So what is remembered besides is the
    first, what stands at either end of a gap, and what comes in a gap: nothing, of most clients.
    """

    __slots__ = ("_edges", "_estimate", "_first", "_highest", "_ipdv", "_next", "_only", "_previous")

    def __init__(self, ipdv: list[int]) -> None:
        self._ipdv = ipdv
        self._previous = 0  # the round-trip time of the reply before
        self._next = -1  # the number after its own; -1 when another one is the highest
        self._only = -1  # the same after the first reply: equal still while there was no other
        self._first = 0  # the round-trip time of that one
        self._highest = -1  # of the replies that did not come right after the one before
        self._estimate = 0.0
        self._edges: dict[int, int] | None = None  # by number, the round-trip times at the edges of gaps

    def add(self, number: int, rtt_ns: int) -> None:
        """Take the round-trip time, ns, of the reply to request `number` (from 1)."""
        if number == self._next:  # nearly always
            difference = abs(rtt_ns - self._previous)
            self._estimate += (difference - self._estimate) / 16
            self._ipdv.append(difference)
            self._next = number + 1
        else:
            self._add_other(number, rtt_ns)
        self._previous = rtt_ns

    def _add_other(self, number: int, rtt_ns: int) -> None:
        """The first reply, or one to another request than the one after the last."""
        if self._highest < 0:
            self._highest, self._first = number, rtt_ns
            self._only = self._next = number + 1
            return
        self._estimate += (abs(rtt_ns - self._previous) - self._estimate) / 16
        if self._edges is None:
            self._edges = {self._only - 1: self._first}
        if self._next >= 0:
            self._highest = max(self._highest, self._next - 1)
            self._edges[self._next - 1] = self._previous
        self._pair(number - 1, rtt_ns)
        if number > self._highest:
            self._highest = number
            self._next = number + 1
        else:
            self._pair(number + 1, rtt_ns)
            self._next = -1
        self._edges[number] = rtt_ns
        if len(self._edges) > 2 * REMEMBERED:
            oldest = self._highest - REMEMBERED
            self._edges = {edge: rtt for edge, rtt in self._edges.items() if edge > oldest}

    def _pair(self, neighbour: int, rtt_ns: int) -> None:
        """The reply to `neighbour` may have come before."""
        assert self._edges is not None
        rtt = self._edges.get(neighbour)
        if rtt is not None and neighbour > self._highest - REMEMBERED:
            self._ipdv.append(abs(rtt_ns - rtt))

    @property
    def rfc3550_s(self) -> float | None:
        """J in seconds; None before the second reply."""
        return self._estimate / 1e9 if self._next != self._only else None
