"""What a run keeps does not grow with its length: 200,000 requests take no more room than 20,000.

Counted, not timed: everything that can be reached from a group's clients, and from what the conductor collects.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import random
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

import pytest

from sockbench.load.book import FULL
from sockbench.load.ledger import REMEMBERED
from sockbench.load.receipts import KEPT
from sockbench.model.message import Kind, Message
from sockbench.model.outcome import Outcome
from sockbench.run.collect import Collection
from sockbench.run.messages import Beat
from sockbench.run.party import Party
from sockbench.wire import FORMATS, Seen
from tests.run.plans import plan_of

NS = 1_000_000_000
RATE = 10_000
TIMEOUT = 50_000_000
PLAN = plan_of(
    f"""\
duration: 100s
servers:
  s: {{service: echo, transport: udp}}
clients:
  - {{name: a, server: s, arrivals: {{rate: {RATE}/s}}, timeout: 50ms}}
"""
)
AWAY = 2 * REMEMBERED
"""The first requests, that are lost all of them: as many are overdue from then on as a client remembers."""


class Run:
    """One client whose network loses 1% on each way, and lets some replies come out of order and some late."""

    def __init__(self, sampled: bool) -> None:
        self.party = Party(PLAN, PLAN.groups[0], lambda index: True, 1, sampled)
        self.collection = Collection(PLAN)
        (self.client,) = self.party.clients
        self.client.connect(0)
        self.client.begin(0, 0, 1000 * NS)
        self.requests = 0
        self.kept = 0  # rows of requests that were taken
        self._random = random.Random(5)
        self._replies: list[tuple[int, int, Message]] = []
        self._order = itertools.count()
        self._seen = Seen()
        self._second = 0

    def on_to(self, second: int) -> None:
        """Drive the client until then, and tell what was settled each second."""
        client, now = self.client, self._second * NS
        while self._second < second:
            while (request := client.take(now)) is not None:
                self.requests += 1
                self._send(request.data, now)
            while self._replies and self._replies[0][0] <= now:
                client.receive(heapq.heappop(self._replies)[2], now)
            wake = client.wake_at()
            assert wake is not None
            now = min(wake, self._replies[0][0] if self._replies else wake)
            if now >= (self._second + 1) * NS:
                self.collection.add_beat(Beat(self._second, {"a": self.party.beat()}, self.party.overdue))
                self.kept += len(self.party.take_samples(0) or ())
                self._second += 1

    def _send(self, data: bytes, now: int) -> None:
        """On to the server, and back. Times are of a few values, so that all buckets are filled soon."""
        chance = self._random.random
        message = FORMATS["envelope"].datagram(data)
        if self.requests <= AWAY or chance() < 0.01:
            return
        self._seen.take(message.number)
        if chance() < 0.01:
            return
        payload = b"Resposta do servidor: " + message.payload
        reply = Message(Kind.REPLY, message.client, message.number, self._seen.received, payload)
        reply = reply._replace(highest=self._seen.highest, seen=self._seen.told)
        delay = 100_000 * self._random.randrange(1, 9) + (chance() < 0.005) * TIMEOUT
        heapq.heappush(self._replies, (now + delay, next(self._order), reply))

    def room(self) -> tuple[int, int]:
        """(objects, bytes) of all that is kept, but for the row and the line of text of each second."""
        return reachable(self.party, self.collection.tallies, self.collection._open)


def reachable(*roots: object) -> tuple[int, int]:
    """How many objects can be reached, and how many bytes they take; code and types are no one's."""
    found: dict[int, object] = {}
    waiting: list[object] = list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in found or isinstance(thing, type | ModuleType | CodeType | BuiltinFunctionType) or thing is PLAN:
            continue
        found[id(thing)] = thing
        if isinstance(thing, FunctionType):  # what it encloses is its own; its module is not
            waiting += thing.__closure__ or ()
        else:
            waiting += gc.get_referents(thing)
    return len(found), sum(map(sys.getsizeof, found.values()))


@pytest.mark.parametrize("sampled", [False, True])
def test_200_000_requests_take_no_more_room_than_20_000(sampled: bool) -> None:
    run = Run(sampled)
    run.on_to(2)
    assert run.requests == pytest.approx(2 * RATE, abs=100)
    objects, size = run.room()
    assert objects > REMEMBERED  # or the walk has missed them
    run.on_to(20)
    assert run.requests == pytest.approx(20 * RATE, abs=100)
    later = run.room()
    assert later[0] < 1.2 * objects
    assert later[1] < 1.2 * size + 20_000
    ledger, receipts = run.client.ledger, run.client.ledger.receipts
    assert len(ledger.in_flight) <= PLAN.groups[0].window
    assert len(ledger.overdue) <= REMEMBERED
    assert len(receipts._fates) <= REMEMBERED
    assert receipts._arrived.bit_length() <= 2 * KEPT
    assert receipts._told.bit_length() <= 2 * KEPT
    assert len(run.party._book.rows) < FULL
    assert len(run.party._ipdv) <= 2 * FULL
    assert len(run.collection._open) <= 2
    assert len(run.collection.intervals) + len(run.collection._open) == 20
    outcomes = run.collection.tallies["a"].outcomes
    assert sum(outcomes) + len(ledger.in_flight) + len(ledger.overdue) == run.requests
    assert min(outcomes[outcome] for outcome in (Outcome.OK, Outcome.LATE, Outcome.LOST)) > 500
    assert run.collection.tallies["a"].reordered > 1000
    assert run.kept == (sum(outcomes) if sampled else 0)


def test_the_walk_finds_what_grows() -> None:
    """Else the test above would prove nothing."""
    run = Run(sampled=True)
    before = run.room()
    assert run.party._sampler is not None
    witness = run.party._sampler.witness(1, 1)
    for number in range(1000):
        witness(number, 0, 0, 0, Outcome.OK, None)
        run.party._book.rows.append((number, number, number, 0))
    objects, size = run.room()
    assert objects > before[0] + 900
    assert size > before[1] + 1000 * 7 * 8
