"""What the conductor and its child processes say to each other. Frozen values, pickled over private pipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:  # a child needs no more of these than what is in its own messages
    from sockbench.model.plan import Plan
    from sockbench.model.relay import RelayResult
    from sockbench.model.result import ServerResult
    from sockbench.model.samples import Samples
    from sockbench.run.drivers import DriverName
    from sockbench.stats.connections import ConnectionTally
    from sockbench.stats.tally import Tally

Role = Literal["servers", "relays", "worker"]
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: dict[Role, str] = {"servers": "server", "relays": "relay", "worker": "client"}
"""What people call them."""

Addresses = dict[str, tuple[str, int]]
"""Where servers listen: name -> (host, port)."""


# To a child


@dataclass(frozen=True, slots=True)
class StartServers:
    """Bind all servers of the plan, say where they listen, and serve."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class StartRelays:
    """Bind all relays of the plan before the servers at `addresses`, say where they listen, and relay."""

    plan: Plan
    addresses: Addresses
    first_id: int


@dataclass(frozen=True, slots=True)
class PrepareClients:
    """Open and register the clients of worker `index` of `workers`.

    `addresses` says where each server listens, `relays` where the relay of a group does, for those that have one;
    `first_id` is the id of the first client of the run on the wire; `drivers` says what drives each group; `sampled`:
    every request is to be told of; `watched`: somebody looks on, who is to hear twice a second.
    """

    plan: Plan
    addresses: Addresses
    relays: Addresses
    index: int
    workers: int
    first_id: int
    drivers: dict[str, DriverName]
    sampled: bool = False
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """The load begins: of workers at `start`, a time of `time.perf_counter_ns`, which is one clock for all processes of
    a machine. Servers measure what it takes of them from now on.
    """

    start: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Servers: report and end. Clients: make nothing more due, drain for at most `drain` seconds, report and end."""

    drain: float = 0.0


# From a child


@dataclass(frozen=True, slots=True)
class Failed:
    """This machine cannot do it: the text of a `RunError`."""

    text: str


@dataclass(frozen=True, slots=True)
class Listening:
    """All servers are bound."""

    addresses: Addresses


@dataclass(frozen=True, slots=True)
class RelaysListening:
    """All relays are bound: where, by group."""

    addresses: Addresses


@dataclass(frozen=True, slots=True)
class ClientsReady:
    """All clients are open, and registered where they could be."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What was settled in one interval of the measurement, by group, and how many requests wait past their timeout.

    `is_half`: it is the interval's first half, whose rest follows. `busy` is the share of the load's time so far that
    the process spent on a processor.
    """

    number: int
    tallies: dict[str, Tally]
    overdue: int
    is_half: bool = False
    busy: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Every request that ended since the last batch, by group; those of the warm-up too."""

    samples: dict[str, Samples]


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """What is known of one group's clients of one worker when the run is over."""

    warmup: Tally
    jitter_sum_s: float
    jitter_clients: int
    unregistered: int
    refusal: str | None
    ambiguous: int  # replies that might as well have answered an earlier request
    kernel_drops: int | None  # datagrams that found no room in the clients' own sockets; None when that is not known
    churned: int = 0  # clients that left during the measurement, each followed by another
    receive_buffer: int | None = None  # of each client's socket, over TCP where the scenario asks for one
    send_buffer: int | None = None  # of each client's socket, where the scenario asks for one
    connections: ConnectionTally | None = None  # what the kernel told of them, over TCP


@dataclass(frozen=True, slots=True)
class WorkerEnd:
    """The last word of a worker. `elapsed_s` counts from the end of the warm-up; `busy` is the share of it that the
    process spent on a processor; `late_s` how long after the agreed start it began; `still` the longest that the
    process stood still, in seconds.
    """

    groups: dict[str, GroupEnd]
    elapsed_s: float
    busy: float = 0.0
    late_s: float | None = None
    still: float = 0.0


@dataclass(frozen=True, slots=True)
class ServersEnd:
    """The last word of the servers' process. `busy` is the share of the measured time that it spent on a processor,
    None when the load never began; `still` as of a worker.
    """

    servers: tuple[ServerResult, ...]
    busy: float | None = None
    still: float = 0.0


@dataclass(frozen=True, slots=True)
class RelaysEnd:
    """The last word of the relays' process; `busy` is the share of the load's time that it spent on a processor,
    `still` as of a worker.
    """

    relays: tuple[RelayResult, ...]
    busy: float | None = None
    still: float = 0.0


ToChild = StartServers | StartRelays | PrepareClients | Go | Stop
FromChild = (
    Failed | Listening | RelaysListening | ClientsReady | Beat | SampleBatch | WorkerEnd | ServersEnd | RelaysEnd
)
