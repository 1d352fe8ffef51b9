"""What a verdict is reached from: a run's numbers, and what is known of the tool and the machine besides them.

Nouns alone. Whoever makes them decides what is known; what is not known is None, or not in its mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sockbench.model.relay import RelayResult
from sockbench.model.result import GroupResult, ServerResult, VerdictStatus

Finding = tuple[VerdictStatus, str]
"""How grave it is, and a sentence for a person with what to do about it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the plan asks of an open group: `requests` in the measured time, a mean when `deviation` is not 0.

    `deviation` is the standard deviation of their number; `period` the seconds between two requests of one client,
    None where that is not one number.
    """

    requests: int
    deviation: float = 0.0
    period: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one run besides its numbers.

    `deaths` are sentences; `refusals` has a text for a group. By group: `ambiguous` replies, which might as well have
    answered an earlier request, `client_drops`, datagrams that the kernel dropped at the clients' own sockets, and
    `offers` of the open groups. `busy` is the largest share of the time that a client process spent on a processor,
    `server_busy` that of the servers' process, `relay_busy` of the relays'. `still` is by kind of process (`client`,
    `server`, `relay`) the most seconds that one was not running at a time. `other_cpu_share` and `steal_share` are
    shares of all processors, `clock_step_s` is how far the wall clock moved against the monotonic one, `load_average`
    that of one minute, `start_late_s` how long after the agreed start the last client process began.
    """

    groups: tuple[GroupResult, ...]
    servers: tuple[ServerResult, ...] = ()
    deaths: tuple[str, ...] = ()
    interrupted: bool = False
    elapsed_s: float = 0.0
    warmup_s: float = 0.0
    duration_s: float = 0.0
    refusals: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, int] = field(default_factory=dict)
    client_drops: Mapping[str, int] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()  # groups whose clients prove one
    offers: Mapping[str, Offer] = field(default_factory=dict)
    busy: float = 0.0
    server_busy: float | None = None
    relays: tuple[RelayResult, ...] = ()
    relay_busy: float | None = None
    still: Mapping[str, float] = field(default_factory=dict)
    other_cpu_share: float | None = None
    steal_share: float | None = None
    clock_step_s: float | None = None
    load_average: float | None = None
    cpus: int | None = None
    start_late_s: float | None = None
    aborted_by: str | None = None  # the threshold that ended it before its time
