"""From tallies to the frozen numbers of a result: nanoseconds become seconds, counts become rates.

It decides what is shown and what is null (a percentile that its sample cannot support, a rate over no time).
It never counts anything itself.
"""

from __future__ import annotations

from sockbench.model.plan import Transport
from sockbench.model.result import GroupResult, Interval, Jitter, Times
from sockbench.stats.hints import delayed_ack
from sockbench.stats.histogram import Histogram
from sockbench.stats.tally import Tally

NS = 1e9


def times(histogram: Histogram) -> Times:
    """The distribution in seconds; a percentile is None when fewer than 10 samples lie beyond it.

    No percentile is above the maximum, which is exact where they are the upper ends of buckets.
    """
    mean = histogram.mean
    p50_s, p90_s, p99_s, p999_s = percentiles_s(histogram, (50, 100), (90, 100), (99, 100), (999, 1000))
    return Times(
        n=histogram.n,
        min_s=histogram.min / NS if histogram.n else None,
        mean_s=None if mean is None else mean / NS,
        p50_s=p50_s,
        p90_s=p90_s,
        p99_s=p99_s,
        p999_s=p999_s,
        max_s=histogram.max / NS if histogram.n else None,
    )


def percentiles_s(histogram: Histogram, *shares: tuple[int, int]) -> list[float | None]:
    """Each percentile in seconds, None where its sample cannot support it."""
    supported = [share for share in shares if histogram.supports(*share)]
    found = dict(zip(supported, histogram.percentiles(*supported), strict=True)) if supported else {}
    return [min(found[share], histogram.max) / NS if share in found else None for share in shares]


def summarize(
    *,
    name: str,
    server: str,
    transport: Transport,
    clients: int,
    unregistered: int,
    tally: Tally,
    warmup: Tally,
    elapsed_s: float,
    tells_way: bool = False,
    rfc3550_s: float | None = None,
    has_kernel_rtt: bool = False,
    kernel_drops: int | None = None,
    churned: int = 0,
) -> GroupResult:
    """What became of one group: `tally` over `elapsed_s` seconds, draining included; `warmup` is only counted.

    `tells_way` says that replies tell which way requests were lost.
    """
    counts = tally.counts()
    known = tally.lost_up + tally.lost_down
    is_known = not counts.lost or (tells_way and known > 0)
    return GroupResult(
        name=name,
        server=server,
        transport=transport,
        clients=clients,
        unregistered=unregistered,
        counts=counts,
        warmup=warmup.counts(),
        duplicate=tally.duplicate,
        reordered=tally.reordered,
        stray=tally.stray,
        lost_up=tally.lost_up if is_known else None,
        lost_down=tally.lost_down if is_known else None,
        lost_unknown=counts.lost - known,
        bytes_sent=tally.bytes_sent,
        bytes_received=tally.bytes_received,
        requests_per_s=_per_second(counts.sent, elapsed_s),
        replies_per_s=_per_second(counts.ok + counts.late + counts.corrupt, elapsed_s),
        rtt=times(tally.rtt),
        response=times(tally.response),
        lag=times(tally.lag),
        late_rtt=times(tally.late),
        jitter=_jitter(rfc3550_s, tally.ipdv),
        kernel_rtt=times(tally.kernel_rtt) if has_kernel_rtt else None,
        kernel_drops=kernel_drops,
        churned=churned,
        hints=_hints(name, transport, tally),
    )


def _hints(name: str, transport: Transport, tally: Tally) -> tuple[str, ...]:
    stalls = delayed_ack(name, tally.rtt) if transport == "tcp" else None
    return () if stalls is None else (stalls,)


def _jitter(rfc3550_s: float | None, ipdv: Histogram) -> Jitter:
    mean = ipdv.mean
    return Jitter(
        rfc3550_s=rfc3550_s,
        ipdv_mean_s=None if mean is None else mean / NS,
        ipdv_p99_s=percentiles_s(ipdv, (99, 100))[0],
    )


def interval(group: str, start_s: float, end_s: float, tally: Tally) -> Interval:
    """One group between two moments of a run, in seconds since the measured time began."""
    counts = tally.counts()
    per_second = _per_second(tally.went_out, end_s - start_s)
    return Interval(start_s, end_s, group, counts, times(tally.rtt), per_second, tally.went_out, tally.timed_out)


def _per_second(count: int, elapsed_s: float) -> float | None:
    return count / elapsed_s if elapsed_s > 0 else None
