"""The truth of each request, from what a relay tells: datagrams by hand."""

from __future__ import annotations

import pytest

from sockbench.model.message import Kind, Message
from sockbench.model.relay import Cause, Direction, GroupTruth
from sockbench.net import truth as truths
from sockbench.net.truth import Truth, TruthGroup
from sockbench.wire import FORMATS, HEADER_SIZE

ENVELOPE = FORMATS["envelope"]
FIRST = 2**32 - 2
MS = 1_000_000
A = TruthGroup("a", 0, 2, 100 * MS)
B = TruthGroup("b", 3, 1, 500 * MS)  # the client between them goes another way


class Relay:
    """Tells a truth what becomes of the requests and replies of one client."""

    def __init__(self, client: int = FIRST) -> None:
        self.heard: list[tuple[int, int, str, int, bool, int]] = []
        self.truth = Truth(
            [A, B], first_id=FIRST, clients=4, patience=1000 * MS, witness=lambda *words: self.heard.append(words)
        )
        self.client = client
        self.now = 0

    def up(self, number: int, *, corrupt_at: int | None = None, copies: int = 1, kind: Kind = Kind.REQUEST) -> None:
        """A request reaches the relay, and so many copies of it leave."""
        self._pass("up", Message(kind, self.client % 2**32, number, 0, b"hello"), corrupt_at, copies)

    def down(
        self, number: int, *, corrupt_at: int | None = None, copies: int = 1, kind: Kind = Kind.REPLY, took: int = 1
    ) -> None:
        """A reply reaches the relay so many ms later, and leaves."""
        self.now += took * MS
        self._pass("down", Message(kind, self.client % 2**32, number, 1, b"hello"), corrupt_at, copies)

    def _pass(self, way: Direction, message: Message, corrupt_at: int | None, copies: int) -> None:
        data = ENVELOPE.encode(message)
        self.truth.arrived(way, data, self.now)
        cause: Cause = "loss"
        if not copies:
            self.truth.dropped(way, data, cause, self.now)
        for _ in range(copies):
            self.truth.delivered(way, data, corrupt_at, self.now)

    @property
    def counted(self) -> dict[str, int]:
        """The counts of group a that are not 0."""
        (a, _) = self.truth.finish()
        return {name: getattr(a, name) for name in GroupTruth.__slots__ if name != "group" and getattr(a, name)}


PAYLOAD = HEADER_SIZE + 2


@pytest.mark.parametrize(
    ("up", "down", "counted"),
    [
        ({}, [{}], {"ok": 1}),
        ({}, [{"took": 100}], {"ok": 1}),
        ({}, [{"took": 101}], {"late": 1}),
        ({"copies": 0}, [], {"lost_up": 1}),
        ({}, [], {"lost_down": 1}),
        ({}, [{"copies": 0}], {"lost_down": 1}),
        ({"corrupt_at": 4}, [], {"lost_up": 1}),
        ({"corrupt_at": HEADER_SIZE - 1}, [], {"lost_up": 1}),
        ({"corrupt_at": PAYLOAD}, [{}], {"corrupt": 1}),
        ({}, [{"corrupt_at": PAYLOAD}], {"corrupt": 1}),
        ({}, [{"corrupt_at": HEADER_SIZE}], {"corrupt": 1}),
        ({}, [{"corrupt_at": 9}], {"lost_down": 1, "stray": 1}),
        ({}, [{"copies": 3}], {"ok": 1, "duplicate": 2}),
        ({"copies": 2}, [{}, {}], {"ok": 1, "duplicate": 1}),
        ({"copies": 2}, [{"copies": 0}, {}], {"ok": 1}),
        ({}, [{"corrupt_at": PAYLOAD}, {}], {"corrupt": 1, "duplicate": 1}),
        ({}, [{"kind": Kind.REJECTED}], {"refused": 1}),
        ({}, [{"kind": Kind.REGISTERED}], {"lost_down": 1}),
        ({}, [{"kind": Kind.REQUEST}], {"ok": 1}),  # from a program that sends back what it gets
    ],
)
def test_one_request(up: dict[str, int], down: list[dict[str, int]], counted: dict[str, int]) -> None:
    relay = Relay()
    relay.up(1, **up)  # type: ignore[arg-type]
    for reply in down:
        relay.down(1, **reply)  # type: ignore[arg-type]
    assert relay.counted == {"requests": 1, **counted}


def test_a_copy_that_was_changed_is_told_from_one_that_was_not() -> None:
    """Two copies of a request come to the server, the second changed: the second reply is the corrupt one."""
    for changed, fate in (((PAYLOAD, None), "corrupt"), ((None, PAYLOAD), "ok")):
        relay = Relay()
        data = ENVELOPE.encode(Message(Kind.REQUEST, FIRST, 1, 0, b"hello"))
        relay.truth.arrived("up", data, 0)
        for corrupt_at in changed:
            relay.truth.delivered("up", data, corrupt_at, 0)
        relay.down(1)
        relay.down(1)
        assert relay.counted == {"requests": 1, fate: 1, "duplicate": 1}


def test_requests_of_the_warmup_count_for_nothing_but_the_order() -> None:
    relay = Relay()
    relay.up(1, kind=Kind.WARMUP)
    relay.up(2, kind=Kind.WARMUP)
    relay.up(3)
    for number in (2, 2, 3, 1):
        relay.down(number)
    assert relay.counted == {"requests": 1, "ok": 1}
    assert [(number, fate, again, reordered) for _, number, fate, again, reordered, _ in relay.heard] == [
        (1, "ok", 0, True),
        (2, "ok", 1, False),
        (3, "ok", 0, False),
    ]


def test_reordered_replies_are_counted_as_rfc_4737_does() -> None:
    relay = Relay()
    for number in range(1, 6):
        relay.up(number)
    for number in (2, 1, 5, 3, 4, 4):
        relay.down(number)
    assert relay.counted == {"requests": 5, "ok": 5, "reordered": 3, "duplicate": 1}


def test_ids_name_the_group_over_the_end_of_their_32_bits_and_for_those_who_come_later() -> None:
    """Places 0 and 1 are a's, 3 is b's; 2 goes another way. Newcomers have ids that are a multiple of 4 further on."""
    counts = []
    for client in (FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4, FIRST + 7, FIRST + 400 + 1):
        relay = Relay(client)
        relay.up(1)
        counts.append(tuple(truth.requests for truth in relay.truth.finish()))
    assert counts == [(1, 0), (1, 0), (0, 0), (0, 1), (1, 0), (0, 1), (1, 0)]


def test_what_names_no_request_is_a_stray_of_the_request_that_it_answers() -> None:
    relay = Relay()
    relay.up(1)
    relay.down(1, corrupt_at=0)
    relay.up(2, kind=Kind.WARMUP)
    relay.down(2, corrupt_at=HEADER_SIZE - 1)  # of the warm-up: in no count
    relay.up(3, corrupt_at=0)  # its first byte was changed: a text to the server, who answers it as one
    text = b"Resposta do servidor: ..."
    for way in ("down", "down"):
        relay.truth.arrived(way, text, relay.now)
        relay.truth.delivered(way, text, None, relay.now)  # the second is of nobody
    assert relay.counted == {"requests": 2, "lost_down": 1, "lost_up": 1, "stray": 2}


def test_a_server_that_stands_still_answers_late_and_loses_nothing() -> None:
    """However long: the request is remembered until its reply comes."""
    relay = Relay()
    relay.up(1)
    relay.now += 1_000_000 * MS
    relay.up(2)
    relay.down(1)
    relay.down(1)
    relay.down(2)
    assert relay.counted == {"requests": 2, "ok": 1, "late": 1, "duplicate": 1}


def test_what_is_old_is_counted_and_forgotten() -> None:
    """50,000 requests, a millisecond apart: those of the last 1.1 s are kept."""
    relay = Relay()
    most = 0
    for number in range(1, 50_001):
        relay.up(number, copies=number % 10 != 0)
        if number % 10:
            relay.down(number)
        else:
            relay.now += MS
        most = max(most, len(relay.truth._requests))
    assert most == 1100
    assert relay.counted == {"requests": 50_000, "ok": 45_000, "lost_up": 5_000}
    assert sorted(number for _, number, *_ in relay.heard) == list(range(1, 50_001))


def test_of_requests_without_a_reply_so_many_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truths, "UNANSWERED", 100)
    relay = Relay()
    for number in range(1, 5_001):
        relay.up(number)
        relay.now += 10 * MS
        assert len(relay.truth._unanswered) <= 100
    assert relay.counted == {"requests": 5_000, "lost_down": 5_000}
