"""What a scenario may name: the services with their options and defaults, the formats, and the bounds of numbers.

Tables only. Another service or option is one line here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MEBIBYTE = 2**20
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a scenario needs to know of a service; every service takes `max_clients` and `idle`."""

    max_clients: int | None = None
    options: frozenset[str] = field(default_factory=frozenset)


SERVICES: dict[str, ServiceFacts] = {
    "registry": ServiceFacts(max_clients=10),
    "echo": ServiceFacts(options=frozenset({"banner"})),
    "upper": ServiceFacts(options=frozenset({"once"})),
    "number": ServiceFacts(max_clients=5),
}
TRANSPORTS = ("udp", "tcp")
FORMATS = ("envelope", "text", "line", "length")
CONNECTS = ("once", "per-request")
TIMESTAMPS = ("application", "kernel")
PHASES = ("staggered", "lockstep")
ARRIVALS = ("think", "every", "rate", "stages")
PATTERNS = ("constant", "poisson", "burst")
PLACEHOLDERS = ("index", "seq", "random")

MAX_VARIANTS = 1_000
MAX_REPEAT = 1_000
MAX_RUNS = 10_000
MAX_VALUES = 100_000
"""Values of all variants together: each variant is checked as a scenario of its own."""
MAX_COUNT = 1_000_000
MAX_WINDOW = 65_536
MAX_DURATION = 7 * DAY
MAX_RATE = 10_000_000.0
MAX_BURST = 65_536
MAX_WRITES = 64
SHORTEST_LIFE = 0.01  # the mean life of a client, so that a place does not only change hands
MAX_DELAY = 60.0
MAX_BYTE_RATE = 1e11
MAX_QUEUE = 2**30
MAX_SEED = 2**63 - 1
MAX_PAYLOAD = MEBIBYTE
MAX_DIGITS = 4_000
MAX_REGISTER = 1_024
MAX_NAME = 200

MAX_DATAGRAM = 65_507  # 65,535 less the headers of IPv4 (20) and UDP (8)
ONE_READ = 32_768  # of a text over TCP: what one write sends and one read gives, with room for a longer reply
ENVELOPE_HEADER = 60
PROOF = 36  # before an envelope, where there is a token
LENGTH_HEADER = 4

IDLE = 60.0
SHORTEST_STALL = 1e-3
"""Seconds between two stalls: less is no stall but noise."""
HOST = "127.0.0.1"
OPEN_WINDOW = 1_024
PAYLOAD_SIZE = 64
