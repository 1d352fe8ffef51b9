"""What others hear of a run while it goes on: nouns only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sockbench.model.experiment import Variant, run_called
from sockbench.model.live import LiveRun
from sockbench.model.result import Interval
from sockbench.model.samples import Samples


class Phase(Enum):
    """Where a run is, for whoever shows its progress."""

    STARTING = "starting"
    WARMUP = "warm-up"
    MEASURING = "measuring"
    DRAINING = "draining"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Turn:
    """Which run it is: the `number`th of `runs`, from 1; and which of the `repeat` repetitions of which variant.

    Of a search nobody knows how many there will be: `runs` is None.
    """

    number: int
    runs: int | None
    variant: Variant
    repetition: int
    repeat: int

    @property
    def is_alone(self) -> bool:
        """Is it the only one?"""
        return self.runs == 1

    @property
    def called(self) -> str:
        """`transport=udp, repetition 2`; empty where there is but one run."""
        return run_called(self.variant.values, self.repetition, self.repeat)

    @property
    def announced(self) -> str:
        """`run 3 of 10: transport=udp, repetition 2`."""
        of = "" if self.runs is None else f" of {self.runs:,}"
        return f"run {self.number:,}{of}: {self.called}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known while a run goes on. Seconds count from the first due time."""

    phase: Phase
    elapsed_s: float
    total_s: float
    planned: int = 0
    ok: int = 0
    overdue: int = 0
    turn: Turn | None = None
    live: LiveRun | None = None  # where it is asked for
    after_s: float | None = 0.0  # what the runs after this one take at most; None: nobody knows


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of a run while it goes on: `turn` of each run before it begins; `watch` of the progress, twice a
    second; `samples` of every request of a group (without it none is kept); `interval` of each second of a group, once
    all is known of it. `live`: the progress is to tell of each group, too.
    """

    watch: Watch | None = None
    samples: Callable[[str, Samples], None] | None = None
    interval: Callable[[Interval], None] | None = None
    turn: Callable[[Turn], None] | None = None
    live: bool = False


DEAF = Ears()
