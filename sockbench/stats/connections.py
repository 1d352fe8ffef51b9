"""What the kernel told of many TCP connections, added up: sums, and how round-trip times differ between connections.

It grows with the spread of the times, never with the number of connections, and merges exactly.
"""

from __future__ import annotations

from sockbench.model.connection import TcpInfo
from sockbench.model.result import Spread, TcpResult
from sockbench.stats.histogram import Histogram

NS = 1e9
_SUMS = ("retransmits", "lost", "segments", "delivered", "dsack_dups", "reorderings")


class ConnectionTally:
    """The connections of one group, or of its part in one worker. `congestion` is that of the first that told."""

    __slots__ = ("_sums", "congestion", "connections", "min_rtt", "rtt", "rttvar")
    __hash__ = None  # type: ignore[assignment]  # it changes, so it is no key

    def __init__(self) -> None:
        self.connections = 0  # of which the kernel told
        self.rtt = Histogram()
        self.rttvar = Histogram()
        self.min_rtt: int | None = None
        self.congestion: str | None = None
        self._sums: dict[str, int | None] = dict.fromkeys(_SUMS, 0)  # None: of some it is not known

    def add(self, info: TcpInfo | None) -> None:
        """One connection that is at its end."""
        if info is None:
            return
        self.connections += 1
        if info.rtt is not None:
            self.rtt.record(info.rtt)
        if info.rttvar is not None:
            self.rttvar.record(info.rttvar)
        self._see_min(info.min_rtt)
        for name in _SUMS:
            self._sums[name] = _sum(self._sums[name], getattr(info, name))

    def merge(self, other: ConnectionTally) -> None:
        """Add what `other` holds."""
        self.connections += other.connections
        self.rtt.merge(other.rtt)
        self.rttvar.merge(other.rttvar)
        self._see_min(other.min_rtt)
        self.congestion = self.congestion or other.congestion
        for name in _SUMS:
            self._sums[name] = _sum(self._sums[name], other._sums[name])

    def result(self) -> TcpResult | None:
        """In seconds; None when the kernel told of no connection."""
        if not self.connections:
            return None
        sums = self._sums
        return TcpResult(
            connections=self.connections,
            retransmits=sums["retransmits"],
            dsack_dups=sums["dsack_dups"],
            lost_at_end=sums["lost"],
            segments=sums["segments"],
            delivered=sums["delivered"],
            reorderings=sums["reorderings"],
            rtt=_spread(self.rtt),
            rttvar=_spread(self.rttvar),
            min_rtt_s=None if self.min_rtt is None else self.min_rtt / NS,
            congestion=self.congestion,
        )

    def _see_min(self, rtt: int | None) -> None:
        if rtt is not None and (self.min_rtt is None or rtt < self.min_rtt):
            self.min_rtt = rtt


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def _spread(values: Histogram) -> Spread:
    if not values.n:
        return Spread(None, None, None)
    median = min(values.percentile(1, 2), values.max)
    return Spread(values.min / NS, median / NS, values.max / NS)
