"""A rally is a memo of the client machine: with it and without it, all that is sent and counted is the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.errors import BadMessage
from sockbench.load.client import Client
from sockbench.load.pacing import ClosedPacer, OpenPacer
from sockbench.load.payloads import make_payload
from sockbench.load.rally import LENGTH, Rally, Volley, may_rally, rally_of
from sockbench.model.columns import COUNTERS
from sockbench.model.outcome import Outcome
from sockbench.model.plan import ChoicePayload, SizePayload
from sockbench.net.responder import Responder
from sockbench.services.echo import Echo
from sockbench.wire import FORMATS, series_of
from tests.load.books import Books

ENVELOPE = FORMATS["envelope"]
PEER = ("127.0.0.1", 40_000)
IDENTITY = 7
TIMEOUT = 1000
MEASURE_FROM, END = 2_000, 200_000


def judge(request: bytes, reply: bytes, place: int | None) -> Outcome:
    return Echo().judge(request.decode(), reply.decode(errors="replace"), place)


def new_client(books: Books, witnessed: list[object] | None, **changed: object) -> Client:
    def witness(*end: object) -> None:
        assert witnessed is not None
        witnessed.append(end)

    parts: dict[str, object] = {
        "ledger": books.ledger(TIMEOUT, witness=None if witnessed is None else witness),
        "pacer": ClosedPacer(first=0, think=None, window=1),
        "window": 1,
        "payload": make_payload(SizePayload(16), index=1, seed=1),
        "wire": ENVELOPE,
        "series": series_of(ENVELOPE),
        "ordered": False,
    }
    return Client(identity=IDENTITY, judge=judge, **(parts | changed))  # type: ignore[arg-type]


@dataclass
class World:
    """One client and its server, driven as a lane does it: `rallies` says whether it may rally."""

    rallies: bool
    window: int = 1
    witnessed: list[object] | None = None
    books: Books = field(default_factory=Books)
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    played: int = 0  # exchanges of rallies
    now: int = 0
    wake: int = 0  # when the lane looks at the client if nothing comes before; a rally leaves that as it is

    def __post_init__(self) -> None:
        pacer = ClosedPacer(first=0, think=None, window=self.window)
        self.client = new_client(self.books, self.witnessed, window=self.window, pacer=pacer)
        self.responder = Responder(Echo())
        self.rally: Rally | None = None
        self.asked: list[bytes] = []  # that the server has yet to get
        self.late: list[bytes] = []  # replies that are on their way still
        self.heard: list[bytes] = []
        self.client.begin(0, MEASURE_FROM, END)
        self.step()

    def end_rally(self) -> None:
        if self.rally is not None:
            self.rally.end()
            self.rally = None

    def step(self) -> None:
        """What a lane does when it is time to look at a client, or when something came."""
        self.end_rally()
        while (request := self.client.take(self.now)) is not None:
            self.send(request.data)
        self.wake = self.client.look_at()

    def send(self, data: bytes) -> None:
        self.sent.append((self.now, data))
        self.asked.append(data)

    def pass_time(self, duration: int) -> None:
        """As a lane that looks again whenever the client says so."""
        until = self.now + duration
        while self.wake <= until:
            self.now = max(self.now, self.wake)
            self.step()
        self.now = until

    def come(self, datagrams: list[bytes]) -> None:
        """They are there at once: in a rally each is returned, or ends it; the machine hears all, then is asked."""
        requests: list[bytes] = []
        rest = list(datagrams)
        while rest and self.rally is not None:
            data = rest.pop(0)
            if (request := self.rally.answer(data, self.now)) is not None:
                requests.append(request)
            else:
                self.leave(requests)
                self.end_rally()
                self.ask([data])
            if self.window == 1:
                self.leave(requests)
        self.leave(requests)
        if rest:
            self.ask(rest)

    def leave(self, requests: list[bytes]) -> None:
        if not requests:
            return
        assert self.rally is not None
        if isinstance(self.rally, Volley):
            if self.window % 2:  # one by one
                for _ in requests[1:]:
                    self.rally.leave_one(self.now)
            self.rally.leave(self.now)
        else:
            self.rally.sent = self.now
        self.played += len(requests)
        for request in requests:
            self.send(request)
        requests.clear()

    def ask(self, datagrams: list[bytes]) -> None:
        for data in datagrams:
            try:
                self.client.receive(ENVELOPE.datagram(data), self.now)
            except BadMessage:
                self.client.ledger.unmatched(0, self.now)
        self.step()
        if self.rallies:
            self.rally = rally_of(self.client, datagrams[-1])

    def replies(self) -> list[bytes]:
        """The server's to all that it was asked."""
        asked, self.asked = self.asked, []
        replies = [self.responder.datagram(data, PEER, 0.0) for data in asked]
        return [reply for reply in replies if reply is not None]

    def act(self, deed: str, amount: int) -> None:
        match deed:
            case "answer":
                for _ in range(amount):
                    self.pass_time(1 + amount % 7)
                    self.hear(self.replies())
            case "slow answer":
                self.pass_time(amount)
                self.hear(self.replies())
            case "wait":
                self.pass_time(amount)
            case "look":
                self.step()
            case "lose requests":
                del self.asked[amount % 3 :]
            case "lose a request":
                del self.asked[:1]
            case "lose a reply":
                self.hear(self.replies()[1:])
            case "hold a reply":
                replies = self.replies()
                self.late += replies[:1]
                self.hear(replies[1:])
            case "deliver late":
                self.pass_time(1)
                self.hear([self.late.pop()] if self.late else [])
            case "swap":
                self.hear(self.replies()[::-1])
            case "copy":
                self.hear([self.heard[-1 - amount % len(self.heard)]] if self.heard else [])
            case "change":
                if replies := self.replies():
                    place = amount % len(replies[0])
                    replies[0] = replies[0][:place] + bytes([replies[0][place] ^ 1]) + replies[0][place + 1 :]
                    self.come(replies)
            case "garbage":
                self.come([b"\xf5S" + b"?" * (amount % 100)])
            case "refuse":
                self.end_rally()
                self.client.refuse(self.now)
                self.step()
            case "forget":  # the server began anew
                self.responder = Responder(Echo())
            case "stop":
                self.client.stop(self.now)
            case _:
                raise AssertionError(deed)

    def hear(self, datagrams: list[bytes]) -> None:
        self.heard += datagrams
        if datagrams:
            self.come(datagrams)

    def finish(self) -> dict[str, object]:
        self.end_rally()
        self.client.finish(self.now)
        both = (self.books.warmup, self.books.measured)
        rows = [kept.rows for kept in both]
        counters = [{name: getattr(kept.book, name) for name in COUNTERS} for kept in both]
        ended = (self.client.ledger.next_number, self.client.ordinal)
        return {"sent": self.sent, "rows": rows, "counters": counters, "rtts": self.books.rtts, "ended": ended}


DEEDS = ["answer"] * 6 + [
    "slow answer",
    "wait",
    "look",
    "lose requests",
    "lose a request",
    "lose a reply",
    "hold a reply",
    "deliver late",
    "swap",
    "copy",
    "change",
    "garbage",
    "refuse",
    "forget",
]
AMOUNTS = st.one_of(st.integers(1, 20), st.sampled_from([100, 257, TIMEOUT, TIMEOUT + 1]))
STORIES = st.lists(st.tuples(st.sampled_from(DEEDS), AMOUNTS), max_size=25)


WINDOWS = st.sampled_from([1, 1, 2, 5, 32])


def told(story: list[tuple[str, int]], rallies: bool, window: int = 1, witnessed: list[object] | None = None) -> World:
    world = World(rallies, window, witnessed)
    for deed, amount in story:
        world.act(deed, amount)
    return world


@given(STORIES, WINDOWS, st.booleans(), st.booleans())
@example([("answer", 300), ("copy", 20), ("copy", 1)], 1, False, True)  # copies of the warm-up's replies, later
@example([("answer", 40), ("lose a request", 1), ("forget", 1), ("wait", 1001), ("answer", 3)], 1, True, False)
@example([("answer", 40), ("slow answer", 900), ("lose a request", 1), ("answer", 300)], 5, False, True)
def test_it_makes_no_difference(story: list[tuple[str, int]], window: int, stops: bool, is_witnessed: bool) -> None:
    if stops:
        story = [*story, ("stop", 1), ("answer", 3)]
    heard: list[object] = []
    wanted: list[object] = []
    with_rallies = told(story, True, window, heard if is_witnessed else None)
    without = told(story, False, window, wanted if is_witnessed else None)
    assert with_rallies.finish() == without.finish()
    assert heard == wanted


@pytest.mark.parametrize("window", [1, 32])
def test_most_exchanges_are_of_rallies(window: int) -> None:
    world = told([("answer", 10), ("answer", 10_000 // window)], True, window)
    counted = len(world.books.warmup.rows) + len(world.books.measured.rows)
    assert world.played > 0.9 * counted
    assert world.played < counted  # the machine hears of one in LENGTH at least


def test_one_ends_in_time() -> None:
    world = told([("answer", 3)], True)
    world.played = 0
    for _ in range(2 * LENGTH):
        before = world.rally
        world.act("answer", 1)
        if world.rally is not before:
            break
    assert 0 < world.played < LENGTH


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"window": 2, "pacer": ClosedPacer(first=0, think=None, window=2)}, True),
        ({"window": 2, "pacer": ClosedPacer(first=0, think=None, window=2), "ordered": True}, False),
        ({"window": 999, "pacer": ClosedPacer(first=0, think=None, window=999)}, False),
        ({"pacer": ClosedPacer(first=0, think=lambda: 5, window=1)}, False),
        ({"pacer": OpenPacer(iter([1, 2, 3]))}, False),
        ({"payload": make_payload(ChoicePayload(("a", "b")), index=1, seed=1)}, False),
        ({"code": b"A1"}, False),
        ({"series": None}, False),
    ],
)
def test_who_may(changed: dict[str, object], allowed: bool) -> None:
    assert may_rally(new_client(Books(), None, **changed)) is allowed
