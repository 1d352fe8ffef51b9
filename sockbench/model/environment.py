"""Where a result was made: enough to tell whether two results may be compared, and what else went on there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockbench.model.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the tool. Sizes are bytes; what could not be found out is None.

    `workers_auto` says that their number was left to the tool. `other_cpu_share`, `steal_share` and `clock_step_s` are
    of the whole run, from before its processes start until they have ended; shares are of the time of all processors.
    `clock_step_s` is how far the wall clock moved against the monotonic one, `start_late_s` how long after the instant
    agreed for all the last worker began.
    """

    sockbench: str
    python: str
    libraries: dict[str, str]
    os: str
    kernel: str
    cpu: str | None
    cpus: int | None
    memory_bytes: int | None
    sysctl: dict[str, str]
    load_average: tuple[float, float, float] | None
    workers: int
    driver: str
    gc: str
    other_cpu_share: float | None = None  # used by processes that are not the run's
    steal_share: float | None = None  # taken by the host of a virtual machine
    clock_step_s: float | None = None
    workers_auto: bool = False
    start_late_s: float | None = None
    calibration: Calibration | None = None  # this machine's own floor, where it was measured
