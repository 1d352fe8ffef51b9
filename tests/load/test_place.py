"""A place that may have gone back while its client was silent: it is asked for again, and no answer is wrong."""

from __future__ import annotations

import heapq
import itertools
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.load.client import Client
from sockbench.load.profile import NS
from sockbench.model.outcome import Outcome
from sockbench.net.responder import Responder
from sockbench.services.registry import Registry
from sockbench.wire import FORMATS, Kind, Message
from tests.load.books import IDENTITY, Books, make_client, payload, reply_to, schedule, sent

ENVELOPE = FORMATS["envelope"]
IDLE = 100
REGISTERED = Message(Kind.REGISTERED, IDENTITY, 0, 7, b"7")


def welcomed(request: bytes, reply: bytes, client: int | None) -> Outcome:
    """The judge of a registry."""
    return Registry().judge(request.decode(), reply.decode(), client)


def registry_client(due: list[int], books: Books, *, timeout: int, retry: int, idle: int | None, window: int) -> Client:
    return Client(
        identity=IDENTITY,
        ledger=books.ledger(timeout),
        pacer=schedule(due),
        window=window,
        payload=payload,
        wire=ENVELOPE,
        judge=welcomed,
        ordered=False,
        code=b"A",
        retry=retry,
        idle=idle,
    )


def with_place(due: list[int], idle: int | None = IDLE) -> Client:
    """A client that asked for its place at 0, and has it."""
    client = make_client(schedule(due), Books(), code=b"A", retry=5, timeout=20, idle=idle)
    assert sent(client, 0) == [0]
    client.receive(REGISTERED, 1)
    client.begin(0, 0, 10_000)
    return client


def test_a_place_is_asked_for_ahead_of_a_request_that_comes_after_a_long_silence() -> None:
    client = with_place([0, 200])
    assert sent(client, 1) == [1]
    client.receive(reply_to(1), 2)
    assert client.wake_at() == 150  # half of the idle time ahead
    assert sent(client, 149) == []
    assert sent(client, 150) == [0]
    assert client.wake_at() == 155
    client.receive(REGISTERED._replace(received=3), 152)
    assert client.place.number == 3
    assert client.wake_at() == 200
    assert sent(client, 200) == [2]


def test_a_request_does_not_wait_for_the_answer() -> None:
    client = with_place([0, 200])
    assert sent(client, 1) == [1]
    client.receive(reply_to(1), 2)
    asked = [at for at in range(3, 220) if 0 in sent(client, at)]
    assert asked == list(range(150, 220, 5))
    assert client.place.number is None
    assert client.ledger.next_number == 3


@pytest.mark.parametrize("idle", [None, 10_000])
def test_nobody_asks_again_who_was_not_silent_or_does_not_know_how_long_it_may_be(idle: int | None) -> None:
    client = with_place(list(range(0, 2000, 50)), idle)
    for at in range(1, 2000):
        assert 0 not in sent(client, at)
        client.receive(reply_to(client.ledger.next_number - 1), at)


def test_who_is_silent_and_has_nothing_to_say_lets_the_place_go() -> None:
    client = with_place([0])
    assert sent(client, 1) == [1]
    client.receive(reply_to(1), 2)
    assert client.wake_at() == 10_000
    assert sent(client, 500) == []


def test_after_an_outage_the_number_is_not_taken_for_sure() -> None:
    """Requests went out all the time; whether the server heard them is not known."""
    client = with_place(list(range(0, 2000, 10)))
    asked = 0
    for at in range(1, 500):
        asked += sent(client, at).count(0)
    assert client.place.number is None
    assert asked > 50
    client.receive(REGISTERED._replace(received=4), 500)  # to which of all the questions?
    assert 0 in sent(client, 505)
    assert client.place.number is None
    client.receive(REGISTERED._replace(received=4), 506)
    client.receive(REGISTERED._replace(received=9), 507)  # a copy of some other answer
    assert client.place.number == 4


class Line:
    """A client and a registry, a way between them that loses and delays, and rivals that take what is free."""

    def __init__(self, seed: int, *, idle: int, delay: int, loss: float, gaps: list[int], think: int) -> None:
        stream = random.Random(seed)
        self.books = Books()
        due = list(itertools.accumulate(gaps))
        self.client = registry_client(due, self.books, timeout=think, retry=10, idle=idle, window=4)
        self.responder = Responder(Registry(max_clients=50, idle=idle / NS))
        self._events: list[tuple[int, int, str, bytes]] = []
        self._count = itertools.count()
        self._stream, self._delay, self._loss = stream, delay, loss
        self.end = due[-1] + 1
        for rival in range(10):
            self._at(stream.randrange(self.end), "rival", b"%d" % rival)

    def _at(self, when: int, what: str, data: bytes) -> None:
        heapq.heappush(self._events, (when, next(self._count), what, data))

    def _send(self, now: int, what: str, data: bytes) -> None:
        if self._stream.random() >= self._loss:
            self._at(now + self._stream.randint(1, self._delay), what, data)

    def run(self) -> list[Outcome]:
        client, now = self.client, 0
        client.begin(0, 0, self.end)
        while now < self.end + 1000:
            while (request := client.take(now)) is not None:
                self._send(now, "up", request.data)
            wake = client.wake_at()
            if wake is None and not self._events:
                break
            assert wake is None or wake > now
            if wake is not None and (not self._events or wake < self._events[0][0]):
                now = wake
                continue
            when, _, what, data = heapq.heappop(self._events)
            now = max(now, when)
            self._happen(now, what, data)
        client.finish(now)
        return [row.outcome for row in self.books.rows]

    def _happen(self, now: int, what: str, data: bytes) -> None:
        if what == "down":
            self.client.receive(ENVELOPE.datagram(data), now)
        elif what == "rival":
            self.responder.datagram(b"hello", data, now / NS)
        elif (reply := self.responder.datagram(data, "client", now / NS)) is not None:
            self._send(now, "down", reply)


@example(seed=0, idle=134, delay=1, loss=0.0, gaps=[100, 0, 0, 0, 0, 1], think=5)
@given(
    seed=st.integers(0, 1000),
    idle=st.integers(20, 300),
    delay=st.integers(1, 10),
    loss=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    gaps=st.lists(st.one_of(st.integers(0, 30), st.integers(100, 700)), min_size=1, max_size=30),
    think=st.integers(5, 50),
)
def test_whatever_number_the_server_gives_next_no_answer_is_taken_for_a_wrong_one(
    seed: int, idle: int, delay: int, loss: float, gaps: list[int], think: int
) -> None:
    outcomes = Line(seed, idle=idle, delay=delay, loss=loss, gaps=gaps, think=think).run()
    assert Outcome.CORRUPT not in outcomes
    assert len(outcomes) == len(gaps)


def test_with_no_loss_every_request_after_a_silence_is_answered() -> None:
    gaps = [50, *[500] * 20]
    assert Line(1, idle=100, delay=5, loss=0.0, gaps=gaps, think=50).run() == [Outcome.OK] * 21
