"""What else the machine did while a run went on: two looks at its clocks and processors, and their difference.

A look reads; the difference is pure. Nothing is judged here, and what this system does not tell is None.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

FEWEST_TICKS = 50
"""Processor time is counted in ticks (mostly 10 ms); a share of fewer than so many says nothing."""

_STAT = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Ticks:
    """Time of all processors since the system started, in clock ticks, after the first line of /proc/stat."""

    processes: int  # user, nice and system: what processes used
    stolen: int  # by the host of a virtual machine
    total: int


@dataclass(frozen=True, slots=True)
class Look:
    """The machine at one moment. Times are seconds; `own_cpu` is this process's and its ended children's."""

    wall: float
    monotonic: float
    own_cpu: float
    ticks: Ticks | None


@dataclass(frozen=True, slots=True)
class Readings:
    """What happened between two looks; shares are of the time of all processors."""

    other_cpu_share: float | None
    steal_share: float | None
    clock_step_s: float


def look() -> Look:
    """The machine now. Children count once they have ended and been waited for."""
    times = os.times()
    return Look(
        wall=time.time(),
        monotonic=time.monotonic(),
        own_cpu=times.user + times.system + times.children_user + times.children_system,
        ticks=_read_ticks(),
    )


def cpu_of(process: int) -> float | None:
    """Seconds of processor time that a process has used; None where it is gone, or nobody tells."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / ticks_per_second()  # utime and stime, of proc(5)
    except (OSError, IndexError, ValueError):
        return None


def difference(before: Look, after: Look, ticks_per_second: int) -> Readings:
    """What other processes used, what the host stole, how far the wall clock moved against the monotonic one.

    Time in interrupts is nobody's: loopback delivers a packet in a soft interrupt of whoever sent it, so during a run
    it is mostly the run's own work, and to count it as others' would blame them for our traffic. Where the kernel
    counts it to our processes too, the others' share comes out too low, never too high.
    """
    step = (after.wall - before.wall) - (after.monotonic - before.monotonic)
    if before.ticks is None or after.ticks is None:
        return Readings(None, None, step)
    total = after.ticks.total - before.ticks.total
    if total < FEWEST_TICKS:
        return Readings(None, None, step)
    own = (after.own_cpu - before.own_cpu) * ticks_per_second
    other = (after.ticks.processes - before.ticks.processes) - own
    stolen = after.ticks.stolen - before.ticks.stolen
    return Readings(_share(other, total), _share(stolen, total), step)


def _share(part: float, total: int) -> float:
    """Counters of an idle processor may run backwards by a tick (proc(5)), and ours are rounded otherwise."""
    return min(1.0, max(0.0, part / total))


def parse_ticks(text: str) -> Ticks | None:
    """The first line of /proc/stat: `cpu user nice system idle iowait irq softirq steal …` (proc(5)).

    Guests' time is in user and nice already. None when the line is not there, or counts nothing.
    """
    words = text.split("\n", 1)[0].split()
    if len(words) < 5 or words[0] != "cpu" or not all(word.isdecimal() for word in words[1:]):
        return None
    counts = [int(word) for word in words[1:9]]
    if not any(counts):
        return None
    user, nice, system, *_ = counts
    return Ticks(processes=user + nice + system, stolen=counts[7] if len(counts) == 8 else 0, total=sum(counts))


def _read_ticks() -> Ticks | None:
    try:
        return parse_ticks(_STAT.read_text())
    except OSError:
        return None


def ticks_per_second() -> int:
    """Clock ticks a second; where nobody tells, no ticks are counted either."""
    try:
        return os.sysconf("SC_CLK_TCK")
    except (AttributeError, OSError, ValueError):
        return 100
