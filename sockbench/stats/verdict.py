"""May this result be believed? Rules over what is known about a run; the worst of their findings is the verdict.

A rule looks for signs that the machine or the tool itself, not the network, shaped the numbers, and says so in a
sentence for a person. It never looks at whether the numbers are good: that is for thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sockbench.model.result import GroupResult, ServerResult, Verdict, VerdictStatus

LATE_TOOL_S = 0.010  # a lag that spoils any measurement of a round trip on a network
NOTABLE_LAG_S = 0.002  # below this, a lag that is a large part of the response time is only a fast server's

Finding = tuple[VerdictStatus, str]
_SEVERITY: dict[VerdictStatus, int] = {"valid": 0, "suspect": 1, "invalid": 2}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one run besides its numbers. `deaths` are sentences; `refusals` has a text for a group."""

    groups: tuple[GroupResult, ...]
    servers: tuple[ServerResult, ...] = ()
    deaths: tuple[str, ...] = ()
    interrupted: bool = False
    elapsed_s: float = 0.0
    refusals: Mapping[str, str] = field(default_factory=dict)


def judge_run(evidence: Evidence) -> Verdict:
    """The worst status that a rule found, `valid` when none did, and every reason, the gravest first."""
    findings = [finding for rule in RULES for finding in rule(evidence)]
    findings.sort(key=lambda finding: -_SEVERITY[finding[0]])
    status: VerdictStatus = findings[0][0] if findings else "valid"
    return Verdict(status=status, reasons=tuple(reason for _, reason in findings))


def process_died(evidence: Evidence) -> Iterator[Finding]:
    """A server or a worker that died took requests with it that nobody counted."""
    for death in evidence.deaths:
        yield "invalid", death


def nothing_was_due(evidence: Evidence) -> Iterator[Finding]:
    """A run without requests measured nothing."""
    if not any(group.counts.planned for group in evidence.groups):
        yield "invalid", "no request was due"


def was_interrupted(evidence: Evidence) -> Iterator[Finding]:
    """Half a run may not hold what the whole one would have shown."""
    if evidence.interrupted:
        yield "suspect", f"the run was interrupted after {evidence.elapsed_s:.1f} s"


def kernel_dropped(evidence: Evidence) -> Iterator[Finding]:
    """Datagrams that this machine dropped were not lost by the network."""
    for server in evidence.servers:
        drops = server.kernel_drops or 0
        if drops > 0:
            datagrams = "1 datagram" if drops == 1 else f"{drops:,} datagrams"
            yield (
                "suspect",
                f"the kernel dropped {datagrams} at server {server.name} because its socket buffer was full: "
                "the server, or this machine, could not keep up",
            )


def clients_without_place(evidence: Evidence) -> Iterator[Finding]:
    """Clients that were never let in offered no load."""
    for group in evidence.groups:
        if group.unregistered > 0:
            refusal = evidence.refusals.get(group.name)
            yield (
                "suspect",
                f"{group.unregistered:,} of the {group.clients:,} clients of {group.name} had no place at the server "
                "when the run ended" + (f": {refusal}" if refusal else ""),
            )


def tool_was_late(evidence: Evidence) -> Iterator[Finding]:
    """A tool that sends late measures itself: response times begin when a request is due."""
    for group in evidence.groups:
        lag, response = group.lag, group.response
        worst = lag.max_s if lag.p99_s is None else lag.p99_s
        if worst is None:
            continue
        is_large_part = response.p50_s is not None and lag.p50_s is not None and lag.p50_s > response.p50_s / 2
        if worst > LATE_TOOL_S or (is_large_part and worst > NOTABLE_LAG_S):
            up_to, at = ("up to ", "") if lag.p99_s is None else ("", " at p99")
            yield (
                "suspect",
                f"the tool was late: requests of {group.name} left {up_to}{worst * 1e3:.1f} ms after they were due"
                f"{at}, so response times include the tool's own delay (rtt does not)",
            )


RULES: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    process_died,
    nothing_was_due,
    was_interrupted,
    kernel_dropped,
    clients_without_place,
    tool_was_late,
)
