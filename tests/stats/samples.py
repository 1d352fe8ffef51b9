"""Small results to hold thresholds and verdicts against."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sockbench.model.result import Counts, GroupResult, Jitter, ServerResult, Times

NO_TIMES = Times(n=0, min_s=None, mean_s=None, p50_s=None, p90_s=None, p99_s=None, p999_s=None, max_s=None)
FEW = Times(n=50, min_s=0.001, mean_s=0.002, p50_s=0.002, p90_s=None, p99_s=None, p999_s=None, max_s=0.009)
MANY = Times(n=20_000, min_s=0.0004, mean_s=0.001, p50_s=0.0009, p90_s=0.002, p99_s=0.004, p999_s=0.008, max_s=0.011)
QUICK = Times(n=20_000, min_s=0.0, mean_s=5e-6, p50_s=5e-6, p90_s=1e-5, p99_s=4e-5, p999_s=8e-5, max_s=1e-4)

GROUP = GroupResult(
    name="students",
    server="registry",
    transport="udp",
    clients=10,
    unregistered=0,
    counts=Counts(ok=950, late=10, lost=30, refused=3, failed=2, corrupt=1, skipped=100, unfinished=4),
    warmup=Counts(ok=100),
    duplicate=5,
    reordered=6,
    stray=7,
    lost_up=20,
    lost_down=10,
    lost_unknown=0,
    bytes_sent=64_000,
    bytes_received=60_000,
    requests_per_s=99.0,
    replies_per_s=95.0,
    rtt=MANY,
    response=MANY,
    lag=QUICK,
    late_rtt=NO_TIMES,
    jitter=Jitter(rfc3550_s=0.0003, ipdv_mean_s=0.0002, ipdv_p99_s=None),
)

SERVER = ServerResult(
    name="registry",
    transport="udp",
    address="127.0.0.1:10125",
    received=1000,
    answered=1000,
    rejected=0,
    clients_peak=10,
    kernel_drops=0,
    cpu_s=0.12,
)


def group(**changes: Any) -> GroupResult:
    """GROUP with some fields changed."""
    return replace(GROUP, **changes)


def server(**changes: Any) -> ServerResult:
    """SERVER with some fields changed."""
    return replace(SERVER, **changes)
