"""Did a run of a search keep its conditions, and if not, was it the system's doing or the tool's?

Whatever disturbs a run makes its numbers worse, so a run that keeps the conditions has kept them. One that does not,
while the tool itself was at its limit, says nothing of the system. One that did not offer its load kept nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sockbench.model.find import Answer
from sockbench.model.result import ThresholdResult
from sockbench.stats import rules
from sockbench.stats.evidence import Evidence, Finding
from sockbench.stats.verdict import judge_run

Rule = Callable[[Evidence], Iterator[Finding]]

TOOL: tuple[Rule, ...] = (
    rules.clients_dropped,
    rules.tool_was_late,
    rules.worker_began_late,
    rules.worker_was_busy,
    rules.relay_was_busy,
    rules.relay_dropped,
)
"""The rules of the verdict that find the tool itself at its limit."""
NOT_OFFERED: tuple[Rule, ...] = (rules.clients_without_place, rules.load_was_not_offered)
"""Those that find a load which the system did not let the tool offer."""


def answer_of(held: Sequence[ThresholdResult], evidence: Evidence) -> tuple[Answer, str]:
    """What the run says, by the conditions `held` against it; and why, where the conditions alone do not tell."""
    verdict = judge_run(evidence)
    if verdict.status == "invalid":
        return "tool", verdict.reasons[0]
    if missed := _first((rules.offered_rate_was_missed,), evidence):
        return "tool", missed
    broken = [one for one in held if one.ok is not True]
    not_offered = _first(NOT_OFFERED, evidence)
    if not broken and not not_offered:
        return "kept", ""
    if limit := _first(TOOL, evidence):
        return "tool", limit
    if not_offered:
        return "failed", not_offered
    if all(one.actual is None and _was_answered(evidence) for one in broken):
        return "unknown", f"{broken[0].expression}: {broken[0].reason}"
    return "failed", ""


def _first(some: Sequence[Rule], evidence: Evidence) -> str:
    return next((reason for rule in some for _, reason in rule(evidence)), "")


def _was_answered(evidence: Evidence) -> bool:
    return any(group.rtt.n for group in evidence.groups)
