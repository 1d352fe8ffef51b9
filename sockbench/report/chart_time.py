"""Charts over the time of a run: what came back, how the rest ended, round trips, and the offered rate beside the
achieved one. It decides what is drawn of each second and what its words say.
"""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Closed, Every, Rate, Stages
from sockbench.model.result import Interval, Result
from sockbench.report.chart import Axis, Chart, Line, Unit, Words, middle, several, shown, spread
from sockbench.report.chart_series import Series, Value, bins, over_time

_PERCENTILES = (("p50", 0, 0.5), ("p90", 1, 0.9), ("p99", 2, 0.99))
_FEW = 2
"""Of more groups than so many, only the highest percentile is shown before a click."""
FEWEST_S = 2.0
"""Of a shorter run one or two points say nothing over time."""
_TIMED_OUT = "timed out"
_OUTCOME_COLOURS = {
    _TIMED_OUT: 1,
    "late": 4,
    "lost": 1,
    "refused": 3,
    "failed": 6,
    "corrupt": 5,
    "skipped": 0,
    "unfinished": 7,
}
_TIME = Axis("time", "seconds")


def time_charts(result: Result, series: Sequence[Series]) -> list[Chart]:
    """Those for which there is something to draw; none of a search, whose runs have different loads."""
    ends = [interval.end_s for one in series for run, _ in one.runs for interval in run.intervals]
    if result.find is not None or max(ends, default=0.0) < FEWEST_S:
        return []
    charts = [_throughput(series), _outcomes(series), _offered(series), _round_trips(series)]
    return [chart for chart in charts if chart is not None]


def _throughput(series: Sequence[Series]) -> Chart:
    ends = bins(series, len(series), load=True)
    lines = [Line(one.label, over_time(one, ends, _per_second("ok")), at) for at, one in enumerate(series)]
    said = several([f"{line.label} {_typical(line, 'rate')}" for line in lines])
    sentence = f"Correct replies in time, per second; in a typical second: {said}.{_how(series, ends)}"
    return _chart("throughput", "Throughput", Axis("ok replies per second", "rate"), ends, lines, sentence)


def _outcomes(series: Sequence[Series]) -> Chart | None:
    """All ends but `ok`, since a thousand times as many of those would hide them."""
    told = all(one.timed_out is not None for of in series for run, _ in of.runs for one in run.intervals)
    names = (_TIMED_OUT, *OUTCOME_NAMES[3:]) if told else OUTCOME_NAMES[1:]
    seen = [(at, one, name) for at, one in enumerate(series) for name in names if _count(one, name)]
    if not seen:
        return None
    ends = bins(series, len(seen))
    alone = len(series) == 1
    lines = [
        Line(
            name if alone else f"{one.label} {name}",
            over_time(one, ends, _timed_out if name == _TIMED_OUT else _per_second(name)),
            _OUTCOME_COLOURS[name] if alone else at,
            0 if alone else names.index(name),
        )
        for at, one, name in seen
    ]
    totals = several(
        [f"{line.label} {shown(_count(one, name), 'count')}" for line, (_, one, name) in zip(lines, seen, strict=True)]
    )
    sentence = (
        f"Requests that did not end ok, by the second in which {_settled(told)}; in all: {totals}.{_how(series, ends)}"
    )
    return _chart("outcomes", "Other outcomes", Axis("requests per second", "rate"), ends, lines, sentence, True)


def _round_trips(series: Sequence[Series]) -> Chart | None:
    ends = bins(series, len(series) * len(_PERCENTILES))
    lines: list[Line] = []
    highest = next((name for name, _, _ in reversed(_PERCENTILES) if _is_known(series, name)), "")
    for at, one in enumerate(series):
        for name, dash, _ in _PERCENTILES:
            values = over_time(one, ends, _worst(name))
            if any(value is not None for value in values):
                label = f"{one.label} {name}" if len(series) > 1 else name
                lines.append(
                    Line(label, values, at if len(series) > 1 else dash, dash, len(series) <= _FEW or name == highest)
                )
    if not lines:
        return None
    thinned = " and the highest of the seconds in it" if len(ends) > 1 and ends[0] > 1 else ""
    sentence = (
        f"Round trips of the requests that were answered in each second, at the median (p50) and where 10% and 1% take "
        f"longer (p90, p99).{_how(series, ends)[:-1] + thinned + '.' if _how(series, ends) else ''} A percentile of a "
        "second with too few answers is not drawn."
    )
    return _chart("rtt", "Round trips over time", Axis("RTT", "duration"), ends, lines, sentence, True)


def _is_known(series: Sequence[Series], name: str) -> bool:
    of_all = (one for of in series for run, _ in of.runs for one in run.intervals)
    return any(getattr(one.rtt, f"{name}_s") is not None for one in of_all)


def _offered(series: Sequence[Series]) -> Chart | None:
    """Of groups whose schedule says what is to be offered; of others the answers decide."""
    of_rate = [(at, one) for at, one in enumerate(series) if one.group and not isinstance(one.group.arrivals, Closed)]
    if not of_rate:
        return None
    ends = bins(series, 2 * len(of_rate), load=True)
    lines, said = [], []
    for at, one in of_rate:
        wanted = _schedule(one, ends)
        sent = over_time(one, ends, lambda few, length: _sent(few, length))
        whose = f"{one.label} " if len(series) > 1 else ""
        colour = at if len(series) > 1 else 0
        lines.append(Line(f"{whose}offered", wanted, colour, 1))
        lines.append(Line(f"{whose}sent", sent, colour if len(series) > 1 else 1, 0))
        said.append(f"{one.label} {_mean_of(lines[-2], ends)} offered and {_mean_of(lines[-1], ends)} sent")
    sentence = f"What the scenario makes due, and what was sent, on average: {several(said)}.{_how(series, ends)}"
    return _chart("offered", "Offered and achieved rate", Axis("requests per second", "rate"), ends, lines, sentence)


def _schedule(one: Series, ends: Sequence[float]) -> tuple[float | None, ...]:
    """Requests due per second in each stretch, by the scenario; None after the load."""
    starts = (0.0, *ends)
    return tuple(_due(one, start, end) for start, end in zip(starts, ends, strict=False))


def _due(one: Series, start: float, end: float) -> float | None:
    group, load = one.group, one.plan.duration
    if group is None or start >= load:
        return None
    end = min(end, load)
    first, last = max(start, group.start), min(end, group.stop if group.stop is not None else load)
    part = max(0.0, last - first)
    match group.arrivals:
        case Every(period=period):
            return group.count / period * part / (end - start)
        case Rate(per_second=per_second):
            return per_second * part / (end - start)
        case Stages():
            due = _area(group.arrivals, last - group.start) - _area(group.arrivals, first - group.start)
            return due / (end - start) if part else 0.0
    return None


def _area(stages: Stages, until: float) -> float:
    """How many requests the stages make due before `until`."""
    total, at = 0.0, 0.0
    for stage in stages.stages:
        inside = min(max(until - at, 0.0), stage.duration)
        slope = (stage.last - stage.first) / stage.duration if stage.duration else 0.0
        total += inside * (stage.first + slope * inside / 2)
        at += stage.duration
    return total


def _per_second(name: str) -> Value:
    def value(few: Sequence[Interval], length: float) -> float | None:
        return sum(getattr(one.counts, name) for one in few) / length if length > 0 else None

    return value


def _timed_out(few: Sequence[Interval], length: float) -> float | None:
    """Late or lost: which of the two is known at the end of the run only, so by that they would all stand there."""
    return sum(one.timed_out or 0 for one in few) / length if length > 0 else None


def _count(one: Series, name: str) -> int:
    """Of all runs. A timeout is late or lost."""
    ends = ("late", "lost") if name == _TIMED_OUT else (name,)
    return sum(getattr(group.counts, end) for _, group in one.runs for end in ends)


def _settled(told: bool) -> str:
    if told:
        return "that was known; those that timed out, late or lost, by the second in which their time was up"
    return "that was settled, which for a loss is the end of the run"


def _sent(few: Sequence[Interval], length: float) -> float | None:
    """By the time at which they were sent; results of before that was counted have none."""
    counts = [one.went_out for one in few if one.went_out is not None]
    return sum(counts) / length if length > 0 and (counts or not few) else None


def _worst(name: str) -> Value:
    def value(few: Sequence[Interval], length: float) -> float | None:
        return max((time for one in few if (time := getattr(one.rtt, f"{name}_s")) is not None), default=None)

    return value


def _typical(line: Line, unit: Unit) -> str:
    known = [value for value in line.values if value is not None]
    return shown(middle(known) if known else None, unit)


def _mean_of(line: Line, ends: Sequence[float]) -> str:
    starts = (0.0, *ends)
    known = [
        (value, end - start) for value, start, end in zip(line.values, starts, ends, strict=False) if value is not None
    ]
    return (
        shown(sum(value * length for value, length in known) / sum(length for _, length in known), "rate")
        if known
        else "-"
    )


def _how(series: Sequence[Series], ends: Sequence[float]) -> str:
    """What one point is, where it is not one second of one run."""
    parts = []
    if max(len(one.runs) for one in series) > 1:
        parts.append("the median of the runs")
    if len(ends) > 1 and ends[0] > 1:
        parts.append(f"a stretch of {ends[0]:g} s")
    return f" Each point is {' in '.join(parts)}." if parts else ""


def _chart(
    id: str, title: str, y: Axis, ends: tuple[float, ...], lines: list[Line], sentence: str, can_log: bool = False
) -> Chart:
    headings, rows = spread(lines, y.unit)
    return Chart(id, title, "line", _TIME, y, ends, tuple(lines), Words(sentence, headings, rows), can_log=can_log)
