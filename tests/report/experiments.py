"""Results of several runs: two variants, run twice each, and one scenario that is run three times."""

from __future__ import annotations

import random
from dataclasses import replace

from sockbench.model.experiment import Variant
from sockbench.model.plan import Transport
from sockbench.model.result import Counts, Result, Run, ThresholdResult, Verdict
from sockbench.stats.comparison import compare
from sockbench.stats.sides import of_variants
from tests.report.samples import CONNECTIONS, GROUP, LOST, P99, PLAN, RESULT, RUN

UDP, TCP = {"transport": "udp"}, {"transport": "tcp"}


def run(values: dict[str, str], repetition: int, p50_s: float, lost: int) -> Run:
    """A run of two groups."""
    rtt = replace(GROUP.rtt, p50_s=p50_s, p99_s=None if lost > 5 else p50_s * 4)
    counts = Counts(ok=1_000 - lost, lost=lost)
    transport: Transport = "tcp" if values.get("transport") == "tcp" else "udp"
    students = replace(GROUP, counts=counts, rtt=rtt, transport=transport, requests_per_s=1_000 + repetition)
    if transport == "tcp":
        students = replace(students, tcp=replace(CONNECTIONS, min_rtt_s=repetition * 1e-6))
    return replace(
        RUN, variant=values, repetition=repetition, groups=(students, replace(students, name="watchers", clients=2))
    )


def held(values: dict[str, str], repetition: int, actual: float | None, *, ok: bool | None) -> ThresholdResult:
    return ThresholdResult(P99.expression, actual, ok, values, repetition)


_PLAN = replace(PLAN, thresholds=(P99, LOST))
MATRIX: Result = replace(
    RESULT,
    scenario=_PLAN,
    variants=(Variant(UDP, _PLAN), Variant(TCP, replace(_PLAN, duration=20.0))),
    repeat=2,
    runs=(run(TCP, 1, 0.0004, 0), run(UDP, 1, 0.0002, 4), run(UDP, 2, 0.0003, 0), run(TCP, 2, 0.0006, 0)),
    thresholds=(
        held(TCP, 1, 0.0016, ok=True),
        held(UDP, 1, 0.0008, ok=True),
        held(UDP, 2, 0.0012, ok=False),
        held(TCP, 2, None, ok=None),
    ),
    verdict=Verdict("suspect", ("transport=udp, repetition 2: other processes used 40% of this machine's processors",)),
)
REPEATED: Result = replace(
    RESULT,
    repeat=3,
    interrupted=True,
    runs=(run({}, 1, 0.0002, 0), run({}, 2, 0.0003, 9)),
    thresholds=(),
    verdict=Verdict("suspect", ("interrupted in run 2; 1 run was not made",)),
)


def compared() -> Result:
    """MATRIX with six runs of each variant, and what they say."""
    chance = random.Random(5)
    runs = tuple(
        run(values, number, usual * chance.lognormvariate(0, 0.02), 0)
        for number in range(1, 7)
        for values, usual in ((UDP, 0.0002), (TCP, 0.0003))
    )
    result = replace(
        MATRIX, repeat=6, runs=runs, thresholds=tuple(held(one.variant, one.repetition, 8e-4, ok=True) for one in runs)
    )
    match = of_variants(result)
    return replace(result, verdict=Verdict("valid", ()), comparison=compare(match.sides))


COMPARED: Result = compared()
