"""When a group is there: its start, its stop and its churn, held against the duration of the scenario.

Each check passes over what an earlier mistake already explains.
"""

from __future__ import annotations

from sockbench.scenario import known
from sockbench.scenario.defaults import duration_of
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import GroupKeys, ScenarioKeys


def check_times(group: GroupKeys, at: Path, keys: ScenarioKeys, findings: Findings) -> None:
    """A group begins before it stops, and stops no later than the load."""
    start, stop = (*at, "start"), (*at, "stop")
    whole = group.start + sum(stage.duration or 0.0 for stage in group.arrivals.stages)
    duration = duration_of(keys)
    known_duration = not findings.touches(("duration",)) and not _is_unsure(keys, findings)
    if whole > known.MAX_DURATION:
        findings.value((*at, "arrivals", "stages"), "the stages take more than seven days (168h): write less")
        return
    if group.stop is not None and group.start >= group.stop and not findings.touches(start):
        findings.value(stop, f"the group stops at {_s(group.stop)} and starts at {_s(group.start)}: write a later stop")
    elif known_duration and group.stop is not None and group.stop > duration and not findings.touches(stop):
        words = (
            f"the group stops at {_s(group.stop)}, after the load of {_s(duration)}: write less, or a longer duration"
        )
        findings.value(stop, words)
    if known_duration and group.start and group.start >= duration and not findings.touches(start):
        words = f"the group starts at {_s(group.start)}, and the load takes {_s(duration)}: write less, "
        findings.value(start, words + "or a longer duration")
    if group.churn is not None and group.connect == "per-request" and not findings.touches((*at, "connect")):
        words = '"churn" is for clients that stay connected, and these connect per-request: leave one of them out'
        findings.key((*at, "churn"), words)


def _is_unsure(keys: ScenarioKeys, findings: Findings) -> bool:
    """Whether the duration follows from stages or starts of which some are wrong."""
    if "duration" in keys.model_fields_set:
        return False
    return any(
        findings.touches(("clients", index, key)) for index in range(len(keys.clients)) for key in ("arrivals", "start")
    )


def _s(seconds: float) -> str:
    return f"{seconds:g}s"
