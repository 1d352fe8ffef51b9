"""The servers of a scenario, in one Trio nursery, in a process of their own."""

from __future__ import annotations

import time

import trio

from sockbench.model.plan import Plan
from sockbench.model.result import ServerResult
from sockbench.net.servers import bind_all
from sockbench.run.leash import Conductor
from sockbench.run.messages import Go, Listening, ServersEnd, StartServers, Stop


async def run_servers(conductor: Conductor) -> None:
    """Bind, say where, serve until told to stop, report. RunError when a server cannot listen."""
    start = await conductor.hear()
    assert isinstance(start, StartServers)
    running = await bind_all(start.plan.servers, lambda server: None)
    await conductor.say(Listening({server.plan.name: (server.address[0], server.address[1]) for server in running}))
    spent_before = time.process_time()  # on starting up
    reports: tuple[ServerResult, ...] = ()
    meter = BusyMeter()
    async with trio.open_nursery() as nursery:
        for server in running:
            nursery.start_soon(server.serve)
        while not isinstance(order := await conductor.hear(), Stop):
            if isinstance(order, Go):
                nursery.start_soon(_measure, start.plan, meter)
        meter.end()
        cpu = (
            time.process_time() - spent_before if len(running) == 1 else None
        )  # a process's, so a server's when it is alone
        reports = tuple(server.result(cpu) for server in running)
        nursery.cancel_scope.cancel()
    await conductor.say(ServersEnd(reports, meter.busy))


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


async def _measure(plan: Plan, meter: BusyMeter) -> None:
    """While the load lasts: the warm-up and the drain would make it look more idle than it was."""
    await trio.sleep(plan.warmup)
    meter.begin()
    await trio.sleep(plan.duration)
    meter.end()
