"""How busy a process of the run was while the load lasted."""

from __future__ import annotations

import time

import trio

from sockbench.model.plan import Plan


class BusyMeter:
    """The share of the time between a beginning and the first end that this process spent on a processor."""

    def __init__(self) -> None:
        self.busy: float | None = None
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        """From now on."""
        self._began = time.process_time(), time.perf_counter()

    def end(self) -> None:
        """Until now; it has ended if it ever began, and ends once."""
        if self._began is not None and self.busy is None:
            spent, began = self._began
            self.busy = (time.process_time() - spent) / max(1e-9, time.perf_counter() - began)


async def measure(plan: Plan, meter: BusyMeter) -> None:
    """While the load lasts: the warm-up and the drain would make it look more idle than it was."""
    await trio.sleep(plan.warmup)
    meter.begin()
    await trio.sleep(plan.duration)
    meter.end()
