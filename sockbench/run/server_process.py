"""The servers of a scenario, in one Trio nursery, in a process of their own."""

from __future__ import annotations

import time

import trio

from sockbench.model.result import ServerResult
from sockbench.net.buffers import server_room
from sockbench.net.servers import bind_all
from sockbench.run.busy import BusyMeter, measure
from sockbench.run.leash import Conductor
from sockbench.run.messages import Go, Listening, ServersEnd, StartServers, Stop
from sockbench.run.still import StillMeter


async def run_servers(conductor: Conductor) -> None:
    """Bind, say where, serve until told to stop, report. RunError when a server cannot listen."""
    start = await conductor.hear()
    assert isinstance(start, StartServers)
    plan = start.plan
    running = await bind_all(plan.servers, lambda server: None, lambda server: server_room(plan, server.name))
    await conductor.say(Listening({server.plan.name: (server.address[0], server.address[1]) for server in running}))
    spent_before = time.process_time()  # on starting up
    reports: tuple[ServerResult, ...] = ()
    meter, still = BusyMeter(), StillMeter()
    async with trio.open_nursery() as nursery:
        for server in running:
            nursery.start_soon(server.serve)
        while not isinstance(order := await conductor.hear(), Stop):
            if isinstance(order, Go):
                nursery.start_soon(still.watch)
                nursery.start_soon(measure, plan, meter)
        meter.end()
        cpu = (
            time.process_time() - spent_before if len(running) == 1 else None
        )  # a process's, so a server's when it is alone
        reports = tuple(server.result(cpu) for server in running)
        nursery.cancel_scope.cancel()
    await conductor.say(ServersEnd(reports, meter.busy, still.longest))
