"""May this result be believed? The worst of what the rules find is the verdict, and all that they find its reasons.

It decides which rules there are and in which order their findings are told; what a rule looks at is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sockbench.model.result import Verdict, VerdictStatus
from sockbench.stats import rules
from sockbench.stats.evidence import Evidence, Finding

_SEVERITY: dict[VerdictStatus, int] = {"valid": 0, "suspect": 1, "invalid": 2}

RULES: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    rules.process_died,
    rules.nothing_was_due,
    rules.was_interrupted,
    rules.nothing_was_answered,
    rules.clients_without_place,
    rules.load_was_not_offered,
    rules.offered_rate_was_missed,
    rules.kernel_dropped,
    rules.clients_dropped,
    rules.tool_was_late,
    rules.worker_began_late,
    rules.process_stood_still,
    rules.worker_was_busy,
    rules.server_was_busy,
    rules.relay_was_busy,
    rules.relay_dropped,
    rules.relay_disagrees,
    rules.other_load_ran,
    rules.time_was_stolen,
    rules.replies_could_not_be_told,
    rules.clock_stepped,
    rules.too_short_for_its_warmup,
    rules.percentile_was_withheld,
)
"""The gravest first: their order is that of the reasons of one status."""

SO_FAR = (
    rules.process_died,
    rules.was_interrupted,
    rules.nothing_was_answered,
    rules.load_was_not_offered,
    rules.tool_was_late,
    rules.worker_was_busy,
    rules.server_was_busy,
    rules.relay_was_busy,
    rules.other_load_ran,
    rules.time_was_stolen,
    rules.clock_stepped,
    rules.too_short_for_its_warmup,
)
"""Those of RULES that can tell while a run goes on; the others ask for its end."""


def judge_run(evidence: Evidence) -> Verdict:
    """The worst status that a rule found, `valid` when none did, and every reason, the gravest first."""
    return verdict_of(finding for rule in RULES for finding in rule(evidence))


def judge_so_far(evidence: Evidence) -> Verdict:
    """As `judge_run`, of a run that goes on: what is found now may be gone at its end."""
    return verdict_of(finding for rule in SO_FAR for finding in rule(evidence))


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The worst status of the findings, and their reasons, the gravest first and otherwise in their order."""
    ordered = sorted(findings, key=lambda finding: -_SEVERITY[finding[0]])
    status: VerdictStatus = ordered[0][0] if ordered else "valid"
    return Verdict(status=status, reasons=tuple(reason for _, reason in ordered))
