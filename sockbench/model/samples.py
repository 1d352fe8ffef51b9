"""Every request as a row of whole numbers, as workers hand them on: compact to keep, quick to write and to send.

Times are nanoseconds of the worker's clock; `NEVER` stands where nothing happened. What a row looks like to a person
is decided in `sockbench.report.sample_rows`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sockbench.model.outcome import Outcome

LOST_UP = len(Outcome)
"""Stands for the outcome of a lost request that never came to the server; the number after it of one that did."""


class Sample(NamedTuple):
    """One request. `end` is its outcome, or LOST_UP, or LOST_UP + 1."""

    client: int  # its number in the group, from 1
    identity: int  # its id on the wire
    number: int  # of the request, on the wire; 0 when it was never sent
    due: int
    sent: int
    done: int
    end: int


WIDTH = len(Sample._fields)


@dataclass(frozen=True, slots=True)
class Samples:
    """The rows of one group, one after the other in `words`; the measurement began at `origin` ns."""

    origin: int
    words: array[int]

    def __len__(self) -> int:
        return len(self.words) // WIDTH

    def __iter__(self) -> Iterator[Sample]:
        words = iter(self.words)
        return map(Sample._make, zip(*[words] * WIDTH, strict=True))
