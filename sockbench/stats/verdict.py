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

BUSY = 0.9  # a share of a processor beyond which arrivals wait for each other noticeably
SKIPPED_SHARE = 0.01

Finding = tuple[VerdictStatus, str]
_SEVERITY: dict[VerdictStatus, int] = {"valid": 0, "suspect": 1, "invalid": 2}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one run besides its numbers.

    `deaths` are sentences; `refusals` has a text for a group. By group: `ambiguous` replies, which might as well have
    answered an earlier request, and `client_drops`, datagrams that the kernel dropped at the clients' own sockets.
    `busy` is the largest share of the time that a client process spent on a processor.
    """

    groups: tuple[GroupResult, ...]
    servers: tuple[ServerResult, ...] = ()
    deaths: tuple[str, ...] = ()
    interrupted: bool = False
    elapsed_s: float = 0.0
    refusals: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, int] = field(default_factory=dict)
    client_drops: Mapping[str, int] = field(default_factory=dict)
    busy: float = 0.0


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


def clients_dropped(evidence: Evidence) -> Iterator[Finding]:
    """Nor were replies that the tool itself was too slow to take."""
    for group, drops in evidence.client_drops.items():
        if drops > 0:
            datagrams = "1 reply" if drops == 1 else f"{drops:,} replies"
            yield (
                "suspect",
                f"the kernel dropped {datagrams} at the sockets of {group} because their buffers were full: "
                "the clients, or this machine, could not keep up",
            )


def worker_was_busy(evidence: Evidence) -> Iterator[Finding]:
    """A client process without time to spare measures the queue in itself."""
    if evidence.busy >= BUSY:
        yield (
            "suspect",
            f"a client process was busy {evidence.busy:.0%} of the time: replies waited for the tool itself, and the "
            "wait is in their RTTs; use more --workers, or less load",
        )


def load_was_not_offered(evidence: Evidence) -> Iterator[Finding]:
    """Requests that never left leave no round-trip times behind, and the load was less than the scenario's."""
    for group in evidence.groups:
        counts = group.counts
        if counts.skipped > SKIPPED_SHARE * counts.planned and not group.unregistered:
            yield (
                "suspect",
                f"{counts.skipped:,} of the {counts.planned:,} requests of {group.name} were never sent, because the "
                "window was full or the client not connected: the load was less than the scenario asks for",
            )


def nothing_was_answered(evidence: Evidence) -> Iterator[Finding]:
    """A peer that never answers may not be there at all."""
    for group in evidence.groups:
        if group.counts.sent and not (group.counts.ok + group.counts.late + group.counts.corrupt):
            yield "suspect", f"none of the {group.counts.sent:,} requests of {group.name} was answered"


def replies_could_not_be_told(evidence: Evidence) -> Iterator[Finding]:
    """Without numbers, a late reply looks like the next one's."""
    for group, replies in evidence.ambiguous.items():
        if replies > 0:
            yield (
                "suspect",
                f"{replies:,} replies to {group} came while earlier requests were past their timeout, and nothing in "
                "them tells which they answer: RTTs may be too short; use a longer timeout, or the envelope format",
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
        known = ((lag.p99_s, "p99"), (lag.p90_s, "p90"), (lag.p50_s, "p50"))
        worst, at = next(((value, name) for value, name in known if value is not None), (0.0, ""))
        is_large_part = response.p50_s is not None and lag.p50_s is not None and lag.p50_s > response.p50_s / 2
        if worst > LATE_TOOL_S or (is_large_part and worst > NOTABLE_LAG_S):
            yield (
                "suspect",
                f"the tool was late: requests of {group.name} left {worst * 1e3:.1f} ms after they were due at {at}, "
                "so response times include the tool's own delay",
            )


RULES: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    process_died,
    nothing_was_due,
    was_interrupted,
    kernel_dropped,
    clients_dropped,
    worker_was_busy,
    load_was_not_offered,
    nothing_was_answered,
    replies_could_not_be_told,
    clients_without_place,
    tool_was_late,
)
