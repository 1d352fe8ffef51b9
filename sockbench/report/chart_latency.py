"""Charts of how long round trips took: by percentile, on HdrHistogram's axis, and as a histogram. It decides how far
the samples support a percentile, and how wide a bar is; the counts are those of `latency.hlog`, of all runs together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sockbench.model.result import Times
from sockbench.report.chart import Axis, Chart, Line, Words, middle, several, shown
from sockbench.report.chart_series import Series
from sockbench.stats.histogram import LEAST_BEYOND, Histogram, bucket_range
from sockbench.stats.hlog import LogLine

_STEPS = 5
"""Points each time that what lies beyond is halved, as HdrHistogram's own plots have."""
_BINS = 80
_NS = 1e9
_WIDE = 50.0
"""From this ratio of the slowest to the quickest on, an axis begins logarithmic."""
_PLACES = ((2.0, "p50"), (10.0, "p90"), (100.0, "p99"), (1_000.0, "p99.9"), (10_000.0, "p99.99"), (1e5, "p99.999"))


def latency_charts(series: Sequence[Series], log: Sequence[LogLine]) -> list[Chart]:
    """Both, where the log has the groups; by the saved percentiles alone where it has not, and then no histogram."""
    merged = [_merged(one, log) for one in series]
    if not any(histogram.n for histogram in merged):
        return [chart for chart in [_by_few(series)] if chart is not None]
    known = [
        (at, one, histogram) for at, (one, histogram) in enumerate(zip(series, merged, strict=True)) if histogram.n
    ]
    return [_by_percentile(known), _histogram(known)]


def _merged(one: Series, log: Sequence[LogLine]) -> Histogram:
    whole = Histogram()
    for line in log:
        if line.tag == one.tag:
            whole.merge(line.histogram)
    return whole


def _by_percentile(known: Sequence[tuple[int, Series, Histogram]]) -> Chart:
    last = max(max(1.0, histogram.n / LEAST_BEYOND) for _, _, histogram in known)
    steps = math.floor(math.log2(last) * _STEPS)
    at = tuple(dict.fromkeys([2 ** (step / _STEPS) for step in range(steps + 1)] + [last]))
    lines = [Line(one.label, _percentiles(histogram, at), colour, colour % 3) for colour, one, histogram in known]
    wanted = [(beyond, name) for beyond, name in _PLACES if beyond <= last]
    rows = tuple(
        (one.label, f"{histogram.n:,}", *(shown(_at(histogram, beyond), "duration") for beyond, _ in wanted),
         shown(histogram.max / _NS, "duration"))
        for _, one, histogram in known
    )  # fmt: skip
    words = Words(
        "How long the round trips took, by the share that took no longer; towards the right are the slowest. "
        f"{_said(known)}{_together(known)} A line ends where fewer than 10 requests took longer.",
        ("", "answered", *(name for _, name in wanted), "max"),
        rows,
    )
    x = Axis("percentile", "percentile", log=True)
    y = Axis("RTT", "duration", log=_is_wide(lines))
    return Chart("percentiles", "Latency by percentile", "line", x, y, at, tuple(lines), words, can_log=True)


def _percentiles(histogram: Histogram, at: Sequence[float]) -> tuple[float | None, ...]:
    """The time at each 1 / (1 - q) (ascending) that the samples support: as `Histogram.percentile`, in one pass."""
    buckets = list(histogram.counts())
    place, seen = 0, buckets[0][1]
    values: list[float | None] = []
    for beyond in at:
        if histogram.n / beyond < LEAST_BEYOND - 1e-9 and beyond > 1:
            values.append(None)
            continue
        rank = max(1, round(histogram.n * (1 - 1 / beyond)))
        while seen < rank:
            place += 1
            seen += buckets[place][1]
        values.append(min(bucket_range(buckets[place][0])[1], histogram.max) / _NS)
    return tuple(values)


def _at(histogram: Histogram, beyond: float) -> float | None:
    return _percentiles(histogram, (beyond,))[0]


def _together(known: Sequence[tuple[int, Series, Histogram]]) -> str:
    """Where the numbers of the tables are medians of runs, these are others."""
    return (
        " The requests of all runs of a line are counted together."
        if any(len(one.runs) > 1 for _, one, _ in known)
        else ""
    )


def _is_wide(lines: Sequence[Line]) -> bool:
    """Do a few slow requests hide how the others differ?"""
    values = [value for line in lines for value in line.values if value]
    return bool(values) and max(values) / min(values) > _WIDE


def _said(known: Sequence[tuple[int, Series, Histogram]]) -> str:
    parts = []
    for _, one, histogram in known:
        told = [f"{name} {shown(value, 'duration')}" for beyond, name in ((2.0, "half within"), (100.0, "99% within"))
                if (value := _at(histogram, beyond)) is not None]  # fmt: skip
        if told:
            parts.append(f"{one.label}: {', '.join(told)}")
    return several(parts) + "." if parts else ""


def _histogram(known: Sequence[tuple[int, Series, Histogram]]) -> Chart:
    """Bars of equal width on a logarithmic axis; the height is a share, so that groups of unlike size compare."""
    lowest = max(1, min(histogram.min for _, _, histogram in known))
    highest = max(histogram.max for _, _, histogram in known)
    edges = _edges(lowest, highest)
    lines = []
    for colour, one, histogram in known:
        counts = [0] * (len(edges) - 1)
        place = 0
        for index, count in histogram.counts():
            low, high = bucket_range(index)
            while place < len(counts) - 1 and (low + high) / 2 >= edges[place + 1]:
                place += 1
            counts[place] += count
        lines.append(Line(one.label, (*(count / histogram.n for count in counts), 0.0), colour, colour % 3))
    rows = []
    for line in lines:
        top = max(range(len(line.values)), key=lambda at: line.values[at] or 0.0)
        span = f"{shown(edges[top] / _NS, 'duration')} to {shown(edges[top + 1] / _NS, 'duration')}"
        rows.append((line.label, span, shown(line.values[top], "share")))
    sentence = "What share of the round trips took how long, in steps of equal ratio. Most often: "
    sentence += several([f"{label} {span}" for label, span, _ in rows]) + "."
    words = Words(sentence, ("", "most often", "share in that step"), tuple(rows))
    at = tuple(edge / _NS for edge in edges)
    return Chart("histogram", "Latency histogram", "step", Axis("RTT", "duration", log=True),
                 Axis("share of the answered", "share"), at, tuple(lines), words, can_log=True)  # fmt: skip


def _edges(lowest: int, highest: int) -> list[float]:
    """From below the lowest to above the highest, no step narrower than a few buckets of the histogram (1 in 1,000)."""
    low, high = lowest * 0.98, highest * 1.02
    steps = max(1, min(_BINS, math.floor(math.log(high / low) / math.log(1.005))))
    ratio = (high / low) ** (1 / steps)
    return [low * ratio**step for step in range(steps + 1)]


def _by_few(series: Sequence[Series]) -> Chart | None:
    """Of the percentiles that each result has, the median of the runs."""
    fields = ("p50_s", "p90_s", "p99_s", "p999_s")
    at = (2.0, 10.0, 100.0, 1_000.0)
    lines = []
    for colour, one in enumerate(series):
        values = tuple(_median([group.rtt for _, group in one.runs], field) for field in fields)
        if any(value is not None for value in values):
            lines.append(Line(one.label, values, colour, colour % 3))
    if not lines:
        return None
    rows = tuple((line.label, *(shown(value, "duration") for value in line.values)) for line in lines)
    words = Words(
        "How long the round trips took, by the share that took no longer: the median of the runs, at the few "
        "percentiles that the result holds, since its log of latencies is not there.",
        ("", "p50", "p90", "p99", "p99.9"),
        rows,
    )
    return Chart("percentiles", "Latency by percentile", "points", Axis("percentile", "percentile", log=True),
                 Axis("RTT", "duration"), at, tuple(lines), words, can_log=True)  # fmt: skip


def _median(all_times: Sequence[Times], field: str) -> float | None:
    values = [getattr(times, field) for times in all_times]
    return middle(values) if values and None not in values else None
