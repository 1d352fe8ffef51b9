"""Random results, within what a run could ever count."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from sockbench.model.experiment import Variant
from sockbench.model.relay import GroupTruth, RelayReport, RelayResult, WayCounts
from sockbench.model.result import (
    Buffer,
    Counts,
    GroupResult,
    Interval,
    Jitter,
    Result,
    Run,
    ServerResult,
    Spread,
    TcpResult,
    ThresholdResult,
    Times,
    Verdict,
)
from tests.report.samples import CALIBRATION, ENVIRONMENT, LOST, P99, PLAN

counts_of = st.integers(0, 10**15)
unknown_counts = st.none() | counts_of
seconds = st.floats(0, 3600, allow_nan=False)
unknown_seconds = st.none() | seconds
rates = st.none() | st.floats(0, 1e9, allow_nan=False)
texts = st.text(max_size=80) | st.sampled_from(["students", "日本語" * 20, "\x1b[2J", "a\nb", "e\u0301" * 40, "\ud800"])
transports = st.sampled_from(["udp", "tcp"])

times = st.builds(
    Times,
    n=counts_of,
    min_s=unknown_seconds,
    mean_s=unknown_seconds,
    p50_s=unknown_seconds,
    p90_s=unknown_seconds,
    p99_s=unknown_seconds,
    p999_s=unknown_seconds,
    max_s=unknown_seconds,
)
buffers = st.none() | st.builds(Buffer, counts_of, counts_of)
counts = st.builds(Counts, *[counts_of] * 8) | st.builds(Counts, ok=st.integers(0, 1000))
spreads = st.builds(Spread, unknown_seconds, unknown_seconds, unknown_seconds)
connections = st.builds(
    TcpResult,
    counts_of,
    *[unknown_counts] * 6,
    spreads,
    spreads,
    unknown_seconds,
    st.none() | texts,
)
groups = st.builds(
    GroupResult,
    name=texts,
    server=texts,
    transport=transports,
    clients=st.integers(1, 10**6),
    unregistered=st.integers(0, 10**6),
    counts=counts,
    warmup=counts,
    duplicate=counts_of,
    reordered=counts_of,
    stray=counts_of,
    lost_up=unknown_counts,
    lost_down=unknown_counts,
    lost_unknown=counts_of,
    bytes_sent=counts_of,
    bytes_received=counts_of,
    requests_per_s=rates,
    replies_per_s=rates,
    rtt=times,
    response=times,
    lag=times,
    late_rtt=times,
    jitter=st.builds(Jitter, unknown_seconds, unknown_seconds, unknown_seconds),
    kernel_rtt=st.none() | times,
    kernel_drops=unknown_counts,
    hints=st.lists(texts, max_size=2).map(tuple),
    receive_buffer=buffers,
    send_buffer=buffers,
    tcp=st.none() | connections,
)
servers = st.builds(
    ServerResult,
    name=texts,
    transport=transports,
    address=texts,
    received=unknown_counts,
    answered=unknown_counts,
    rejected=unknown_counts,
    clients_peak=unknown_counts,
    kernel_drops=unknown_counts,
    cpu_s=unknown_seconds,
    receive_buffer=buffers,
    send_buffer=buffers,
)
ways = st.builds(WayCounts, *[counts_of] * 9)
reports = st.builds(
    RelayReport,
    transport=transports,
    address=texts,
    target=texts,
    up=ways,
    down=ways,
    flows=counts_of,
    turned_away=counts_of,
    forgotten=counts_of,
    refused=counts_of,
    resets=counts_of,
    kernel_drops=unknown_counts,
)
relays = st.builds(
    RelayResult,
    before=st.sampled_from(["server", "group"]),
    name=texts,
    report=reports,
    groups=st.lists(st.builds(GroupTruth, texts, *[counts_of] * 10), max_size=2).map(tuple),
)
intervals = st.builds(
    Interval, start_s=seconds, end_s=seconds, group=texts, counts=counts, rtt=times, requests_per_s=rates
)
runs = st.builds(
    Run,
    variant=st.dictionaries(texts, texts, max_size=2),
    repetition=st.integers(1, 99),
    warmup_s=seconds,
    duration_s=seconds,
    elapsed_s=seconds,
    groups=st.lists(groups, min_size=1, max_size=3).map(tuple),
    servers=st.lists(servers, max_size=2).map(tuple),
    intervals=st.lists(intervals, max_size=2).map(tuple),
    relays=st.lists(relays, max_size=2).map(tuple),
)
environments = st.builds(
    replace,
    st.just(ENVIRONMENT),
    other_cpu_share=unknown_seconds,
    steal_share=unknown_seconds,
    clock_step_s=unknown_seconds,
    workers_auto=st.booleans(),
    start_late_s=unknown_seconds,
    calibration=st.sampled_from([None, CALIBRATION, replace(CALIBRATION, lane_lateness=None, cpu=None)]),
)
held = st.tuples(unknown_seconds, st.none() | st.booleans())


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Any result, with thresholds of two kinds."""
    thresholds = tuple(draw(st.lists(st.sampled_from([P99, LOST]), max_size=2, unique=True)))
    description = draw(texts)
    plan = replace(PLAN, thresholds=thresholds, description=description)
    values = draw(st.lists(st.dictionaries(texts, texts, min_size=1, max_size=2), max_size=2))
    return Result(
        sockbench="0.1.0",
        name=draw(texts),
        started="2026-11-21T06:50:00Z",
        interrupted=draw(st.booleans()),
        seed=draw(st.integers(0, 2**63)),
        verdict=Verdict(draw(st.sampled_from(["valid", "suspect", "invalid"])), tuple(draw(st.lists(texts)))),
        environment=draw(environments),
        scenario=plan,
        thresholds=tuple(
            ThresholdResult(one.expression, *draw(held), draw(st.dictionaries(texts, texts, max_size=1)), number)
            for number, one in enumerate(thresholds)
        ),
        runs=tuple(draw(st.lists(runs, min_size=1, max_size=2))),
        variants=tuple(Variant(one, plan) for one in values),
        repeat=draw(st.integers(1, 3)),
    )
