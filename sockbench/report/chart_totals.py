"""Charts of whole runs: how late the tool was, which way requests were lost, and figures against the number that a
matrix or a search changed. It decides which of them there are; the numbers are the result's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sockbench.model.find import Find
from sockbench.model.result import GroupResult, Result
from sockbench.report import cells
from sockbench.report.chart import Axis, Chart, Line, Unit, Words, middle, several, shown
from sockbench.report.chart_series import Series

_LAGS = (("p50", "p50_s"), ("p90", "p90_s"), ("p99", "p99_s"), ("max", "max_s"))
_WAYS = (("up: the request", "lost_up"), ("down: the reply", "lost_down"), ("unknown", "lost_unknown"))
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%/]*)")
_UNITS: dict[str, tuple[float, Unit]] = {
    "": (1.0, "number"), "B": (1.0, "size"), "kB": (1e3, "size"), "KiB": (1024.0, "size"), "MB": (1e6, "size"),
    "MiB": (1024.0**2, "size"), "us": (1e-6, "duration"), "ms": (1e-3, "duration"), "s": (1.0, "duration"),
    "m": (60.0, "duration"), "%": (0.01, "share"), "/s": (1.0, "rate"), "/m": (1 / 60, "rate"),
}  # fmt: skip
_WIDE = 20.0
"""From this ratio of the largest to the smallest on, an axis begins logarithmic."""

Figure = Callable[[GroupResult], float | None]
_FIGURES: tuple[tuple[str, Figure], ...] = (
    ("p50", lambda group: group.rtt.p50_s),
    ("p90", lambda group: group.rtt.p90_s),
    ("p99", lambda group: group.rtt.p99_s),
)


def total_charts(result: Result, series: Sequence[Series]) -> list[Chart]:
    """Those for which there is something to draw."""
    if result.find is not None:
        return _walked(result, result.find)
    charts = [*swept(result, series), _lag(series), _lost(series)]
    return [chart for chart in charts if chart is not None]


def _lag(series: Sequence[Series]) -> Chart | None:
    values = [[_median([getattr(group.lag, field) for _, group in one.runs]) for _, field in _LAGS] for one in series]
    if not any(value is not None for row in values for value in row):
        return None
    rows = tuple(
        (one.label, *(shown(value, "duration") for value in row)) for one, row in zip(series, values, strict=True)
    )
    worst = max((row[2] or row[3] or 0.0, one.label) for one, row in zip(series, values, strict=True))
    sentence = (
        f"How late requests left, from when they were due: the tool's own part. The latest were those of {worst[1]}: "
        f"99% within {shown(worst[0], 'duration')}."
        if worst[0] and any(row[2] for row in values)
        else "How late requests left, from when they were due: the tool's own part."
    )
    words = Words(sentence, ("", *(name for name, _ in _LAGS)), rows)
    return _bars(
        "lag", "Lag", Axis("from due to sent", "duration", log=True), series, [name for name, _ in _LAGS], values, words
    )


def _lost(series: Sequence[Series]) -> Chart | None:
    lossy = [one for one in series if any(group.counts.lost for _, group in one.runs)]
    if not lossy:
        return None
    values: list[list[float | None]] = []
    for one in lossy:
        row: list[float | None] = []
        for _, field in _WAYS:
            numbers = [getattr(group, field) for _, group in one.runs]
            row.append(None if None in numbers else float(sum(numbers)))
        values.append(row)
    rows = tuple((one.label, *(shown(value, "count") for value in row)) for one, row in zip(lossy, values, strict=True))
    said = several(
        [
            f"{label}: {up} on the way to the server, {down} on the way back, {rest} unknown"
            for label, up, down, rest in rows
        ]
    )
    words = Words(f"Which way requests were lost. {said}.", ("", *(name for name, _ in _WAYS)), rows)
    y = Axis("requests lost", "count")
    return _bars("loss", "Loss by direction", y, lossy, [name for name, _ in _WAYS], values, words)


def _bars(
    id: str,
    title: str,
    y: Axis,
    series: Sequence[Series],
    names: Sequence[str],
    values: Sequence[Sequence[float | None]],
    words: Words,
) -> Chart:
    """A few bars side by side for each group, a place free between groups."""
    step = len(names) + 1
    at = tuple(float(number) for number in range(step * len(series)))
    lines = []
    for place, name in enumerate(names):
        column: list[float | None] = [None] * len(at)
        for number, row in enumerate(values):
            column[number * step + place] = row[place]
        lines.append(Line(name, tuple(column), place))
    places = tuple((number * step + (len(names) - 1) / 2, one.label) for number, one in enumerate(series))
    return Chart(id, title, "bars", Axis("", "place"), y, at, tuple(lines), words, places=places, can_log=True)


def number_of(text: str) -> tuple[float, Unit] | None:
    """A value of a matrix as a number: `64B`, `1KiB`, `10`, `500/s`, `20ms`, `5%`. None for a word."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or match[2] not in _UNITS:
        return None
    factor, unit = _UNITS[match[2]]
    return float(match[1]) * factor, unit


def swept(result: Result, series: Sequence[Series]) -> list[Chart]:
    """Of each key of the matrix whose values are numbers, two at least: the RTT and the rate against it."""
    charts: list[Chart] = []
    for key in dict.fromkeys(key for variant in result.variants for key in variant.values):
        numbers = [number_of(one.variant.get(key, "")) for one in series]
        known = [number for number in numbers if number is not None]
        if (
            len(known) == len(numbers)
            and len({value for value, _ in known}) > 1
            and len({unit for _, unit in known}) == 1
        ):
            charts += _against(key, known[0][1], series, [value for value, _ in known])
    return charts


def _against(key: str, unit: Unit, series: Sequence[Series], numbers: Sequence[float]) -> list[Chart]:
    families: dict[str, dict[float, Series]] = {}
    names = {one.runs[0][1].name for one in series}
    for one, number in zip(series, numbers, strict=True):
        rest = [cells.plain(value) for other, value in one.variant.items() if other != key]
        rest += [cells.plain(one.runs[0][1].name)] if len(names) > 1 or not rest else []
        families.setdefault(" ".join(rest), {})[number] = one
    at = tuple(sorted(set(numbers)))
    name = cells.cut(cells.plain(key), 40)
    written = {number: cells.plain(one.variant[key].strip()) for one, number in zip(series, numbers, strict=True)}
    places = tuple((number, written[number]) for number in at)
    x = Axis(name, unit, log=at[0] > 0 and at[-1] / at[0] >= _WIDE)
    rtt = [
        Line(f"{label} {figure}" if len(families) > 1 else figure, _curve(at, of, value),
             colour if len(families) > 1 else dash, dash)
        for colour, (label, of) in enumerate(families.items())
        for dash, (figure, value) in enumerate(_FIGURES)
    ]  # fmt: skip
    rate = [
        Line(label, _curve(at, of, lambda group: group.replies_per_s), colour)
        for colour, (label, of) in enumerate(families.items())
    ]
    slug = re.sub(r"[^a-z0-9]", "-", name.lower())
    return [
        _points(f"against-{slug}-rtt", f"RTT against {name}", x, Axis("RTT", "duration"), at, rtt, places),
        _points(
            f"against-{slug}-rate",
            f"Replies per second against {name}",
            x,
            Axis("replies per second", "rate"),
            at,
            rate,
            places,
        ),
    ]


def _curve(at: Sequence[float], of: dict[float, Series], value: Figure) -> tuple[float | None, ...]:
    """At each number the median of its runs; None where one of them has none."""
    return tuple(_median([value(group) for _, group in of[number].runs]) if number in of else None for number in at)


def _points(
    id: str,
    title: str,
    x: Axis,
    y: Axis,
    at: tuple[float, ...],
    lines: Sequence[Line],
    places: tuple[tuple[float, str], ...] = (),
) -> Chart:
    """`places` are the numbers of x as somebody wrote them."""
    some = [line for line in lines if any(value is not None for value in line.values)]
    names = [name for _, name in places] or [shown(number, x.unit) for number in at]
    rows = tuple((name, *(shown(line.values[place], y.unit) for line in some)) for place, name in enumerate(names))
    said = [
        f"{line.label} goes from {shown(line.values[0], y.unit)} at {names[0]} to {shown(line.values[-1], y.unit)} at "
        f"{names[-1]}"
        for line in some[:3]
        if line.values[0] is not None and line.values[-1] is not None
    ]
    sentence = f"{title}, the median of the runs{': ' + '; '.join(said) if said else ''}."
    words = Words(sentence, (x.label, *(line.label for line in some)), rows)
    return Chart(id, title, "points", x, y, at, tuple(some), words, places=places, can_log=True)


def _walked(result: Result, find: Find) -> list[Chart]:
    """What a search found at each load that it tried: the median of the runs there."""
    aim = find.question.aim
    found: dict[float, list[GroupResult]] = {}
    for step in find.steps:
        if step.run is not None:
            found.setdefault(step.value, []).extend(
                group for group in result.runs[step.run].groups if group.name == aim.name
            )
    at = tuple(sorted(value for value, groups in found.items() if groups))
    if not at:
        return []
    unit: Unit = "rate" if aim.what == "rate" else "count"
    x = Axis("rate tried" if aim.what == "rate" else "clients tried", unit, log=at[0] > 0 and at[-1] / at[0] >= _WIDE)

    def line(name: str, value: Figure, place: int) -> Line:
        return Line(name, tuple(_median([value(group) for group in found[number]]) for number in at), place, place)

    rtt = [line(name, value, place) for place, (name, value) in enumerate(_FIGURES)]
    lost = [line("lost", lambda group: group.counts.lost / group.counts.sent if group.counts.sent else None, 1)]
    done = [line("replies per second", lambda group: group.replies_per_s, 2)]
    return [
        _points("found-rtt", "RTT at each load", x, Axis("RTT", "duration"), at, rtt),
        _points("found-rate", "Replies per second at each load", x, Axis("replies per second", "rate"), at, done),
        _points("found-lost", "Lost at each load", x, Axis("share of what was sent", "share"), at, lost),
    ]


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return middle(known) if known and len(known) == len(values) else None
