"""What others hear of a run while it goes on: nouns only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

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
class Progress:
    """What is known while a run goes on. Seconds count from the first due time."""

    phase: Phase
    elapsed_s: float
    total_s: float
    planned: int = 0
    ok: int = 0
    overdue: int = 0


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of a run while it goes on: `watch` of the progress, twice a second; `samples` of every request of a
    group (without it none is kept); `interval` of each second of a group, once all is known of it.
    """

    watch: Watch | None = None
    samples: Callable[[str, Samples], None] | None = None
    interval: Callable[[Interval], None] | None = None


DEAF = Ears()
