"""What `--find` and its flags say -> Question. Pure: a value, or ValueError with a sentence.

Decides what can be searched in a plan, and the grammar of the conditions; makes no run.
"""

from __future__ import annotations

import re

from sockbench.model.find import Aim, Bounds, Sought
from sockbench.model.plan import Plan, Rate, Threshold
from sockbench.scenario import known, units
from sockbench.scenario.thresholds import check_stamped, parse_threshold
from sockbench.scenario.words import either, hint, quoted

WORDS: tuple[Sought, ...] = ("rate", "clients")
RESOLUTIONS = (0.001, 0.5)
LEAST_PART = 1_000
"""Of the scenario's own rate: lower ones are not tried unless --from asks for it."""

LONGEST = 2_000
"""Characters of all conditions; to find where they are joined takes time with the square of it."""

_PATH = re.compile(r"clients\.([0-9]{1,6})\.(count|arrivals\.rate)")
_AND = re.compile(r"\s+and\s+")


def parse_aim(text: str, plan: Plan) -> Aim:
    """What is searched: `rate` or `clients` where one group has it, else the path of one of them."""
    rates = [Aim("rate", place, group.name) for place, group in enumerate(plan.groups) if _has_rate(plan, place)]
    counts = [Aim("clients", place, group.name) for place, group in enumerate(plan.groups)]
    if text in WORDS:
        found = rates if text == "rate" else counts
        if len(found) > 1:
            raise ValueError(f"{len(found)} groups have {_noun(text)}: write {either(aim.path for aim in found)}")
        if not found:
            raise ValueError(_no_rate("no group of the scenario has a rate", 0))
        return found[0]
    match = _PATH.fullmatch(text)
    if match is None:
        paths = [aim.path for aim in (*rates, *counts)]
        few = f"write rate, clients, or a path like {paths[0]}"
        raise ValueError(f"{quoted(text)} cannot be searched{hint(text, [*WORDS, *paths], few)}")
    place = int(match[1])
    if place >= len(plan.groups):
        last = len(plan.groups) - 1
        numbers = f"from 0 to {last}" if last else "0, its only one"
        raise ValueError(f"{quoted(text)}: the scenario has no group {place}: write {numbers}")
    if match[2] == "count":
        return counts[place]
    if not _has_rate(plan, place):
        raise ValueError(_no_rate(f"the arrivals of {quoted(plan.groups[place].name)} have no rate", place))
    return next(aim for aim in rates if aim.group == place)


def parse_while(text: str, plan: Plan) -> tuple[Threshold, ...]:
    """The conditions: thresholds joined by `and`."""
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is longer than {LONGEST} characters: write fewer conditions")
    if not text.strip():
        raise ValueError("it is empty: write a condition, such as 'rtt.p99 < 10ms and lost < 0.1%'")
    groups = [group.name for group in plan.groups]
    stamped = [group.name for group in plan.groups if group.timestamps == "kernel"]
    found = []
    for part in _AND.split(text.strip()):
        if not part or part == "and" or part.startswith("and ") or part.endswith(" and"):
            raise ValueError(f'{quoted(text)} has an "and" with nothing on one side: write a condition there')
        for other in (" or ", "&&", "||", ",", ";"):
            if other in part:
                raise ValueError(f'{quoted(text)}: conditions are joined by "and", not by {quoted(other.strip())}')
        threshold = parse_threshold(part, groups)
        if threshold.metric == "kernel_rtt":
            check_stamped(threshold, stamped)
        found.append(threshold)
    return tuple(found)


def parse_resolution(text: str) -> float:
    """The share of the answer to which it is to be known."""
    value = units.share(text)
    least, most = RESOLUTIONS
    if not least <= value <= most:
        raise ValueError(f"{quoted(text)} is out of range: write {least * 100:g}% to {most * 100:g}%")
    return value


def parse_value(text: str, aim: Aim) -> float:
    """A rate such as `500/s`, or a number of clients."""
    if aim.what == "rate":
        value, most = units.rate(text), known.MAX_RATE
    elif re.fullmatch("[0-9]{1,12}", text):
        value, most = float(text), float(known.MAX_COUNT)
    else:
        raise ValueError(f"{quoted(text)} is not a number of clients: write it like 100")
    if not 0 < value <= most:
        raise ValueError(f"{quoted(text)} is out of range: write more than 0, and {aim.shown(most)} at most")
    return value


def bounds_of(plan: Plan, aim: Aim, lowest: float | None, highest: float | None, resolution: float) -> Bounds:
    """Between `lowest`, where it then begins, and `highest`.

    Where they are not given, from the scenario's own value on, and down to a thousandth of it if need be.
    """
    whole = aim.what == "clients"
    own = aim.of(plan)
    most = highest if highest is not None else float(known.MAX_COUNT) if whole else known.MAX_RATE
    start = lowest if lowest is not None else min(own, most)
    least = lowest if lowest is not None else 1.0 if whole else start / LEAST_PART
    if least > most:
        raise ValueError(f"--from {aim.shown(least)} is more than --to {aim.shown(most)}: exchange them")
    return Bounds(start, least, most, resolution, whole)


def _has_rate(plan: Plan, place: int) -> bool:
    return isinstance(plan.groups[place].arrivals, Rate)


def _no_rate(what: str, place: int) -> str:
    return f"{what}: give it one, --set 'clients.{place}.arrivals={{rate: 100/s}}', or search --find clients"


def _noun(what: str) -> str:
    return "a rate" if what == "rate" else "clients"
