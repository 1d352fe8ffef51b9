"""What is known of one run when it is judged: its numbers, what the processes told besides, and the machine. Pure."""

from __future__ import annotations

from sockbench.model.environment import Environment
from sockbench.model.plan import Plan
from sockbench.model.result import Run
from sockbench.run.collect import Collection
from sockbench.run.machine import Readings
from sockbench.run.offers import offers
from sockbench.stats.evidence import Evidence


def evidence_of(
    plan: Plan, run: Run, collection: Collection, interrupted: bool, readings: Readings, environment: Environment
) -> Evidence:
    """The evidence on `run`. `readings` are of its own time; `environment` is the machine before the first run."""
    return Evidence(
        groups=run.groups,
        servers=run.servers,
        deaths=tuple(collection.deaths),
        interrupted=interrupted,
        elapsed_s=run.elapsed_s,
        warmup_s=run.warmup_s,
        duration_s=run.duration_s,
        refusals=collection.refusals(),
        ambiguous=collection.totals("ambiguous"),
        client_drops=collection.totals("kernel_drops"),
        offers=offers(plan),
        busy=collection.busy,
        server_busy=collection.server_busy,
        relays=run.relays,
        relay_busy=collection.relay_busy,
        other_cpu_share=readings.other_cpu_share,
        steal_share=readings.steal_share,
        clock_step_s=readings.clock_step_s,
        start_late_s=collection.start_late_s,
        load_average=environment.load_average[0] if environment.load_average is not None else None,
        cpus=environment.cpus,
    )
