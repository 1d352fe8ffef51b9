"""A network in a test: it delays, drops, copies, corrupts and refuses, and knows the truth about every request.

Time is a whole number, and events happen in its order; nothing here waits or reads a clock.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field

from sockbench.load.client import Client, Request
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, Kind, Message
from tests.load.books import IDENTITY, Books, closed, make_client, payload, reply_to, schedule

STEPS = 20_000
"""More than any of these runs takes: a client that asks to be woken at once would take them all."""


@dataclass(frozen=True)
class Conditions:
    """A client and the network that it meets. Chances are in percent; times are units."""

    wire: str = "envelope"
    ordered: bool = False
    open_: bool = True
    gaps: tuple[int, ...] = (10,) * 20
    think: int = 0
    window: int = 1
    timeout: int = 20
    measure_from: int = 0
    end: int = 200
    drain: int = 50
    code: bytes | None = None
    seed: int = 0
    delay: int = 5
    dropped: int = 0
    copied: int = 0
    corrupted: int = 0
    refused: int = 0
    rejected: int = 0
    stray: int = 0
    broken: int = 0
    lateness: int = 0


@dataclass
class Truth:
    """What became of one request, as the network knows it."""

    sent: int
    done: int = NEVER
    outcome: Outcome | None = None


@dataclass
class Network:
    """One client, driven to its end under `conditions`."""

    conditions: Conditions
    books: Books = field(default_factory=Books)
    truths: dict[int, Truth] = field(default_factory=dict)
    duplicates: int = 0
    strays: int = 0
    reordered: int = 0
    bytes_sent: int = 0
    last_ordinal: int = 0
    said: dict[int, bytes] = field(default_factory=dict)
    bytes_received: int = 0
    registered_at: int | None = None
    now: int = 0

    def __post_init__(self) -> None:
        it = self.conditions
        self._random = random.Random(it.seed)
        self._ids = itertools.count()
        self._events: list[tuple[int, int, str, int]] = []
        self._last = 0  # when the newest reply of an ordered stream arrives
        self._age = 0  # how many connections there were before this one
        self._answered = 0
        self.due = list(itertools.accumulate(it.gaps))
        self.wire = FORMATS[it.wire]
        self.client: Client = make_client(
            schedule(self.due) if it.open_ else closed(it.window, it.think),
            self.books,
            wire=it.wire,
            ordered=it.ordered,
            window=it.window,
            timeout=it.timeout,
            code=it.code,
        )

    def run(self) -> None:
        it, client = self.conditions, self.client
        client.connect(0)
        client.begin(0, it.measure_from, it.end)
        horizon = it.end + it.drain
        for _ in range(STEPS):
            self._send()
            wake = client.wake_at()
            assert wake is None or wake > self.now, "a driver would spin"
            if client.finished:
                assert not client.ledger.in_flight
                assert not client.ledger.overdue
                assert wake is None
            alarm = horizon if wake is None else wake + self._random.randint(0, it.lateness)
            arrival = self._events[0][0] if self._events else horizon
            self.now = max(self.now, min(alarm, arrival, horizon))
            if self.now >= horizon:
                break
            while self._events and self._events[0][0] <= self.now:
                _, _, event, number = heapq.heappop(self._events)
                getattr(self, f"_{event}")(number)
        else:
            raise AssertionError("the client never came to its end")
        client.finish(self.now)
        self._settle_the_rest()

    # What happens

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _at(self, time: int, event: str, number: int) -> None:
        heapq.heappush(self._events, (time, next(self._ids), event, number))

    def _send(self) -> None:
        client = self.client
        while (request := client.take(self.now)) is not None:
            assert client.connected
            if request.number == 0:
                self._ask()
                continue
            assert client.registered
            assert len(client.ledger.in_flight) <= self.conditions.window
            self._fate(request)

    def _ask(self) -> None:
        assert self.conditions.code is not None
        if not self._chance(self.conditions.dropped):
            event = "no_place" if self._chance(self.conditions.rejected) else "place"
            self._at(self.now + 1 + self._random.randrange(self.conditions.delay + 1), event, self._age)

    def _fate(self, request: Request) -> None:
        it, number = self.conditions, request.number
        assert number == len(self.truths) + 1
        self.truths[number] = Truth(self.now)
        self.bytes_sent += len(request.data)
        self.said[number] = self.wire.datagram(request.data).payload
        ordinal = int(self.said[number].removeprefix(payload(0)[:1]))
        assert ordinal >= number  # what was skipped was skipped with its payload
        assert ordinal > self.last_ordinal
        self.last_ordinal = ordinal
        if self._chance(it.broken):
            self._at(self.now + 1 + self._random.randrange(10), "break", self._age)
        if self._chance(it.refused):
            self._at(self.now + 1 + self._random.randrange(10), "refuse", number)
        if self._chance(it.stray):
            self._at(self.now + 1 + self._random.randrange(10), "stranger", number)
        if it.ordered:
            self._last = max(self._last, self.now + 1) + self._random.randrange(it.delay + 1)
            self._at(self._last, "reply" if not self._chance(it.corrupted) else "garbled", number)
            return
        if self._chance(it.dropped):
            return
        for _ in range(1 + self._chance(it.copied)):
            event = "garbled" if self._chance(it.corrupted) else "over" if self._chance(it.rejected) else "reply"
            self._at(self.now + 1 + self._random.randrange(it.delay + 1), event, number)

    def _reply(self, number: int) -> None:
        late = self.now > self.truths[number].sent + self.conditions.timeout
        reply = reply_to(number, wire=self.conditions.wire, text=self.said[number])
        self._arrives(number, reply, Outcome.LATE if late else Outcome.OK)

    def _garbled(self, number: int) -> None:
        self._arrives(number, reply_to(number, wire=self.conditions.wire, text=b"?"), Outcome.CORRUPT)

    def _over(self, number: int) -> None:
        self._arrives(number, Message(Kind.REJECTED, IDENTITY, number, 0, b"full"), Outcome.REFUSED)

    def _arrives(self, number: int, message: Message, outcome: Outcome) -> None:
        truth = self.truths[number]
        if self.conditions.ordered and (truth.outcome is not None or not self.client.connected):
            return  # it went down with its connection
        self.bytes_received += len(message.payload) + self.wire.overhead
        if truth.outcome is None:
            truth.done, truth.outcome = self.now, outcome
            self.reordered += number < self._answered
            self._answered = max(self._answered, number)
        else:
            self.duplicates += 1
        self.client.receive(message, self.now)

    def _refuse(self, number: int) -> None:
        self.client.pass_time(self.now)
        for truth in self.truths.values():
            if truth.outcome is None and self.now <= truth.sent + self.conditions.timeout:
                truth.done, truth.outcome = self.now, Outcome.REFUSED
                break
        self.client.refuse(self.now)

    def _stranger(self, number: int) -> None:
        kinds = [
            reply_to(number)._replace(client=IDENTITY + 1),
            reply_to(len(self.truths) + 1),
            reply_to(0),
        ]
        message = self._random.choice(kinds)
        self.strays += 1
        self.bytes_received += len(message.payload) + self.wire.overhead
        self.client.receive(message, self.now)

    def _break(self, age: int) -> None:
        if age != self._age:
            return
        self._age += 1
        for truth in self.truths.values():
            if truth.outcome is None and self.now <= truth.sent + self.conditions.timeout:
                truth.done, truth.outcome = self.now, Outcome.FAILED
            elif truth.outcome is None:
                truth.outcome = Outcome.LOST
        self.client.disconnect(self.now, Outcome.FAILED)
        self._last = 0
        self._at(self.now + self._random.randrange(1, 15), "mend", 0)

    def _mend(self, _: int) -> None:
        self.client.connect(self.now)

    def _place(self, age: int) -> None:
        if age == self._age:
            self.registered_at = self.registered_at or self.now
            self.client.receive(Message(Kind.REGISTERED, IDENTITY, 0, 3, b"3"), self.now)

    def _no_place(self, age: int) -> None:
        if age == self._age and not self.client.registered:
            self.client.receive(Message(Kind.REJECTED, IDENTITY, 0, 0, b"full"), self.now)
            assert self.client.place.refusal == "full"

    def _settle_the_rest(self) -> None:
        for truth in self.truths.values():
            if truth.outcome is None:
                lost = self.now > truth.sent + self.conditions.timeout
                truth.outcome = Outcome.LOST if lost else Outcome.UNFINISHED
