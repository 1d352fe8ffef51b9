"""When requests are due: pure functions of (arrivals, seed, client index), the same on every transport and every run.

All times are whole nanoseconds after the start of the load. Due times are computed from the number of the request,
never by adding intervals up, so they do not drift.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from sockbench.model.plan import Arrivals, Closed, Every, Rate

NS = 1_000_000_000


def slots(count: int, seed: int) -> list[int]:
    """A seeded order of `count` clients: slot i of the period belongs to client `slots.index(i)`."""
    order = list(range(count))
    random.Random(f"slots:{seed}").shuffle(order)
    return order


def due_times(arrivals: Every | Rate, *, index: int, slot: int, count: int, seed: int) -> Iterator[int]:
    """The due times of one of `count` clients, endless and ascending.

    `index` is the client's place in its group, from 0, and `slot` its place in the period (see `slots`).
    """
    step = slot if arrivals.phase == "staggered" else 0
    if isinstance(arrivals, Every):
        period = _period(arrivals)
        first = period * step // count
        return (first + k * period for k in itertools.count())
    if arrivals.pattern == "poisson":
        stream = index if arrivals.phase == "staggered" else 0
        return _poisson(arrivals.per_second / count, random.Random(f"poisson:{seed}:{stream}"))
    return (_constant(k * count + step, arrivals.per_second) for k in itertools.count())


def first_due(arrivals: Closed, *, slot: int, count: int) -> int:
    """When a closed client's first requests are due: spread over one think time, or at once."""
    if arrivals.phase == "lockstep":
        return 0
    return round(arrivals.think * NS) * slot // count


def _period(arrivals: Every) -> int:
    """At least a nanosecond, so that time passes."""
    return max(1, round(arrivals.period * NS))


def _constant(place: int, per_second: float) -> int:
    """When the request at `place` of the whole group's constant rate is due."""
    return round(place * NS / per_second)


def _poisson(per_second: float, stream: random.Random) -> Iterator[int]:
    """A Poisson process: exponential gaps of mean 1/rate. The sum of such processes is one of the summed rate."""
    elapsed = 0.0
    while True:
        elapsed += stream.expovariate(per_second)
        yield round(elapsed * NS)


def expected_requests(arrivals: Arrivals, *, count: int, start: float, end: float) -> int | None:
    """How many requests a whole group makes due from `start` to before `end`, in seconds.

    Exact but for a Poisson process, of which it is the mean. None for closed arrivals: the answers decide.
    """
    if isinstance(arrivals, Closed):
        return None
    if isinstance(arrivals, Rate) and arrivals.pattern == "poisson":
        return round(arrivals.per_second * (end - start))
    low, high = round(start * NS), round(end * NS)
    if isinstance(arrivals, Rate):
        firsts = range(count) if arrivals.phase == "staggered" else [0] * count
        rate = arrivals.per_second
        return sum(_grid(count, slot, high, rate) - _grid(count, slot, low, rate) for slot in firsts)
    period = _period(arrivals)
    offsets = (period * slot // count if arrivals.phase == "staggered" else 0 for slot in range(count))
    return sum(_before(high, offset, period) - _before(low, offset, period) for offset in offsets)


def _before(limit: int, first: int, period: int) -> int:
    """How many of first, first + period, ... are below `limit`."""
    return max(0, -((first - limit) // period))


def _grid(count: int, slot: int, limit: int, per_second: float) -> int:
    """How many of the due times of the client at `slot` are below `limit`; the estimate is at most a few too low."""
    k = max(0, (round(limit * per_second / NS) - slot) // count - 1)
    while _constant(k * count + slot, per_second) < limit:
        k += 1
    return k
