"""What the keys of a load model mean to each other: one kind of arrivals, and what goes with it.

Each check passes over what an earlier mistake already explains.
"""

from __future__ import annotations

from sockbench.scenario import known
from sockbench.scenario.defaults import is_open
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import CLOSED, ArrivalsKeys, GroupKeys
from sockbench.scenario.words import quoted


def check_arrivals(group: GroupKeys, at: Path, findings: Findings) -> None:
    """Everything about a group's arrivals, and the `think` and `phase` beside them."""
    keys, path = group.arrivals, (*at, "arrivals")
    given = [key for key in known.ARRIVALS if getattr(keys, key) not in (None, [])]
    if "stages" in keys.model_fields_set and not keys.stages:
        findings.value((*path, "stages"), "the list is empty: write at least one stage, {duration: 10s, rate: 100/s}")
    elif "arrivals" in group.model_fields_set and keys is not CLOSED and not given and not findings.touches(path):
        words = "does not say when requests are due: write closed, or one of think, every, rate and stages in it"
        findings.value(path, words)
    if len(given) > 1:
        words = f"{', '.join(given[:-1])} and {given[-1]}"
        findings.value((*path, given[-1]), f"the arrivals have {words}: keep one of them")
    _pattern(keys, path, findings)
    _stages(keys, path, findings)
    for key in ("think", "phase"):
        if getattr(group, key) is not None and getattr(keys, key) is not None:
            findings.key((*at, key), f"{quoted(key)} is in the arrivals too: keep one of them")
    if group.think is not None and is_open(group):
        kind = "every" if keys.every is not None else "rate" if keys.rate is not None else "stages"
        words = f'"think" goes with closed arrivals, and these have "{kind}": leave one of them out'
        findings.key((*at, "think"), words)


def _pattern(keys: ArrivalsKeys, path: Path, findings: Findings) -> None:
    rated = keys.rate is not None or keys.stages
    if not rated:
        for key in ("pattern", "burst"):
            if getattr(keys, key) is not None and not findings.touches(path):
                findings.key((*path, key), f"{quoted(key)} goes with a rate or stages only: leave it out")
        return
    if keys.burst is not None and keys.pattern != "burst" and not findings.touches((*path, "pattern")):
        findings.key((*path, "burst"), '"burst" goes with the pattern burst: write pattern: burst, or leave it out')
    if keys.pattern == "burst" and keys.burst is None and not findings.touches((*path, "burst")):
        findings.value((*path, "pattern"), '"burst" does not say how many are due together: write burst: 20 beside it')


def _stages(keys: ArrivalsKeys, path: Path, findings: Findings) -> None:
    for index, stage in enumerate(keys.stages):
        here = (*path, "stages", index)
        for key, example in (("duration", "10s"), ("rate", "0/s..1000/s")):
            if getattr(stage, key) is None and not findings.touches((*here, key)) and not findings.spoiled(here):
                findings.lack(here, f"the key {quoted(key)} is missing: write {key}: {example}")
    rates = [stage.rate for stage in keys.stages]
    if rates and all(rate == (0.0, 0.0) for rate in rates):
        words = "every stage is a pause, which is no load at all: write a rate of more than 0/s in one"
        findings.value((*path, "stages"), words)
