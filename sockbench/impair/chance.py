"""What befalls each datagram by chance: loss, a second copy, a turned bit, another delay, being held back.

Every kind of chance has a random stream of its own, and takes as many values from it for each datagram whatever became
of that, so that switching one on changes none of the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sockbench.model.plan import BurstLoss, Jitter, Loss, RandomLoss, Way

COPIES = 2
"""The most copies that a datagram becomes."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls one datagram. `delays` (ns) and `bits` (a share of its length, or None) are of its copies."""

    lost: bool
    copies: int
    held_back: bool
    delays: tuple[int, ...]
    bits: tuple[float | None, ...]


class Chance:
    """The fates of the datagrams of one way, in the order in which they come."""

    def __init__(self, way: Way, stream: random.Random) -> None:
        seeds = [stream.getrandbits(64) for _ in range(5)]
        loss, duplicate, reorder, corrupt, jitter = map(random.Random, seeds)
        self._lost = _losses(way.loss, loss)
        self._twice = _happens(way.duplicate, duplicate)
        self._held_back = _happens(way.reorder, reorder)
        self._delay = _delays(way.delay, way.jitter, jitter)
        self._bit = _bits(way.corrupt, corrupt)

    def next(self) -> Fate:
        """The fate of the next datagram."""
        return Fate(
            self._lost(),
            COPIES if self._twice() else 1,
            self._held_back(),
            (self._delay(), self._delay()),
            (self._bit(), self._bit()),
        )


def _happens(share: float, stream: random.Random) -> Callable[[], bool]:
    return (lambda: stream.random() < share) if share else (lambda: False)


def _losses(loss: Loss | None, stream: random.Random) -> Callable[[], bool]:
    if loss is None or isinstance(loss, RandomLoss):
        return _happens(0.0 if loss is None else loss.share, stream)
    return _Bursts(loss, stream).next


class _Bursts:
    """The chain of Gilbert and Elliott, good at first. The state decides first and turns then, as in netem."""

    def __init__(self, loss: BurstLoss, stream: random.Random) -> None:
        self._loss = loss
        self._stream = stream
        self._bad = False

    def next(self) -> bool:
        """Is the next one lost?"""
        loss, bad = self._loss, self._bad
        lost = self._stream.random() < (loss.bad if bad else loss.good)
        if self._stream.random() < (loss.r if bad else loss.p):
            self._bad = not bad
        return lost


def _delays(delay: float, jitter: Jitter | None, stream: random.Random) -> Callable[[], int]:
    """Delays in nanoseconds; one that would be negative is none."""
    mean = round(delay * 1e9)
    if jitter is None:
        return lambda: mean
    amount = jitter.amount * 1e9
    if jitter.kind == "uniform":
        return lambda: max(0, mean + round(stream.uniform(-amount, amount)))
    return lambda: max(0, mean + round(stream.normalvariate(0.0, amount)))


def _bits(share: float, stream: random.Random) -> Callable[[], float | None]:
    """Which bit is turned, as a share of the length; two values of the stream each time."""
    if not share:
        return lambda: None

    def bit() -> float | None:
        turned, where = stream.random() < share, stream.random()
        return where if turned else None

    return bit
