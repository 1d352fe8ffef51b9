"""How much room UDP sockets need for all that may be under way at once. Pure.

Sizes are bytes as Linux accounts for them, its own bookkeeping included. A size that a scenario asks for stands in
place of these (`net/options.py`). TCP sockets are left alone otherwise: the kernel sizes
their buffers as they are used (tcp(7), tcp_moderate_rcvbuf), which asking for a size would end, and a stream drops
nothing.
"""

from __future__ import annotations

import math

from sockbench.load.payloads import announcement, fill, longest
from sockbench.model.plan import Closed, Every, Group, Plan, Rate, Stages
from sockbench.wire import overhead_of

REPLY_MORE = 64
"""Bytes by which a reply may be longer than its request; those of the classroom's services are."""
LEAST_BACKLOG = 65_536
"""Bytes that may wait to be sent by one client, whatever its window."""
DEVIATIONS = 6
"""Of a Poisson process, that its requests in one timeout may exceed their mean by."""


def truesize(size: int) -> int:
    """The most that a datagram with `size` bytes of payload takes of a buffer.

    Data, headers and `struct skb_shared_info` (400 bytes at most) lie in a block of a power of two, so in less than
    twice as much, and `struct sk_buff` takes 256 (include/linux/skbuff.h). Of 64 bytes Linux 6.18 counts 832.
    """
    return 2 * (size + 400) + 256


def at_once(group: Group) -> tuple[int, int]:
    """How many requests may be within their timeout at once: of one client, and of the whole group."""
    arrivals, everyone = group.arrivals, group.count * group.window
    if isinstance(arrivals, Closed):
        return group.window, everyone
    rate, burst = _peak(group, arrivals)
    one = min(group.window, _due(arrivals, rate / group.count * group.timeout) + math.ceil(burst / group.count))
    if arrivals.phase == "lockstep":
        return one, group.count * one
    return one, min(everyone, _due(arrivals, rate * group.timeout) + burst)


def client_room(group: Group) -> int:
    """For the replies to all that one client of a UDP group has under way."""
    return at_once(group)[0] * truesize(_request_size(group) + REPLY_MORE)


def backlog_room(group: Group) -> int:
    """For the requests of one client that its socket does not take: its whole window. What waits beyond that is behind
    requests whose timeout is past.
    """
    return max(LEAST_BACKLOG, group.window * _request_size(group))


def server_room(plan: Plan, name: str) -> int:
    """For all that the clients of a UDP server have under way."""
    groups = [group for group in plan.groups if group.server == name and group.transport == "udp"]
    return sum(at_once(group)[1] * truesize(_request_size(group)) for group in groups)


def _peak(group: Group, arrivals: Every | Rate | Stages) -> tuple[float, int]:
    """Requests a second of the whole group, and how many of them are due together."""
    if isinstance(arrivals, Every):
        return group.count / arrivals.period, 1
    return arrivals.peak if isinstance(arrivals, Stages) else arrivals.per_second, arrivals.burst


def _due(arrivals: Every | Rate | Stages, mean: float) -> int:
    is_random = not isinstance(arrivals, Every) and arrivals.pattern == "poisson"
    return math.ceil(mean + DEVIATIONS * math.sqrt(mean) if is_random else mean)


def _request_size(group: Group) -> int:
    size = overhead_of(group.format, group.token is not None) + longest(group.payload, index=group.count)
    if group.register is not None and group.format != "envelope":
        size += len(announcement(fill(group.register, index=group.count, seq=0, token="")))
    return size
