"""A result: everything one `sockbench run` produced. The field names are those of `result.json` (schema 1).

Times are seconds and sizes bytes; what is unknown is None, never 0. All values are frozen: a report starts from
these alone, so what a run printed can be printed again from its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sockbench.model.comparison import Comparison
from sockbench.model.environment import Environment
from sockbench.model.experiment import Variant
from sockbench.model.find import Find
from sockbench.model.plan import Plan, Transport
from sockbench.model.relay import RelayResult

SCHEMA = 1

VerdictStatus = Literal["valid", "suspect", "invalid"]


@dataclass(frozen=True, slots=True)
class Times:
    """A distribution of `n` durations. A percentile that fewer than 10 samples lie beyond is None."""

    n: int
    min_s: float | None
    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None
    p999_s: float | None
    max_s: float | None


@dataclass(frozen=True, slots=True)
class Jitter:
    """How much the round-trip time changes from one request to the next: interarrival jitter of RFC 3550, the mean over
    the clients, and the mean and the 99th percentile of |IPDV| (RFC 3393).
    """

    rfc3550_s: float | None
    ipdv_mean_s: float | None
    ipdv_p99_s: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The eight outcomes. `planned` is their sum by definition, and `sent` all but the skipped."""

    ok: int = 0
    late: int = 0
    lost: int = 0
    refused: int = 0
    failed: int = 0
    corrupt: int = 0
    skipped: int = 0
    unfinished: int = 0

    @property
    def planned(self) -> int:
        """How many requests the load model made due."""
        return (
            self.ok + self.late + self.lost + self.refused + self.failed + self.corrupt + self.skipped + self.unfinished
        )

    @property
    def sent(self) -> int:
        """How many of them went out."""
        return self.planned - self.skipped


@dataclass(frozen=True, slots=True)
class Buffer:
    """What a socket has to receive into, or to send from, in bytes as the kernel accounts for them: `wanted` is what
    the scenario asks for, or takes all that the load may have under way at once; `size` is what the kernel gave.
    """

    size: int
    wanted: int

    @property
    def is_cut(self) -> bool:
        """The kernel's limit is lower than what is wanted."""
        return self.size < self.wanted


@dataclass(frozen=True, slots=True)
class Spread:
    """How one number differs between connections."""

    min_s: float | None
    median_s: float | None
    max_s: float | None


@dataclass(frozen=True, slots=True)
class TcpResult:
    """What the kernel told of the clients' own end of a group's TCP connections (TCP_INFO), added up over all that
    ended, from the opening of each to its end, warm-up included. A number that some connection lacks is None.
    """

    connections: int
    retransmits: int | None  # segments that were sent again
    dsack_dups: int | None  # of those, in vain: the server had them
    lost_at_end: int | None  # taken for lost and not repaired when the connection ended; no sum of all losses
    segments: int | None  # with data, those sent again included
    delivered: int | None  # acknowledged by the server, the one that opens the connection included
    reorderings: int | None  # times that segments were seen to overtake others
    rtt: Spread  # the kernel's smoothed RTT (RFC 6298), as each connection had it at its end
    rttvar: Spread  # its mean deviation, then
    min_rtt_s: float | None  # the shortest that any connection had
    congestion: str | None  # the algorithm that controls congestion


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What became of one group's requests in one run."""

    name: str
    server: str  # the server's name, or the target's URL
    transport: Transport
    clients: int
    unregistered: int  # clients that asked for a place and had none when the run ended
    counts: Counts
    warmup: Counts  # the warm-up's requests, which are in no other number of this group
    duplicate: int
    reordered: int
    stray: int
    lost_up: int | None
    lost_down: int | None
    lost_unknown: int  # lost, and no later reply told whether the server had received them
    bytes_sent: int
    bytes_received: int
    requests_per_s: float | None
    replies_per_s: float | None
    rtt: Times
    response: Times
    lag: Times
    late_rtt: Times
    jitter: Jitter
    kernel_rtt: Times | None = None  # by the kernel's stamps, of the ok that have both; None when not asked for
    kernel_drops: int | None = None  # at the clients' own UDP sockets, from their opening to their closing
    churned: int = 0  # clients that left during the measurement, each followed by another
    receive_buffer: Buffer | None = (
        None  # of each client's socket; None over TCP unless asked for: the kernel sees to it
    )
    send_buffer: Buffer | None = None  # of each client's socket, where it was asked for
    tcp: TcpResult | None = None  # None over UDP, and where the kernel does not tell
    hints: tuple[str, ...] = ()  # sentences about what the shape of the times gives away


@dataclass(frozen=True, slots=True)
class ServerResult:
    """What one server counted, from its start to its stop, warm-up included."""

    name: str
    transport: Transport
    address: str
    received: int | None
    answered: int | None
    rejected: int | None
    clients_peak: int | None
    kernel_drops: int | None
    cpu_s: float | None
    receive_buffer: Buffer | None = None  # of its UDP socket; over TCP of a connection, where it was asked for
    send_buffer: Buffer | None = None  # where it was asked for
    idled: int | None = None  # connections that it closed and places that it took back, for their silence
    unproven: int | None = None  # of those rejected, what came without proof of the token; None: it has none


@dataclass(frozen=True, slots=True)
class Interval:
    """One second of one group, by the time at which its requests were settled."""

    start_s: float
    end_s: float
    group: str
    counts: Counts
    rtt: Times
    requests_per_s: float | None = None  # by the time at which they were sent; None of no time
    went_out: int | None = None  # requests that were sent in it; most of the last have their outcome in the next
    timed_out: int | None = None  # requests whose timeout passed in it: late or lost, which is known at the end


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one variant."""

    variant: dict[str, str]
    repetition: int
    warmup_s: float
    duration_s: float
    elapsed_s: float
    groups: tuple[GroupResult, ...]
    servers: tuple[ServerResult, ...]
    intervals: tuple[Interval, ...]
    relays: tuple[RelayResult, ...] = ()
    aborted_by: str | None = None  # the threshold that ended it before its time


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this result be believed?"""

    status: VerdictStatus
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold and the run that it was held against. `ok` is None when nobody can tell; `reason` says why it was not
    judged, or failed, where the number alone does not.
    """

    expression: str
    actual: float | None
    ok: bool | None
    variant: dict[str, str] = field(default_factory=dict)
    repetition: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Everything one `sockbench run` produced, but for the histograms (`latency.hlog`)."""

    sockbench: str
    name: str
    started: str  # UTC, ISO 8601
    interrupted: bool
    seed: int
    verdict: Verdict
    environment: Environment
    scenario: Plan  # of the first variant, where there are several
    thresholds: tuple[ThresholdResult, ...]
    runs: tuple[Run, ...]  # in the order in which they were made
    variants: tuple[Variant, ...] = ()  # of the matrix; empty where there is none
    repeat: int = 1  # how often each variant was to be run
    comparison: Comparison | None = None  # of its variants
    find: Find | None = None  # what was searched, where it was a search: then each run is a step of it

    @property
    def is_of_many(self) -> bool:
        """Was there to be more than one run?"""
        return max(1, len(self.variants)) * self.repeat > 1

    def plan_of(self, variant: Mapping[str, str]) -> Plan:
        """The plan of the variant with these values."""
        return next((known.plan for known in self.variants if known.values == variant), self.scenario)
