"""When a group is there: its start, its stop and its churn, held against the duration of the scenario.

Each check passes over what an earlier mistake already explains.
"""

from __future__ import annotations

from sockbench.scenario import known
from sockbench.scenario.defaults import duration_of
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import GroupKeys, ScenarioKeys


def check_times(keys: ScenarioKeys, findings: Findings) -> None:
    """Every group begins before it stops, and stops no later than the load."""
    too_long = {index for index, group in enumerate(keys.clients) if _whole(group) > known.MAX_DURATION}
    for index in sorted(too_long):
        words = "the stages take more than seven days (168h): write less"
        findings.value(("clients", index, "arrivals", "stages"), words)
    # Once for all groups: each looks at all of them.
    is_known = not findings.touches(("duration",)) and not _is_unsure(keys, findings)
    duration = duration_of(keys)
    for index, group in enumerate(keys.clients):
        if index not in too_long:
            _check_group(group, ("clients", index), duration if is_known else None, findings)


def _whole(group: GroupKeys) -> float:
    return group.start + sum(stage.duration or 0.0 for stage in group.arrivals.stages)


def _check_group(group: GroupKeys, at: Path, duration: float | None, findings: Findings) -> None:
    """One of them; `duration` is None where a mistake hides it."""
    start, stop = (*at, "start"), (*at, "stop")
    if group.stop is not None and group.start >= group.stop and not findings.touches(start):
        findings.value(stop, f"the group stops at {_s(group.stop)} and starts at {_s(group.start)}: write a later stop")
    elif duration is not None and group.stop is not None and group.stop > duration and not findings.touches(stop):
        words = (
            f"the group stops at {_s(group.stop)}, after the load of {_s(duration)}: write less, or a longer duration"
        )
        findings.value(stop, words)
    if duration is not None and group.start and group.start >= duration and not findings.touches(start):
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
