"""Jitter of one client's round-trip times: how much they change from one reply to the next.

Two estimators over successive replies, D = rtt[i] - rtt[i-1]:
RFC 3550 section 6.4.1 and appendix A.8: J += (|D| - J) / 16, a running mean that forgets;
the mean of |ipdv|, the IP packet delay variation of RFC 3393 in the one-after-another form of RFC 5481 section 4.1.
"""

from __future__ import annotations


class JitterMeter:
    """Feed it each round-trip time of one client in the order of the replies.

    `ipdv_sum` (ns) and `ipdv_n` may be added up over clients; their quotient is the mean |ipdv| of all of them.
    """

    __slots__ = ("_estimate", "_previous", "ipdv_n", "ipdv_sum")

    def __init__(self) -> None:
        self._previous = -1
        self._estimate = 0.0
        self.ipdv_sum = 0
        self.ipdv_n = 0

    def add(self, rtt_ns: int) -> None:
        """Take the next round-trip time, ns."""
        previous = self._previous
        self._previous = rtt_ns
        if previous >= 0:
            difference = rtt_ns - previous if rtt_ns >= previous else previous - rtt_ns
            self.ipdv_sum += difference
            self.ipdv_n += 1
            self._estimate += (difference - self._estimate) / 16

    @property
    def rfc3550_s(self) -> float | None:
        """J in seconds; None before the second reply."""
        return self._estimate / 1e9 if self.ipdv_n else None

    @property
    def ipdv_mean_s(self) -> float | None:
        """The mean of |ipdv| in seconds; None before the second reply."""
        return self.ipdv_sum / self.ipdv_n / 1e9 if self.ipdv_n else None
