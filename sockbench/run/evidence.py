"""What is known of a run when it is over, gathered for the verdict to judge. Pure; judges nothing itself."""

from __future__ import annotations

from sockbench.model.environment import Environment
from sockbench.model.plan import Plan
from sockbench.model.result import Run
from sockbench.run.collect import Collection
from sockbench.run.offers import offers
from sockbench.stats.evidence import Evidence


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
        other_cpu_share=environment.other_cpu_share,
        steal_share=environment.steal_share,
        clock_step_s=environment.clock_step_s,
        start_late_s=environment.start_late_s,
        load_average=environment.load_average[0] if environment.load_average is not None else None,
        cpus=environment.cpus,
    )
