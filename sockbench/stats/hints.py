"""What the shape of a distribution gives away: hints for a person, beside the verdict and never in place of it.

A TCP sender with Nagle's algorithm (RFC 896) holds a small segment back while an earlier one is not acknowledged, and
the receiver may delay that acknowledgement (RFC 1122, 4.2.3.2: up to 500 ms; Linux: TCP_DELACK_MIN, 40 ms). Together
they make a request wait some 40 ms on a network of any speed.
"""

from __future__ import annotations

from typing import Final

from sockbench.stats.histogram import Histogram, bucket_range

STALL_FROM: Final = 38_000_000
STALL_TO: Final = 50_000_000
FAR_BELOW: Final = 20_000_000
"""All three in ns."""
LEAST_STALLED: Final = 10
LEAST_SHARE: Final = 0.01
MOST_BETWEEN: Final = 0.1
"""Of the stalled: how many may lie between the two heaps. A network of 40 ms has no gap there."""


def delayed_ack(group: str, rtt: Histogram) -> str | None:
    """A sentence when RTTs (ns) of a TCP group waited for delayed acknowledgements; None when none are seen."""
    stalled = below = between = 0
    for index, count in rtt.counts():
        value = bucket_range(index)[0]
        if value < FAR_BELOW:
            below += count
        elif value < STALL_FROM:
            between += count
        elif value <= STALL_TO:
            stalled += count
    if stalled < LEAST_STALLED or stalled < LEAST_SHARE * rtt.n or not below or between > MOST_BETWEEN * stalled:
        return None
    first, last, gap = (limit // 10**6 for limit in (STALL_FROM, STALL_TO, FAR_BELOW))
    return (
        f"{stalled / rtt.n:.0%} of the round trips of {group} took {first} to {last} ms, and hardly any {gap} to "
        f"{first} ms: that is how Nagle's algorithm (RFC 896) waits for a delayed acknowledgement (RFC 1122, 4.2.3.2; "
        "40 ms on Linux); turn it off with TCP_NODELAY (nodelay: true)"
    )
