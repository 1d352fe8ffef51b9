"""When requests are due: pure functions of (arrivals, seed, client index), the same on every transport and every run.

All times are whole nanoseconds after the beginning of the group's load. Due times are computed from the number of the
request, never by adding up intervals that were rounded, so they do not drift.
"""

from __future__ import annotations

import functools
import itertools
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator

from sockbench.load.profile import NS as NS
from sockbench.load.profile import profile_of
from sockbench.model.plan import Arrivals, Closed, Every, Rate, Stages, Think

When = Callable[[float], int | None]
"""From the number of a request of the whole group, counted from 0, to when it is due; None when it never is."""

MOST = 10**14
"""More requests than any group makes due: the highest rate for the longest time is 6 * 10**12."""


def slots(count: int, seed: int) -> list[int]:
    """A seeded order of `count` clients: slot i of the period belongs to client `slots.index(i)`."""
    order = list(range(count))
    random.Random(f"slots:{seed}").shuffle(order)
    return order


def due_times(
    arrivals: Every | Rate | Stages, *, index: int, slot: int, count: int, seed: int, warmup: int = 0
) -> Iterator[int]:
    """The due times of one of `count` clients, ascending; endless but for stages.

    `index` is the client's place in its group, from 0, and `slot` its place in the period (see `slots`). Stages begin
    after `warmup` nanoseconds, for which the rate is the one that they begin with.
    """
    step = slot if arrivals.phase == "staggered" else 0
    if isinstance(arrivals, Every):
        period = _period(arrivals)
        first = period * step // count
        return itertools.count(first, period)  # whole numbers: adding them up is exact
    if warmup and isinstance(arrivals, Stages):
        before = _warm(arrivals)
        profile = due_times(arrivals, index=index, slot=slot, count=count, seed=seed)
        shifted = (warmup + due for due in profile)
        if before is None:
            return shifted
        warming = due_times(before, index=index, slot=slot, count=count, seed=~seed)
        return itertools.chain(itertools.takewhile(lambda due: due < warmup, warming), shifted)
    when = _when(arrivals)
    if arrivals.pattern == "poisson":
        stream = index if arrivals.phase == "staggered" else 0
        return _poisson(when, count, random.Random(f"poisson:{seed}:{stream}"))
    return _shared(when, range(step, MOST, count), arrivals.burst)


def first_due(arrivals: Closed, *, slot: int, count: int) -> int:
    """When a closed client's first requests are due: spread over one think time, or at once."""
    if arrivals.phase == "lockstep":
        return 0
    return round(arrivals.think.mean * NS) * slot // count


def thinks(think: Think, *, index: int, seed: int) -> Callable[[], int]:
    """The pauses of the client with `index`, one a call: uniform between the shortest and the longest, in ns."""
    shortest, longest = round(think.shortest * NS), round(think.longest * NS)
    if shortest == longest:
        return _always(shortest)
    stream = random.Random(f"think:{seed}:{index}")
    return lambda: stream.randint(shortest, longest)


@functools.lru_cache(maxsize=16)
def _always(pause: int) -> Callable[[], int]:
    """One function for all clients that pause alike."""
    return lambda: pause


@functools.lru_cache(maxsize=16)
def _period(arrivals: Every) -> int:
    """At least a nanosecond, so that time passes."""
    return max(1, round(arrivals.period * NS))


def _warm(arrivals: Stages) -> Rate | None:
    """What a warm-up is driven with: the rate at which the first stage begins, or ends when it begins at nothing."""
    stage = arrivals.stages[0]
    rate = stage.first or stage.last
    return Rate(rate, arrivals.pattern, arrivals.phase, arrivals.burst) if rate else None


@functools.lru_cache(maxsize=16)
def _when(arrivals: Rate | Stages) -> When:
    """When the request of that number is due at a constant rate, or at the rate of stages."""
    if isinstance(arrivals, Stages):
        return profile_of(arrivals.stages).when
    per_second = arrivals.per_second
    return lambda number: round(number * NS / per_second)


def _shared(when: When, numbers: range, burst: int) -> Iterator[int]:
    """When the requests of these numbers are due; those of a burst with its first."""
    for number in numbers:
        due = when(number - number % burst)
        if due is None:
            return
        yield due


def _poisson(when: When, count: int, stream: random.Random) -> Iterator[int]:
    """A Poisson process whose rate is that of `when`, shared by `count` clients.

    A process of rate 1 whose times go through the inverse of N(t) has the rate of N (Cinlar, Introduction to
    Stochastic Processes, 1975, section 4.7; Lewis and Shedler, 1979). The sum of such processes is one of their sum.
    """
    elapsed = 0.0
    while True:
        elapsed += stream.expovariate(1.0)
        due = when(elapsed * count)
        if due is None:
            return
        yield due


def expected_requests(arrivals: Arrivals, *, count: int, start: float, end: float) -> int | None:
    """How many requests a whole group makes due from `start` to before `end`, in seconds.

    Exact but for a Poisson process, of which it is the mean. None for closed arrivals: the answers decide.
    """
    if isinstance(arrivals, Closed):
        return None
    low, high = round(start * NS), round(end * NS)
    if isinstance(arrivals, Every):
        period = _period(arrivals)
        offsets = (period * slot // count if arrivals.phase == "staggered" else 0 for slot in range(count))
        return sum(_before(high, offset, period) - _before(low, offset, period) for offset in offsets)
    if arrivals.pattern == "poisson":
        if isinstance(arrivals, Rate):
            return round(arrivals.per_second * (end - start))
        profile = profile_of(arrivals.stages)
        return round(profile.count(high) - profile.count(low))
    when, burst = _when(arrivals), arrivals.burst
    together = count if arrivals.phase == "lockstep" else 1  # all clients of a lockstep do what one does
    step = count if arrivals.phase == "lockstep" else 1

    def due(turn: int) -> int:
        number = turn * step
        found = when(number - number % burst)
        return high if found is None else found

    turns = range(MOST)
    return together * (bisect_left(turns, high, key=due) - bisect_left(turns, low, key=due))


def _before(limit: int, first: int, period: int) -> int:
    """How many of first, first + period, ... are below `limit`."""
    return max(0, -((first - limit) // period))
