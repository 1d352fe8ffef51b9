"""From a plan's groups to client machines: who is whose, in which format it speaks, and how replies are judged.

Pure but for what it is given: it opens nothing, and reads no clock but for the proof of a token.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from sockbench.load.arrivals import NS, due_times, first_due, slots, thinks
from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.ledger import Ledger, Witness
from sockbench.load.pacing import ClosedPacer, OpenPacer, Pacer
from sockbench.load.payloads import MakePayload, announcement, fill, make_payload
from sockbench.load.request import Judge
from sockbench.load.span import warmup_of
from sockbench.model.message import Format
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Closed, Group, Plan
from sockbench.services import make_service
from sockbench.wire import FORMATS, Token

RETRY = 0.2
"""Seconds between two requests for a place, when the timeout is no shorter."""
SHORTEST_RETRY = 0.01
"""However short the timeout: a client that has no place yet is not to flood the server."""
JUDGED, SHORT = 4096, 1024
"""How many requests are kept with a right reply, each of so many bytes at most: a constant payload is judged once."""
_ERRORS = "surrogateescape"
_OK = Outcome.OK


@dataclass(frozen=True, slots=True)
class GroupBooks:
    """Where one group's clients write, and the meter that each of them gets; of (number in the group from 1, id on the
    wire) its witness, where every request is to be kept.
    """

    warmup: Book
    measured: Book
    new_meter: Callable[[], Callable[[int, int], None]]
    new_witness: Callable[[int, int], Witness] | None = None


def server_says(plan: Plan, group: Group) -> bytes:
    """What the group's server says first on a TCP connection."""
    if group.server is None or group.transport == "udp":
        return b""
    return (make_service(plan.server(group.server)).greeting or "").encode()


def wire_of(group: Group) -> Format:
    """The format in which one client of the group speaks: where there is a token, one of its own."""
    if group.token is None:
        return FORMATS[group.format]
    return Token(group.token, time.time_ns, int.from_bytes(os.urandom(6)))


class Recruiter:
    """Makes the clients of one group: the first of each place, and those who take over from them.

    Ids on the wire count up from `first_id`; those of each generation lie behind those of the one before, all groups
    together, so that an id still names its place.
    """

    def __init__(self, plan: Plan, group: Group, first_id: int, books: GroupBooks) -> None:
        self._plan = plan
        self._group = group
        self._first_id = first_id
        self._books = books
        self._order = slots(group.count, plan.seed)
        self._judge = _judge(plan, group)
        # Whatever all clients have in common is made once.
        self._timeout = round(group.timeout * NS)
        self._retry = round(max(SHORTEST_RETRY, min(group.timeout, RETRY)) * NS)

    def first(self, index: int) -> Client:
        """The first client of the place `index`, from 0."""
        plan, group = self._plan, self._group
        code = self._code(index)
        payload = make_payload(group.payload, index=index + 1, seed=plan.seed)
        if code is not None and not self._in_header:
            payload = _announced(code, payload)
        return self._client(index, 0, _pacer(plan, group, index, self._order[index]), payload)

    def newcomer(self, index: int, generation: int) -> Client:
        """Another client of the place `index`, who has nothing to do until it succeeds the one before."""
        return self._client(index, generation, OpenPacer(iter(())), lambda number: b"")

    @property
    def _in_header(self) -> bool:
        return self._group.format == "envelope"

    @property
    def _idle(self) -> int | None:
        """The silence after which a place is gone. Over TCP the server closes the connection then, which is heard."""
        group = self._group
        if group.server is None or group.transport == "tcp" or group.register is None:
            return None
        return round(self._plan.server(group.server).idle * NS)

    def _code(self, index: int) -> str | None:
        register = self._group.register
        return None if register is None else fill(register, index=index + 1, seq=0, token="")

    def _client(self, index: int, generation: int, pacer: Pacer, payload: MakePayload) -> Client:
        group, books, code = self._group, self._books, self._code(index)
        identity = (self._first_id + self._plan.clients * generation + index) % 2**32
        ledger = Ledger(
            timeout=self._timeout,
            warmup=books.warmup,
            measured=books.measured,
            on_answer=books.new_meter(),
            witness=None if books.new_witness is None else books.new_witness(index + 1, identity),
        )
        return Client(
            identity=identity,
            ledger=ledger,
            pacer=pacer,
            window=group.window,
            payload=payload,
            wire=wire_of(group),
            judge=self._judge,
            ordered=group.transport == "tcp",
            code=code.encode() if code is not None and self._in_header else None,
            retry=self._retry,
            idle=self._idle,
        )


def build_clients(
    plan: Plan, group: Group, mine: Callable[[int], bool], first_id: int, books: GroupBooks
) -> list[Client]:
    """The clients of `group` whose index (from 0) is `mine`; their ids on the wire count up from `first_id`."""
    recruiter = Recruiter(plan, group, first_id, books)
    return [recruiter.first(index) for index in range(group.count) if mine(index)]


def _pacer(plan: Plan, group: Group, index: int, slot: int) -> Pacer:
    arrivals, seed = group.arrivals, plan.seed
    if isinstance(arrivals, Closed):
        first = first_due(arrivals, slot=slot, count=group.count)
        think = thinks(arrivals.think, index=index, seed=seed) if arrivals.think.longest else None
        return ClosedPacer(first=first, think=think, window=group.window)
    warmup = warmup_of(plan, group)
    return OpenPacer(due_times(arrivals, index=index, slot=slot, count=group.count, seed=seed, warmup=warmup))


def _announced(code: str, payload: MakePayload) -> MakePayload:
    """Each text after the code of its sender."""
    prefix = announcement(code)
    return lambda number: prefix + payload(number)


def _judge(plan: Plan, group: Group) -> Judge:
    """Replies of our own services are held against what the service must answer; of a target's nothing is known."""
    if group.server is None:
        return lambda request, reply, client: Outcome.OK
    service = make_service(plan.server(group.server))

    right: dict[bytes, tuple[bytes, int | None]] = {}  # by request, a reply that was right

    def judge(request: bytes, reply: bytes, client: int | None) -> Outcome:
        if right.get(request) == (reply, client):
            return _OK
        outcome = service.judge(request.decode(errors=_ERRORS), reply.decode(errors=_ERRORS), client)
        if outcome is _OK and len(request) <= SHORT and len(reply) <= SHORT:
            if len(right) >= JUDGED:
                right.clear()
            right[request] = (reply, client)
        return outcome

    return judge
