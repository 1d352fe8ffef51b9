"""Results for HTML reports: as long and as hostile as they come, with the log of their latencies."""

from __future__ import annotations

import random
from dataclasses import replace

from sockbench.model.experiment import Variant
from sockbench.model.plan import ChoicePayload, TextPayload, Transport
from sockbench.model.result import Counts, GroupResult, Interval, Result, Run, Times, Verdict
from sockbench.stats.histogram import Histogram
from sockbench.stats.hlog import LogLine
from tests.report.samples import GROUP, PLAN, RESULT, RUN, SERVED, STUDENTS

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "</script><script>document.title='taken'</script>",
    "\"'><img src=x onerror=alert(1)>",
    "line\u2028separator\u2029and\x00\x1b[31m\u202e",
    "{{ 7 * 7 }}{% raw %}",
    "\udc80]]><!-- --><style>*{display:none}</style>&lt;",
)
VALUES = ({"transport": "udp"}, {"transport": "tcp"})


def times_of(histogram: Histogram) -> Times:
    """As a summary has them."""

    def at(numerator: int, denominator: int) -> float | None:
        there = histogram.n and histogram.supports(numerator, denominator)
        return histogram.percentile(numerator, denominator) / 1e9 if there else None

    known = histogram.n > 0
    return Times(
        n=histogram.n,
        min_s=histogram.min / 1e9 if known else None,
        mean_s=histogram.mean / 1e9 if histogram.mean is not None else None,
        p50_s=at(1, 2),
        p90_s=at(9, 10),
        p99_s=at(99, 100),
        p999_s=at(999, 1000),
        max_s=histogram.max / 1e9 if known else None,
    )


def long_result(seconds: int, groups: int = 1, repeat: int = 1, seed: int = 3) -> tuple[Result, list[LogLine]]:
    """Two variants with so many groups each, an interval a second: as runs of this length are saved."""
    chance = random.Random(seed)
    names = [f"class-{number}" for number in range(1, groups + 1)]
    of_names = tuple(replace(STUDENTS, name=name) for name in names)
    plan = replace(PLAN, duration=float(seconds), warmup=0.0, groups=of_names)
    runs, log = [], []
    for repetition in range(1, repeat + 1):
        for values in VALUES:
            run, lines = _run(values, repetition, names, seconds, chance)
            runs.append(run)
            log += lines
    variants = tuple(Variant(values, plan) for values in VALUES)
    result = replace(RESULT, scenario=plan, variants=variants, runs=tuple(runs), repeat=repeat, thresholds=())
    return result, log


def _run(
    values: dict[str, str], repetition: int, names: list[str], seconds: int, chance: random.Random
) -> tuple[Run, list[LogLine]]:
    transport: Transport = "udp" if values["transport"] == "udp" else "tcp"
    middle = 200_000 if transport == "udp" else 260_000
    intervals, log, results = [], [], []
    for name in names:
        whole, total = Histogram(), Counts()
        for second in range(seconds):
            histogram = Histogram()
            histogram.record_all([int(middle * chance.lognormvariate(0, 0.4)) for _ in range(30)])
            whole.merge(histogram)
            lost = chance.randrange(3) if transport == "udp" else 0
            total = replace(total, ok=total.ok + 30, lost=total.lost + lost)
            counts = Counts(ok=30, lost=lost)
            start = float(second)
            intervals.append(
                Interval(start, start + 1, name, counts, times_of(histogram), 30.0 + lost, 30 + lost, lost)
            )
            log.append(LogLine(f"transport={transport}/{name}", start, 1.0, histogram))
        rtt = times_of(whole)
        group: GroupResult = replace(
            GROUP, name=name, transport=transport, counts=total, rtt=rtt, response=rtt, requests_per_s=100.0,
            lost_up=total.lost, lost_down=0,
        )  # fmt: skip
        results.append(group)
    intervals.sort(key=lambda one: (one.start_s, one.group))
    run = replace(
        RUN, variant=values, repetition=repetition, duration_s=float(seconds), elapsed_s=float(seconds), warmup_s=0.0,
        groups=tuple(results), intervals=tuple(intervals),
    )  # fmt: skip
    return run, log


def hostile(text: str) -> Result:
    """`text` wherever a result holds a text of somebody else's."""
    groups = (
        replace(STUDENTS, name=text, register=text, payload=TextPayload(text)),
        replace(STUDENTS, name=f"{text}2", payload=ChoicePayload((text, text))),
    )
    server = replace(PLAN.servers[0], name=text, service=text, host=text)
    plan = replace(PLAN, name=text, description=text, source=text, groups=groups, servers=(server,), thresholds=())
    runs = []
    for values in ({text: text}, {text: f"{text}!"}):
        results = tuple(replace(GROUP, name=group.name, server=text, hints=(text,)) for group in groups)
        intervals = tuple(
            Interval(0.0, 1.0, group.name, Counts(ok=99, lost=1), GROUP.rtt, 100.0, 100) for group in groups
        )
        served = replace(SERVED, name=text, address=text)
        runs.append(replace(RUN, variant=values, groups=results, servers=(served,), intervals=intervals))
    environment = replace(
        RESULT.environment, cpu=text, os=text, kernel=text, python=text, libraries={text: text}, sysctl={text: text}
    )
    return replace(
        RESULT,
        name=text,
        sockbench=text,
        started=text,
        verdict=Verdict("suspect", (text,)),
        environment=environment,
        scenario=plan,
        variants=tuple(Variant(run.variant, plan) for run in runs),
        runs=tuple(runs),
        thresholds=(replace(RESULT.thresholds[0], expression=text, reason=text),),
    )
