"""This machine's own floor: what a round trip, a wake-up and the accounting cost here, when nothing else is done.

What another machine, kernel or Python measured is no floor of this one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sockbench.model.environment import Environment
from sockbench.model.plan import Transport
from sockbench.model.result import Times


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `sockbench calibrate` measured. Times in seconds; `measured` is in UTC, after ISO 8601.

    `udp` and `tcp` are round trips of plain blocking sockets over loopback. `trio_lateness` is how late a task that
    sleeps until a due time is woken (the driver `tasks`), `lane_lateness` the same of a lane, None where there is none.
    """

    sockbench: str
    measured: str
    cpu: str | None
    kernel: str
    python: str
    udp: Times
    tcp: Times
    trio_lateness: Times
    lane_lateness: Times | None
    record_s: float  # one value into a histogram
    record_many_s: float  # one value of a batch
    clock_read_s: float
    clock_resolution_s: float

    def rtt(self, transport: Transport) -> Times:
        """The round trips over one transport."""
        return self.udp if transport == "udp" else self.tcp


def what_differs(calibration: Calibration, here: Environment) -> str | None:
    """Why it is not of the machine that is described by `here`, as the end of a sentence; None when it is."""
    for noun, there, now in (
        ("processor", calibration.cpu, here.cpu),
        ("kernel", calibration.kernel, here.kernel),
        ("Python", calibration.python, here.python),
    ):
        if there != now:
            return f"its {noun} is {there or 'unknown'}, and here it is {now or 'unknown'}"
    return None
