"""A rate that changes over time: how many requests are due by a time, N(t), and when the next one is, its inverse.

N(t) is the integral of the rate, which goes evenly from the first to the last rate of each stage. Times are whole
nanoseconds after the beginning of the first stage. It decides nothing about clients, patterns or randomness.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from sockbench.model.plan import Stage

NS = 1_000_000_000


class _Piece(NamedTuple):
    """A stage in which something is due. What was due before it is `whole` + `part`, exact where a float is not."""

    start: int
    length: int
    whole: int
    part: float
    first: float
    last: float
    area: float


class Profile:
    """The stages of one profile; pauses are the gaps between its pieces."""

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._pieces: list[_Piece] = []
        at, before = 0, Fraction(0)
        for stage in stages:
            length = round(stage.duration * NS)
            area = (Fraction(stage.first) + Fraction(stage.last)) * length / (2 * NS)
            if area:
                whole = math.floor(before)
                part = float(before - whole)
                self._pieces.append(_Piece(at, length, whole, part, stage.first, stage.last, float(area)))
            at += length
            before += area
        self._reached = [float(piece.whole + Fraction(piece.part) + Fraction(piece.area)) for piece in self._pieces]
        self._starts = [piece.start for piece in self._pieces]
        self.total = self._reached[-1] if self._reached else 0.0

    def count(self, when: int) -> float:
        """N(t): how many requests are due before `when`, as a real number."""
        place = bisect_right(self._starts, when) - 1
        if place < 0:
            return 0.0
        start, length, whole, part, first, last, _ = self._pieces[place]
        inside = min(when - start, length)
        rate = first + (last - first) * inside / length
        return whole + (part + (first + rate) / 2 * inside / NS)

    def when(self, number: float) -> int | None:
        """inf{t: N(t) > number}, to the nearest nanosecond; None when N never gets there. Ascending in `number`.

        Within a stage the rate r after a share f of its requests follows from r^2 = a^2 + (b^2 - a^2) f, and the time
        from their number x = (a + r) t / 2: sums of positive terms only, so nothing cancels.
        """
        for piece in self._pieces[bisect_right(self._reached, number) :]:
            start, length, whole, part, first, last, area = piece
            if first == last:
                inside = round(((number - whole) * NS - part * NS) / first)
            else:
                rest = max(0.0, (number - whole) - part)
                share = min(1.0, rest / area)
                rate = math.sqrt(first * first * (1.0 - share) + last * last * share)
                inside = round(2.0 * rest / (first + rate) * NS) if rest else 0
            if inside < length:  # what rounds to the end of a stage belongs to the next, which may be after a pause
                return start + max(0, inside)
        return None


@lru_cache(maxsize=64)
def profile_of(stages: tuple[Stage, ...]) -> Profile:
    """The profile of these stages, made once for all clients of a group."""
    return Profile(stages)
