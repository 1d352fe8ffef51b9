"""A plan: the checked, frozen form of a scenario. Defaults filled in, units resolved.

Durations are seconds, sizes bytes, rates events per second. A plan holds all that a run needs to know, and nothing
that a run finds out (ports that the system chose, times, counts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sockbench.model.secret import Secret
from sockbench.model.sockets import PLAIN, SocketOptions

Transport = Literal["udp", "tcp"]
Format = Literal["envelope", "text", "line", "length"]
Connect = Literal["once", "per-request"]
Phase = Literal["staggered", "lockstep"]
Timestamps = Literal["application", "kernel"]
Pattern = Literal["constant", "poisson", "burst"]
JitterKind = Literal["uniform", "normal"]

GRACE = 0.25
"""Seconds after a drain as long as the timeouts, for the requests that left late."""


@dataclass(frozen=True, slots=True)
class RandomLoss:
    """Each datagram is lost with the chance `share`, whatever became of the others."""

    share: float


@dataclass(frozen=True, slots=True)
class BurstLoss:
    """The two-state chain of Gilbert (1960) and Elliott (1963), as in netem's `loss gemodel`.

    After each datagram a good link turns bad with the chance `p`, a bad one good with the chance `r`. Meanwhile it
    loses the share `good` or `bad` of what comes. On average the share `p / (p + r)` of the datagrams find it bad,
    `1 / r` in a row.
    """

    p: float
    r: float
    bad: float = 1.0
    good: float = 0.0


Loss = RandomLoss | BurstLoss


@dataclass(frozen=True, slots=True)
class Jitter:
    """What is added to each delay: uniform within `amount` either way, or normal with that standard deviation."""

    kind: JitterKind
    amount: float


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of an impaired link. Shares are chances of one datagram; `rate` is bytes per second."""

    loss: Loss | None = None
    delay: float = 0.0
    jitter: Jitter | None = None
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    rate: float | None = None
    queue: int | None = None  # bytes that wait for the rate; None: as many as the relay's own limit


@dataclass(frozen=True, slots=True)
class Stall:
    """`every` so often nothing moves, either way, for `length`."""

    every: float
    length: float


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a relay does to what passes: `up` to the server, `down` to the client. `stall` and `reset` are of TCP."""

    up: Way = Way()
    down: Way = Way()
    stall: Stall | None = None
    reset: float | None = None  # a connection is reset when it is so old


@dataclass(frozen=True, slots=True)
class Server:
    """One service on one transport at one address, started by the run."""

    name: str
    service: str
    transport: Transport
    host: str
    port: int  # 0: any free port
    max_clients: int | None  # None: the service sets no limit of its own
    idle: float  # a client silent for so long gives its place back
    banner: bool = False  # echo: over TCP the server speaks first
    once: bool = False  # upper: a TCP connection is closed after one reply
    impair: Impairment | None = None  # of the way between it and all its clients
    socket: SocketOptions = PLAIN  # of its socket, and of each connection that it accepts
    max_per_address: int | None = None  # TCP connections of one address; None: see `net/admission.py`
    token: Secret | None = None  # who does not prove it is not answered


@dataclass(frozen=True, slots=True)
class Target:
    """A server that someone else runs."""

    transport: Transport
    host: str
    port: int

    @property
    def url(self) -> str:
        """The target as it is written in a scenario: `udp://127.0.0.1:10125`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Think:
    """A pause of at least `shortest` and at most `longest`, each length as likely as another."""

    shortest: float = 0.0
    longest: float = 0.0

    @property
    def mean(self) -> float:
        """Half way between the two."""
        return (self.shortest + self.longest) / 2


@dataclass(frozen=True, slots=True)
class Closed:
    """A request is due when the window has room, `think` after the last answer."""

    think: Think = Think()
    phase: Phase = "staggered"


@dataclass(frozen=True, slots=True)
class Every:
    """Each client on a fixed grid of its own."""

    period: float
    phase: Phase = "staggered"


@dataclass(frozen=True, slots=True)
class Rate:
    """The group as a whole, `per_second` requests shared evenly among its clients."""

    per_second: float
    pattern: Pattern = "constant"
    phase: Phase = "staggered"
    burst: int = 1  # how many requests are due together; more than one with the pattern "burst" only


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a load profile: the rate goes evenly from `first` to `last`, per second. Both are 0 in a pause."""

    duration: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Stages:
    """The group as a whole, at a rate that changes from stage to stage; after the last of them nothing is due."""

    stages: tuple[Stage, ...]
    pattern: Pattern = "constant"
    phase: Phase = "staggered"
    burst: int = 1

    @property
    def duration(self) -> float:
        """Of all stages together."""
        return sum(stage.duration for stage in self.stages)

    @property
    def peak(self) -> float:
        """The highest rate of all, per second."""
        return max(max(stage.first, stage.last) for stage in self.stages)


Arrivals = Closed | Every | Rate | Stages


@dataclass(frozen=True, slots=True)
class TextPayload:
    """A text in which `{index}`, `{seq}` and `{random}` are filled in for each request."""

    template: str


@dataclass(frozen=True, slots=True)
class SizePayload:
    """`size` bytes of seeded letters."""

    size: int


@dataclass(frozen=True, slots=True)
class DigitsPayload:
    """A random decimal integer of `fewest` to `most` digits."""

    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class ChoicePayload:
    """One of `texts`, chosen at random for each request."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilePayload:
    """The contents of a file, read when the scenario was."""

    path: str
    data: bytes


Payload = TextPayload | SizePayload | DigitsPayload | ChoicePayload | FilePayload


@dataclass(frozen=True, slots=True)
class Group:
    """The clients that share one entry under `clients:`. Exactly one of `server` and `target` is set.

    Requests are due from `start` to before `stop`, counted from the beginning of the measurement.
    """

    name: str
    count: int
    transport: Transport
    server: str | None
    target: Target | None
    register: str | None  # the code each client announces first; `{index}` is filled in
    payload: Payload
    arrivals: Arrivals
    window: int
    timeout: float
    connect: Connect
    format: Format
    timestamps: Timestamps = "application"  # kernel: RTTs by the kernel's stamps, beside the application's
    start: float = 0.0  # more than 0: nothing is due in the warm-up
    stop: float | None = None  # None: the end of the load
    churn: float | None = None  # the mean life of a client, after which another takes its place; None: all stay
    impair: Impairment | None = None  # of this group's own way; it takes the place of its server's
    socket: SocketOptions = PLAIN  # of each client's
    writes: int = 1  # over TCP: by so many calls a request is written, each with a part of it
    token: Secret | None = None  # what its clients prove to their server


Comparison = Literal["<", "<=", ">", ">=", "=="]
ThresholdUnit = Literal["seconds", "share", "count", "per_second"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """`[group.]metric[.statistic] op value`; without a group it is about all of them together."""

    expression: str
    group: str | None
    metric: str
    statistic: str | None
    op: Comparison
    value: float
    unit: ThresholdUnit
    abort_after: float | None = None  # once so much is measured, it ends a run that fails it; None: it never does


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one `sockbench run` will do."""

    name: str
    description: str
    source: str
    seed: int
    warmup: float
    duration: float
    drain: float
    servers: tuple[Server, ...]
    groups: tuple[Group, ...]
    thresholds: tuple[Threshold, ...]

    def server(self, name: str) -> Server:
        """The server called `name`. KeyError when there is none."""
        for server in self.servers:
            if server.name == name:
                return server
        raise KeyError(name)

    @property
    def clients(self) -> int:
        """How many simulated clients all groups have together."""
        return sum(group.count for group in self.groups)

    @property
    def is_impaired(self) -> bool:
        """Whether a relay stands before any server or group."""
        impaired = [server.impair for server in self.servers] + [group.impair for group in self.groups]
        return any(impair is not None for impair in impaired)

    @property
    def loaded(self) -> float:
        """Seconds of the measurement in which requests are due: less than its duration where all groups stop before."""
        return max(self.duration if group.stop is None else min(group.stop, self.duration) for group in self.groups)

    @property
    def grace(self) -> float:
        """Seconds beyond a drain as long as the timeouts: a request that left late has its whole timeout too."""
        return GRACE if self.drain >= max(group.timeout for group in self.groups) else 0.0

    @property
    def longest(self) -> float:
        """Seconds from the first request due to the end of the drain, at most."""
        return self.warmup + self.duration + self.drain + self.grace
