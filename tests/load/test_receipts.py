"""Which way requests were lost: against a link that loses, copies and reorders, and knows what it did."""

from __future__ import annotations

import heapq
import itertools
import random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.receipts import Receipts
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, Kind, Message, Seen
from tests.load.books import IDENTITY, Books, make_client, payload, schedule

ENVELOPE = FORMATS["envelope"]
UP, DOWN, BACK = "up", "down", "back"
GAP = 100


class Link(NamedTuple):
    """Chances in percent, times in units."""

    seed: int
    lost: int = 20
    copied: int = 10
    delay: int = 150  # more than the gap between two requests: they overtake each other
    timeout: int = 400
    window: int = 64
    requests: int = 120


class At(NamedTuple):
    """When a request was sent."""

    sent: int


class Story:
    """One client over one link; `fates` is the truth, `told` what the client says of each lost request."""

    def __init__(self, link: Link, measure_from: int = 0) -> None:
        self.random = random.Random(link.seed)
        self.link = link
        self.books = Books()
        self.told: dict[int, bool | None] = {}
        self.ended: dict[int, Outcome] = {}
        self.came: set[int] = set()
        self.sent: dict[int, int] = {}
        self.settled = -1  # what was sent until then is told of for good: by a reply to one sent a round trip later
        client = make_client(
            schedule(range(0, GAP * link.requests, GAP)),
            self.books,
            timeout=link.timeout,
            window=link.window,
            witness=self._witness,
        )
        client.begin(0, measure_from, GAP * link.requests)
        seen, longest = Seen(), 0
        events: list[tuple[int, int, str, Message]] = []  # a heap; whatever happens at one time, in its order
        order = itertools.count()
        end = GAP * link.requests + 4 * link.delay + 2 * link.timeout
        now = 0
        while now < end:
            while (request := client.take(now)) is not None:
                message = ENVELOPE.datagram(request.data)
                self.sent[message.number] = now
                for at in self._copies(now):
                    heapq.heappush(events, (at, next(order), "server", message))
            while events and events[0][0] <= now:
                _, _, place, message = heapq.heappop(events)
                if place == "client":
                    if client.receive(message, now) is None:
                        continue  # a copy
                    longest = max(longest, now - self.sent[message.number])
                    self.settled = max(self.settled, self.sent[message.number] - longest)
                    continue
                seen.take(message.number)
                self.came.add(message.number)
                reply = Message(Kind.REPLY, IDENTITY, message.number, seen.received, payload(message.number))
                reply = reply._replace(highest=seen.highest, seen=seen.told)
                for at in self._copies(now):
                    heapq.heappush(events, (at, next(order), "client", reply))
            wake = client.wake_at()
            now = min(end if wake is None else wake, events[0][0] if events else end)
        client.finish(end)

    def _copies(self, now: int) -> list[int]:
        chance = self.random.randrange
        if now <= 10 * GAP + 2 * self.link.delay:
            return [now + self.link.delay]  # first all comes, and as late as it can: then the round trip is known
        if chance(100) < self.link.lost:
            return []
        return [now + 1 + chance(self.link.delay) for _ in range(1 + (chance(100) < self.link.copied))]

    def _witness(self, number: int, due: int, sent: int, done: int, outcome: Outcome, arrived: bool | None) -> None:
        self.ended[number] = outcome
        if outcome is Outcome.LOST:
            assert done == NEVER
            self.told[number] = arrived


@given(
    st.integers(0, 2**32), st.sampled_from([0, 5, 30, 60]), st.sampled_from([0, 20]), st.sampled_from([20, 150, 900])
)
def test_each_loss_has_its_way_request_by_request(seed: int, lost: int, copied: int, delay: int) -> None:
    story = Story(Link(seed, lost=lost, copied=copied, delay=delay, timeout=2 * delay))
    for number, arrived in story.told.items():
        if arrived is None:
            assert story.sent[number] > story.settled
        else:
            assert arrived is (number in story.came)
    book = story.books.measured.book
    assert book.lost_up == sum(arrived is False for arrived in story.told.values())
    assert book.lost_down == sum(arrived is True for arrived in story.told.values())


@given(st.integers(0, 2**32), st.sampled_from([1, 5, 30]), st.sampled_from([0, 20]))
def test_a_round_trip_in_which_more_are_sent_than_a_reply_tells_of(seed: int, lost: int, copied: int) -> None:
    """The count tells of most of them, and of none anything wrong."""
    story = Story(Link(seed, lost=lost, copied=copied, delay=20_000, timeout=45_000, window=1024, requests=900))
    for number, arrived in story.told.items():
        assert arrived is None or arrived is (number in story.came)


def test_losses_of_the_warmup_are_written_in_its_book() -> None:
    story = Story(Link(3, lost=40), measure_from=60 * GAP)
    books = (story.books.warmup, story.books.measured)
    for kept, numbers in zip(books, (range(1, 61), range(61, 121)), strict=True):
        ways = [story.told[number] for number in numbers if number in story.told]
        assert kept.count(Outcome.LOST) == len(ways) > 5
        assert (kept.book.lost_up, kept.book.lost_down) == (ways.count(False), ways.count(True))


def word(*came: int) -> tuple[int, int, bytes]:
    """What a server tells that has received these requests."""
    seen = Seen()
    for number in came:
        seen.take(number)
    return seen.received, seen.highest, seen.told


@pytest.mark.parametrize(
    ("words", "fates"),
    [
        ([], {1: None}),
        ([word(3)], {1: False, 2: False}),
        ([word(1, 2, 3)], {1: True, 2: True}),
        ([word(1, 3), word(1, 3, 5, 4)], {1: True, 2: False, 4: True, 9: None}),
        ([word(3), word(3, 1)], {1: True, 2: False}),  # late at the server, but it came
        ([word(3, 1), word(3)], {1: True, 2: False}),  # a word that was overtaken tells nothing new
        ([word(3, 1, 1, 1, 3)], {1: True, 2: False}),  # copies are not counted
        # More than 256 replies in a row are lost: the count tells when none came between, or all; else nobody can.
        ([word(1), word(1, *range(545, 801))], {2: False, 100: False, 544: False, 545: True}),
        ([word(1), word(*range(1, 801))], {2: True, 100: True, 800: True}),
        ([word(1), word(1, *range(500, 801))], {2: None, 500: None, 544: None, 545: True, 800: True}),
        # A server that began anew has forgotten the first, but what was told of it stands.
        ([word(*range(1, 11)), word(12)], {10: True, 11: False}),
        # An old word, overtaken by far, tells what no later one does.
        (
            [word(1), word(*range(1, 51, 2), *range(500, 757)), word(*range(1, 51, 2))],
            {2: None, 3: True, 49: True, 60: None, 756: True},
        ),
    ],
)
def test_what_replies_tell(words: list[tuple[int, int, bytes]], fates: dict[int, bool | None]) -> None:
    receipts = Receipts(dict.fromkeys(fates, At(0)), {})
    for received, highest, seen in words:
        receipts.hear(highest, received, highest, seen, 1)
    for number in fates:
        receipts.watch(number)
    assert {number: receipts.forget(number) for number in fates} == fates


def test_a_new_connection_counts_anew() -> None:
    receipts = Receipts({5: At(0)}, {2: At(0)})
    receipts.hear(3, *word(1, 3), 1)
    receipts.watch(2)
    receipts.restart(4)
    receipts.hear(6, *word(4, 6), 1)
    receipts.watch(5)
    assert (receipts.forget(2), receipts.forget(5)) == (False, False)


def test_memory_does_not_grow_with_the_run() -> None:
    """Of 50,000 requests, one in a thousand lost, the bits of no more than those in flight are kept."""
    in_flight: dict[int, At] = {}
    overdue: dict[int, At] = {}
    receipts = Receipts(in_flight, overdue)
    seen = Seen()
    for number in range(1, 50_001):
        in_flight[number] = At(number)
        if number % 1000:
            seen.take(number)
            receipts.hear(number, seen.received, seen.highest, seen.told, number - 5)
            del in_flight[number]
        if number % 1000 == 30 and number > 1000:
            receipts.watch(number - 30)
            overdue[number - 30] = in_flight.pop(number - 30)
    assert receipts._told.bit_length() <= 300
    assert receipts._arrived.bit_length() <= 300
    assert [receipts.forget(number) for number in range(1000, 50_000, 1000)] == [False] * 49


def test_words_of_requests_that_were_never_sent_are_not_believed() -> None:
    books = Books()
    ledger = books.ledger(timeout=10)
    ledger.send(0, 0, b"")
    ledger.hear(ledger.in_flight[1], 5, 2**32 - 1, 2**32 - 1, b"\xff" * 32)
    ledger.finish(100)
    assert (books.measured.book.lost_up, books.measured.book.lost_down) == (0, 0)
    assert books.measured.count(Outcome.LOST) == 1
