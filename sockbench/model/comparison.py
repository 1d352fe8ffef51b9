"""A comparison: what the runs of two or more sides say about each other, figure by figure. Nouns alone.

A side is a variant of a scenario, or a whole result. The first side is the base, and every other one is held against
it. Times are seconds, rates are per second, shares are fractions of one; what is unknown is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FigureUnit = Literal["seconds", "per_second", "share"]
Better = Literal["lower", "higher"]
Answer = Literal["higher", "lower", "small", "unclear", "equal", "too few runs", "withheld"]
"""What is known of a change: it is real and counts (higher, lower), real and smaller than what counts (small), not told
from chance (unclear), none in any run (equal), beyond what so few runs can show, or not known in every run (withheld).
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a run has for each group, under the name that thresholds give it: `rtt.p99`, `lost`."""

    name: str
    unit: FigureUnit
    better: Better


@dataclass(frozen=True, slots=True)
class Side:
    """One of the columns of a comparison. `variant` is empty when the side is a whole result."""

    label: str
    variant: dict[str, str]
    runs: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over the runs of one side: the median of the `n` runs that have it, and its 95% interval.

    `withheld` runs have none. The interval is None with fewer than 4 runs.
    """

    n: int
    withheld: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """How the median of a side differs from the base's: by other - base of a share, by other / base - 1 of all else.

    `low` and `high` are its 95% interval, None with fewer than 4 runs a side.
    `p` is that of one test alone, `adjusted_p` the one that counts, after Holm's correction over the group's figures.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted_p: float | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure: an estimate for each side, and a change for each but the first."""

    figure: Figure
    estimates: tuple[Estimate, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class GroupRows:
    """The figures of one group; `names` are what it is called on each side."""

    names: tuple[str, ...]
    rows: tuple[FigureRow, ...]

    @property
    def name(self) -> str:
        """Its name, or all of them."""
        return " / ".join(dict.fromkeys(self.names))


@dataclass(frozen=True, slots=True)
class Comparison:
    """All sides and groups. A change counts from `min_effect` on, that of a share from `min_points` on."""

    alpha: float
    min_effect: float
    min_points: float
    sides: tuple[Side, ...]
    groups: tuple[GroupRows, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """`[group.]figure op change`: what must not have become of a figure. Without a group it is about each of them.

    `value` is a share of the base (0.1 is +10%); of a figure that is a share itself, what is added to it.
    """

    expression: str
    group: str | None
    figure: Figure
    op: Literal["<", ">"]
    value: float


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """A condition held against one group of one side. `failed` is None when the runs cannot tell."""

    condition: Condition
    group: str
    side: str
    change: Change
    failed: bool | None
