"""What is known of a run when it is over, or so far, gathered for the verdict to judge. Pure; judges nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sockbench.model.environment import Environment
from sockbench.model.plan import Plan
from sockbench.model.result import GroupResult, Run
from sockbench.run.collect import Collection
from sockbench.run.machine import Readings
from sockbench.run.offers import offers
from sockbench.stats.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SoFar:
    """What is known besides the requests while a run goes on; None is unknown."""

    interrupted: bool = False
    busy: float = 0.0
    server_busy: float | None = None
    relay_busy: float | None = None
    readings: Readings | None = None


def evidence_so_far(collection: Collection, groups: Sequence[GroupResult], known: SoFar) -> Evidence:
    """What is known while the run goes on. Of its schedule only the periods: it is not at its end."""
    plan, readings = collection.plan, known.readings
    return Evidence(
        groups=tuple(groups),
        deaths=tuple(collection.deaths),
        interrupted=known.interrupted,
        aborted_by=collection.aborted.expression if collection.aborted is not None else None,
        elapsed_s=collection.elapsed_s,
        warmup_s=plan.warmup,
        duration_s=plan.duration,
        offers={name: replace(offer, requests=0, deviation=0.0) for name, offer in offers(plan).items()},
        busy=known.busy,
        server_busy=known.server_busy,
        relay_busy=known.relay_busy,
        other_cpu_share=readings.other_cpu_share if readings is not None else None,
        steal_share=readings.steal_share if readings is not None else None,
        clock_step_s=readings.clock_step_s if readings is not None else None,
    )


def evidence_of(plan: Plan, collection: Collection, run: Run, environment: Environment, interrupted: bool) -> Evidence:
    """All of it, when nothing more will be told."""
    return Evidence(
        groups=run.groups,
        servers=run.servers,
        deaths=tuple(collection.deaths),
        interrupted=interrupted,
        aborted_by=run.aborted_by,
        elapsed_s=run.elapsed_s,
        warmup_s=run.warmup_s,
        duration_s=run.duration_s,
        refusals=collection.refusals(),
        ambiguous=collection.totals("ambiguous"),
        client_drops=collection.totals("kernel_drops"),
        tokens=frozenset(group.name for group in plan.groups if group.token is not None),
        offers=offers(plan),
        busy=collection.busy,
        server_busy=collection.server_busy,
        relays=run.relays,
        relay_busy=collection.relay_busy,
        still=collection.still,
        other_cpu_share=environment.other_cpu_share,
        steal_share=environment.steal_share,
        clock_step_s=environment.clock_step_s,
        start_late_s=environment.start_late_s,
        load_average=environment.load_average[0] if environment.load_average is not None else None,
        cpus=environment.cpus,
    )
