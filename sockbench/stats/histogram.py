"""Counts of durations in log-linear buckets: those of HdrHistogram(1, 3_600_000_000_000, 3 significant digits).

Values are integer nanoseconds. A bucket is never wider than a thousandth of its values; how many there were, the
smallest, the largest and the sum are exact. Nothing here knows a clock, a unit other than ns, or a file.
Buckets: Tene, HdrHistogram, http://hdrhistogram.org (sub-bucket count 2048, unit magnitude 0).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

HIGHEST = 3_600_000_000_000  # one hour; a longer duration counts as one hour
LEAST_BEYOND = 10  # so many samples must lie beyond a percentile before it is worth showing

_EXACT_BELOW = 2048  # buckets are one nanosecond wide up to here
_HALF_BITS = 10  # each further doubling of the value has 2 ** 10 buckets


def index_of(value: int) -> int:
    """The bucket of `value` ns (0 or more)."""
    if value < _EXACT_BELOW:
        return value
    shift = value.bit_length() - 11
    return (shift << _HALF_BITS) + (value >> shift)


def bucket_range(index: int) -> tuple[int, int]:
    """The lowest and the highest value, both in ns, that share bucket `index`."""
    if index < _EXACT_BELOW:
        return index, index
    shift = (index >> _HALF_BITS) - 1
    lowest = (index - (shift << _HALF_BITS)) << shift
    return lowest, lowest + (1 << shift) - 1


HIGHEST_INDEX = index_of(HIGHEST)

# By the bits of a value: where the buckets of its doubling begin, and how far it is shifted to find its own.
_SHIFTS = [max(0, bits - 11) for bits in range(HIGHEST.bit_length() + 1)]
_OCTAVES = [(shift << _HALF_BITS, shift) for shift in _SHIFTS]


class Histogram:
    """A distribution of durations in ns. `n`, `min`, `max` and `total` are exact; `min` and `max` are 0 when empty."""

    __slots__ = ("_counts", "max", "min", "n", "total")
    __hash__ = None  # type: ignore[assignment]  # it changes, so it is no key

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.n = 0
        self.min = 0
        self.max = 0
        self.total = 0

    def record(self, value: int) -> None:
        """Count one duration in ns. Below 0 counts as 0, above an hour as an hour."""
        value = min(max(value, 0), HIGHEST)
        self._counts[index_of(value)] += 1
        self._widen(1, value, value, value)

    def record_all(self, values: Iterable[int]) -> None:
        """Count many durations in ns; much cheaper a value than `record`."""
        batch = values if isinstance(values, list | tuple) else list(values)
        if not batch:
            return
        smallest, largest = min(batch), max(batch)
        if smallest < 0 or largest > HIGHEST:
            batch = [min(max(value, 0), HIGHEST) for value in batch]
            smallest, largest = min(batch), max(batch)
        # `index_of` written out: a call a value would double the cost.
        self._counts.update(
            [base + (value >> shift) for value in batch for base, shift in [_OCTAVES[value.bit_length()]]]
        )
        self._widen(len(batch), smallest, largest, sum(batch))

    def merge(self, other: Histogram) -> None:
        """Add all that `other` counted; the sum is exact, and the order of merges makes no difference."""
        if other.n:
            self._counts.update(other._counts)
            self._widen(other.n, other.min, other.max, other.total)

    def _widen(self, n: int, smallest: int, largest: int, total: int) -> None:
        self.min = smallest if self.n == 0 else min(self.min, smallest)
        self.max = max(self.max, largest)
        self.n += n
        self.total += total

    @classmethod
    def from_counts(cls, counts: Iterable[tuple[int, int]]) -> Histogram:
        """Rebuild from (index, count) pairs, counts above 0.

        `min` and `max` are then the ends of their buckets and `total` is reckoned from bucket middles, as
        HdrHistogram does when it decodes. ValueError when an index or a count is out of range.
        """
        histogram = cls()
        for index, count in counts:
            if not 0 <= index <= HIGHEST_INDEX or count <= 0:
                raise ValueError(f"a histogram has no bucket {index} with a count of {count}")
            lowest, highest = bucket_range(index)
            histogram._counts[index] += count
            histogram._widen(count, lowest, highest, count * ((lowest + highest + 1) // 2))
        return histogram

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (self.n, self.min, self.max, self.total, self._counts) == (
            other.n,
            other.min,
            other.max,
            other.total,
            other._counts,
        )

    def __repr__(self) -> str:
        return f"<Histogram n={self.n} min={self.min} max={self.max} total={self.total}>"

    def counts(self) -> Iterator[tuple[int, int]]:
        """The filled buckets as (index, count), in order of their values."""
        return iter(sorted(self._counts.items()))

    @property
    def buckets(self) -> int:
        """How many buckets are filled."""
        return len(self._counts)

    @property
    def mean(self) -> float | None:
        """The exact arithmetic mean in ns; None when empty."""
        return self.total / self.n if self.n else None

    def percentile(self, numerator: int, denominator: int) -> int:
        """The value in ns at `numerator / denominator` (999, 1000 is p99.9); 0 when empty.

        As HdrHistogram's `get_value_at_percentile`: the highest value of the bucket that holds the sample of rank
        round(n q), at least 1; the lowest value of the first bucket when q is 0. The whole, q = 1, is the exact `max`.
        """
        return self.percentiles((numerator, denominator))[0]

    def percentiles(self, *shares: tuple[int, int]) -> list[int]:
        """Several at once, each as (numerator, denominator): the buckets are put in order once for all of them."""
        indices = sorted(self._counts)
        ranks = list(accumulate(map(self._counts.__getitem__, indices)))
        return [self._at(indices, ranks, numerator, denominator) for numerator, denominator in shares]

    def _at(self, indices: list[int], ranks: list[int], numerator: int, denominator: int) -> int:
        """`ranks` has the rank of the last sample of each bucket."""
        if not 0 <= numerator <= denominator or denominator < 1:
            raise ValueError(f"{numerator}/{denominator} is no share")
        if numerator == denominator or not indices:
            return self.max
        rank = max(1, (2 * self.n * numerator + denominator) // (2 * denominator))
        lowest, highest = bucket_range(indices[bisect_left(ranks, rank)])
        return highest if numerator else lowest

    def supports(self, numerator: int, denominator: int) -> bool:
        """Do at least 10 samples lie beyond this percentile, n - ceil(n q) of them?"""
        return self.n + (-self.n * numerator // denominator) >= LEAST_BEYOND
