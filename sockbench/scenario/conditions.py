"""`[group.]figure op change` -> Condition: what `--fail-if` says; `[group.]figure`: what `--trend` does.

Pure: a Condition, or a group and a Figure, or ValueError with a sentence.

Decides the grammar; whether a comparison keeps the condition is for `stats.conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, cast

from sockbench.model.comparison import Condition, Figure
from sockbench.scenario.thresholds import STATISTICS
from sockbench.scenario.units import NUMBER
from sockbench.scenario.words import either, hint, quoted
from sockbench.stats.figures import FIGURES, SHORT

EXAMPLE = "rtt.p99 > +10%"
LONGEST = 500

_WHOLE = re.compile(r"([^<>=]*)(<=|>=|==|=|<|>)([^<>=]*)", re.DOTALL)
_CHANGE = re.compile(rf"([+-]?)({NUMBER})(%?)")
_NAMES = (*FIGURES, *SHORT)


def parse_condition(text: str, groups: Collection[str]) -> Condition:
    """The condition in `text`; a group in it must be one of `groups`."""
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is too long for a condition: write it like {EXAMPLE}")
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} compares nothing: write > or <, like {EXAMPLE}")
    left, op, change = (part.strip() for part in match.groups())
    if op not in ("<", ">"):
        raise ValueError(f"{quoted(text)}: a change is held against its limit by > or <, not {op}: write {EXAMPLE}")
    if not left:
        raise ValueError(f"{quoted(text)} has no figure before {op}: write it like {EXAMPLE}")
    group, figure = _figure(text, left, groups)
    return Condition(text.strip(), group, figure, cast('Literal["<", ">"]', op), _value(text, figure, op, change))


def parse_figure(text: str, groups: Collection[str]) -> tuple[str | None, Figure]:
    """The group, None for all together, and the figure of `[group.]figure`, such as `rtt.p99`."""
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is too long for a figure: write it like rtt.p99")
    if not text.strip():
        raise ValueError("it names no figure: write one like rtt.p99")
    return _figure(text, text, groups)


def _figure(text: str, left: str, groups: Collection[str]) -> tuple[str | None, Figure]:
    parts = [part.strip() for part in left.split(".")]
    name = ".".join(parts)
    if name in _NAMES:
        return None, FIGURES[SHORT.get(name, name)]
    first, rest = parts[0], ".".join(parts[1:])
    if rest in _NAMES:
        if first not in groups:
            advice = hint(first, groups, f"write {either(groups)}" if groups else "leave it out")
            raise ValueError(f"{quoted(text)}: no group is called {quoted(first)}{advice}")
        return first, FIGURES[SHORT.get(rest, rest)]
    wanted = rest if first in groups and rest and first not in STATISTICS else name
    metric, _, statistic = wanted.partition(".")
    statistics = STATISTICS.get(metric)
    if statistics and statistic:
        advice = hint(statistic, statistics, f"write {either(statistics)}")
        raise ValueError(f"{quoted(text)}: {quoted(statistic)} is not a statistic of {metric}{advice}")
    if statistics:
        raise ValueError(f"{quoted(text)}: {metric} needs a statistic: write {metric}.{either(statistics)}")
    advice = hint(wanted, _NAMES, f"write one like rtt.p99, response.p99, {either(('requests_per_s', 'lost'))}")
    raise ValueError(f"{quoted(text)}: {quoted(wanted)} is not a figure{advice}")


def _value(text: str, figure: Figure, op: str, change: str) -> float:
    sign = "+" if op == ">" else "-"
    example = f"{op} {sign}{'0.5' if figure.unit == 'share' else '10'}%"
    match = _CHANGE.fullmatch(change)
    if match is None:
        what = f"{quoted(change)} is not a change" if change else f"there is no change after {op}"
        raise ValueError(f"{quoted(text)}: {what}: write it like {example}")
    written, number, percent = match.groups()
    if not percent:
        raise ValueError(f"{quoted(text)}: {quoted(change)} has no unit: write {op} {written or sign}{number}%")
    if written != sign:
        what = "has no sign" if not written else f"goes the other way than {op}"
        raise ValueError(f"{quoted(text)}: {quoted(change)} {what}: write {op} {sign}{number}%")
    value = float(number) / 100
    if value >= 1 and (op == "<" or figure.unit == "share"):
        raise ValueError(f"{quoted(text)}: nothing changes by {sign}{number}%, so it could never fail: write {example}")
    return value if sign == "+" else -value
