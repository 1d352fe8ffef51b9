"""Where a result was made: enough to tell whether two results may be compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the tool. Sizes are bytes; what could not be found out is None."""

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
