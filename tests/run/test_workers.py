"""However many workers share a plan: even shares, the same requests, one start, and counts that add up exactly."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.client import Client
from sockbench.load.span import span_of
from sockbench.model.columns import NEVER
from sockbench.model.experiment import Experiment, Variant
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Plan
from sockbench.model.samples import Sample, Samples
from sockbench.net.responder import Responder
from sockbench.run.collect import Collection
from sockbench.run.ears import Ears
from sockbench.run.experiment import run_experiment
from sockbench.run.messages import Beat, FromChild, WorkerEnd
from sockbench.run.party import Party
from sockbench.run.pipes import Unpacker, pack
from sockbench.run.workers import HEAD_START, HEAD_START_EACH, Workers, WorkersWish, head_start, is_mine, workers_for
from sockbench.services import make_service
from sockbench.stats.histogram import Histogram
from sockbench.stats.tally import merged
from sockbench.wire import FORMATS
from tests.run.plans import plan_of

NS = 1_000_000_000
SERVERS = "servers: {s: {service: echo, transport: udp}}"
ENVELOPE = FORMATS["envelope"]


def clients(count: int, place: str) -> str:
    return f"clients: [{{name: a, count: {count}, {place}}}]\n"


@pytest.mark.parametrize(
    ("text", "wish", "cores", "expected"),
    [
        (f"{SERVERS}\n{clients(100, 'server: s')}", 3, 1, Workers(3)),
        (f"{SERVERS}\n{clients(100, 'server: s')}", 1, 8, Workers(1)),
        (f"{SERVERS}\n{clients(100, 'server: s')}", "auto", 8, Workers(7, auto=True)),
        (f"{SERVERS}\n{clients(100, 'server: s')}", "auto", 2, Workers(1, auto=True)),
        (f"{SERVERS}\n{clients(100, 'server: s')}", "auto", 1, Workers(1, auto=True)),
        (clients(100, "target: 'udp://127.0.0.1:9'"), "auto", 8, Workers(8, auto=True)),
        (clients(100, "target: 'udp://127.0.0.1:9'"), "auto", 1, Workers(1, auto=True)),
        (clients(3, "target: 'udp://127.0.0.1:9'"), "auto", 8, Workers(3, auto=True)),
        (clients(1000, "target: 'udp://127.0.0.1:9'"), "auto", 999, Workers(256, auto=True)),
    ],
)
def test_how_many_workers(text: str, wish: WorkersWish, cores: int, expected: Workers) -> None:
    assert workers_for(plan_of(text), wish, cores) == expected


@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=5), workers=st.integers(1, 12))
def test_no_worker_has_more_than_one_client_more_than_another(counts: list[int], workers: int) -> None:
    """Of all clients, and of the clients of each group; every client is one worker's."""
    shares: list[Counter[int]] = []
    number = 0
    for count in counts:
        share = Counter(dict.fromkeys(range(workers), 0))
        for _ in range(count):
            owners = [index for index in range(workers) if is_mine(number, index, workers)]
            assert len(owners) == 1
            share.update(owners)
            number += 1
        shares.append(share)
    for share in [*shares, sum(shares, Counter(dict.fromkeys(range(workers), 0)))]:
        held = [share[index] for index in range(workers)]
        assert max(held) - min(held) <= 1


def test_the_start_is_as_far_off_as_the_largest_part_takes() -> None:
    assert head_start(10, 1, 8) == HEAD_START + 10 * HEAD_START_EACH
    assert head_start(10, 4, 8) == HEAD_START + 3 * HEAD_START_EACH
    assert head_start(10, 4, 1) == HEAD_START + 10 * HEAD_START_EACH  # they take turns on the one


# The same load, driven by 1, 2, 3 and more workers: without sockets, so that a network can do the same to each.

PLAN = plan_of(
    """\
seed: 11
warmup: 500ms
duration: 3s
drain: 500ms
servers:
  s: {service: echo, transport: udp}
clients:
  - {name: open, count: 7, server: s, arrivals: {rate: 400/s}, payload: {text: "{index} {seq} {random}"}, timeout: 60ms}
  - {name: poisson, count: 4, server: s, window: 3, timeout: 60ms,
     arrivals: {rate: 300/s, pattern: poisson}, payload: {digits: 1..30}}
  - {name: closed, count: 5, server: s, arrivals: {think: 1ms..9ms}, timeout: 60ms}
  - {name: together, count: 3, server: s, arrivals: {every: 20ms, phase: lockstep}, payload: {choice: [x, y]}}
"""
)
FIRST_ID = 500


@dataclass
class Told:
    """What each worker said, and every request that they sent: (id on the wire, when, bytes)."""

    words: list[list[FromChild]] = field(default_factory=list)
    sent: list[tuple[int, int, bytes]] = field(default_factory=list)
    rows: list[tuple[int, ...]] = field(default_factory=list)


class SimulatedWorker:
    """One worker of `workers`, its clock and its network.

    The network delays each datagram by chance, loses 2% each way and copies 2% of the replies; what it does to a
    request depends on the seed, the client and the number, and on nothing else.
    """

    def __init__(self, plan: Plan, index: int, workers: int, told: Told) -> None:
        self._plan = plan
        self._told = told
        self._order = itertools.count()
        self._events: list[tuple[int, int, Client, bytes | None]] = []
        self._wakes: dict[Client, int] = {}
        self._responder = Responder(make_service(plan.servers[0]))
        self._parties = []
        before = 0
        for group in plan.groups:
            mine = partial(self._is_mine, before, index, workers)
            self._parties.append(Party(plan, group, mine, FIRST_ID + before, sampled=True))
            before += group.count

    @staticmethod
    def _is_mine(before: int, index: int, workers: int, client: int) -> bool:
        return is_mine(before + client, index, workers)

    def run(self) -> None:
        words: list[FromChild] = []
        warmup, duration = round(self._plan.warmup * NS), round(self._plan.duration * NS)
        for party in self._parties:
            span = span_of(self._plan, party.group)
            for client in party.clients:
                client.connect(0)
                client.begin(span.begin, warmup, span.end)
                self._at(0, client, None)
        for second in range(round(self._plan.duration)):
            self._until(warmup + (second + 1) * NS)
            tallies = {party.group.name: party.beat() for party in self._parties}
            words.append(Beat(second, tallies, 0))
        end = warmup + duration + round(self._plan.drain * NS)
        self._until(end)
        ends = {party.group.name: party.end(end, 0) for party in self._parties}
        for party in self._parties:
            samples = party.take_samples(warmup)
            assert samples is not None
            self._told.rows += map(tuple, samples)
        words.append(Beat(second + 1, {name: last for name, (last, _) in ends.items()}, 0))
        words.append(WorkerEnd({name: group for name, (_, group) in ends.items()}, self._plan.duration))
        self._told.words.append(words)

    def _until(self, end: int) -> None:
        while self._events and self._events[0][0] < end:
            now, _, client, data = heapq.heappop(self._events)
            if data is None:
                self._wakes.pop(client, None)
                client.pass_time(now)
            else:
                client.receive(ENVELOPE.datagram(data), now)
            while (request := client.take(now)) is not None:
                self._send(client, request.data, now)
            wake = client.wake_at()
            if wake is not None and wake < self._wakes.get(client, wake + 1):
                self._wakes[client] = wake
                self._at(wake, client, None)

    def _send(self, client: Client, data: bytes, now: int) -> None:
        message = ENVELOPE.datagram(data)
        self._told.sent.append((message.client, now, data))
        fate = random.Random(f"{message.client}:{message.number}")
        reply = (
            self._responder.datagram(data, ("127.0.0.1", message.client), now / NS) if fate.random() > 0.02 else None
        )
        if reply is not None and fate.random() > 0.02:
            for _ in range(1 + (fate.random() < 0.02)):
                self._at(now + fate.randrange(100_000, 50_000_000), client, reply)

    def _at(self, when: int, client: Client, data: bytes | None) -> None:
        heapq.heappush(self._events, (when, next(self._order), client, data))


def driven_by(workers: int) -> tuple[Collection, Told]:
    told = Told()
    for index in range(workers):
        SimulatedWorker(PLAN, index, workers, told).run()
    collection = Collection(PLAN, workers)
    speakers = [index for index, words in enumerate(told.words) for _ in words]
    random.Random(workers).shuffle(speakers)  # one after the other, in any order
    mouths = [iter(words) for words in told.words]
    for word in Unpacker().feed(b"".join(pack(next(mouths[index])) for index in speakers)):
        if isinstance(word, Beat):
            collection.add_beat(word)
        else:
            collection.ends.append(word)
    return collection, told


@pytest.fixture(scope="module")
def alone() -> tuple[Collection, Told]:
    return driven_by(1)


def test_what_a_worker_tells_adds_up_to_its_requests(alone: tuple[Collection, Told]) -> None:
    """To every one of them: each histogram anew, from the rows of the measurement."""
    collection, told = alone
    rows = [Sample._make(row) for row in told.rows]
    measured = [row for row in rows if row.due >= PLAN.warmup * NS]
    assert len(rows) > len(measured) > 2_000
    ok = [row for row in measured if row.end == Outcome.OK]
    tally = merged(collection.tallies.values())
    assert tally.planned == len(measured)
    assert tally.outcomes[Outcome.OK] == len(ok) > len(measured) / 2
    for histogram, times in (
        (tally.rtt, [row.done - row.sent for row in ok]),
        (tally.response, [row.done - row.due for row in ok]),
        (tally.lag, [row.sent - row.due for row in measured if row.sent != NEVER]),
    ):
        anew = Histogram()
        anew.record_all(times)
        assert histogram == anew
    assert tally.ipdv.n > len(ok) / 2
    assert tally.duplicate > 0
    assert tally.lost_up > 0
    assert tally.lost_down > 0


@pytest.mark.parametrize("workers", [2, 3, 8, 25])
def test_any_number_of_workers_makes_the_same_requests_and_counts_them_the_same(
    alone: tuple[Collection, Told], workers: int
) -> None:
    """Due times, payloads, counters and every bucket of every histogram, of all and of each second."""
    one, told_by_one = alone
    many, told_by_many = driven_by(workers)
    assert len(told_by_one.sent) > 3_000
    assert sorted(told_by_many.sent) == sorted(told_by_one.sent)
    assert sorted(told_by_many.rows) == sorted(told_by_one.rows)
    assert many.tallies == one.tallies
    run, run_of_one = many.run(), one.run()
    assert (run.intervals, many.log_lines) == (run_of_one.intervals, one.log_lines)
    for group, group_of_one in zip(run.groups, run_of_one.groups, strict=True):
        assert group.jitter.rfc3550_s == pytest.approx(group_of_one.jitter.rfc3550_s)  # a mean: the order rounds it
        assert replace(group, jitter=group_of_one.jitter) == group_of_one


def test_all_workers_of_a_run_begin_at_one_instant() -> None:
    """In processes of their own: what each says of the instant from which it measures, and its due times after it."""
    plan = plan_of(
        f"duration: 300ms\n{SERVERS}\n"
        "clients: [{name: a, count: 3, server: s, arrivals: {every: 100ms, phase: lockstep}, timeout: 200ms}]\n"
    )
    heard: list[Samples] = []
    experiment = Experiment((Variant({}, plan),))
    ears = Ears(samples=lambda group, samples: heard.append(samples))
    finished = run_experiment(experiment, workers=3, new_id=lambda: 7, ears=ears)
    assert len({samples.origin for samples in heard}) == 1
    due = sorted((row.client, row.due - samples.origin) for samples in heard for row in samples)
    assert due == [(client, turn * NS // 10) for client in (1, 2, 3) for turn in range(3)]
    late = finished.result.environment.start_late_s
    assert late is not None
    assert late >= 0
