"""A regular is a memo of the responder: with it and without it, every reply and every count is the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.model.event import Event
from sockbench.model.plan import Server
from sockbench.net.memory import FORGOTTEN
from sockbench.net.regular import LONGEST, regular_of
from sockbench.net.responder import AMPLIFICATION, Conversation, Responder
from sockbench.net.watcher import Watcher
from sockbench.services import Answer, Service, make_service
from sockbench.services.base import Stateless
from sockbench.services.echo import Echo
from sockbench.wire import FORMATS, Kind, Seen

ENVELOPE = FORMATS["envelope"]
PEERS = [("127.0.0.1", 40_000), ("127.0.0.1", 40_001)]
OFTEN = 4
PAYLOADS = [b"21", b"x" * 64, b"\xff\xfe", "olá".encode(), b"y" * 2000]


@pytest.fixture(autouse=True, scope="module")
def _looked_at_often() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sockbench.net.responder.EVERY", OFTEN)
        yield


class Moody(Stateless):
    """Says another thing every twentieth time, refuses every fiftieth, and shouts every thirtieth."""

    def __init__(self) -> None:
        self._asked = 0

    def reply(self, message: str) -> str:
        self._asked += 1
        return "!" * 900 if self._asked % 30 == 0 else message + "?" * (self._asked % 20 == 0)

    def answer(self, message: str, peer: object, now: float) -> Answer:
        return Answer(self.reply(message), accepted=self._asked % 50 != 0)


def plan(service: str) -> Server:
    return Server(name="peer", service=service, transport="udp", host="", port=0, max_clients=2, idle=60.0)


def service(name: str) -> Service:
    return Moody() if name == "moody" else make_service(plan(name))


class Side:
    """A responder and all that it told, with regulars or without."""

    def __init__(self, name: str, regulars: bool) -> None:
        self.regulars = regulars
        self.events: list[Event] = []
        self.responder = Responder(service(name), Watcher(plan("echo"), self.events.append))
        self.conversation: Conversation | None = None
        self.played = 0

    def datagram(self, data: bytes, peer: Hashable, now: float) -> bytes | None:
        if not self.regulars:
            self.responder._regulars.clear()
        regular = self.responder._regulars.get(peer)
        self.played += regular is not None and regular.awaited == data
        return self.responder.datagram(data, peer, now)

    def stream(self, data: bytes, now: float) -> bytes:
        if self.conversation is None:
            self.conversation = self.responder.connection(PEERS[0], now)
        if not self.regulars:
            self.conversation._regular = None
        regular = self.conversation._regular
        self.played += regular is not None and regular.awaited == data
        return b"" if self.conversation.closing else self.conversation.receive(data, now)

    def told(self) -> tuple[object, ...]:
        responder = self.responder
        return responder.received, responder.answered, responder.rejected, responder.clients_peak, self.events


KINDS = st.sampled_from([Kind.REQUEST] * 8 + [Kind.WARMUP, Kind.REGISTER, Kind.LEAVE, Kind.REPLY])
STEPS = st.tuples(
    st.sampled_from([0, 0, 0, 0, 1]),  # the peer
    KINDS,
    st.sampled_from([*[1] * 8, 0, 2, -1, 300]),  # by how much the number grows
    st.sampled_from([0, 0, 0, 1, 2, 3, 4]),  # the payload
    st.sampled_from([1, 1, 2, 3, 20]),  # how often
    st.sampled_from([0.0, 0.0, 0.0, 0.0, FORGOTTEN]),  # after how many seconds
)


@pytest.mark.parametrize("name", ["echo", "moody", "registry"])
@given(st.lists(STEPS, max_size=12))
@example([(0, Kind.REQUEST, 1, 0, 300, 0.0), (0, Kind.REQUEST, 2, 0, 1, 0.0), (0, Kind.REQUEST, 1, 0, 300, 0.0)])
def test_datagrams(name: str, steps: list[tuple[int, Kind, int, int, int, float]]) -> None:
    with_regulars, without = Side(name, True), Side(name, False)
    numbers, now = [0, 0], 0.0
    for peer, kind, growth, payload, times, after in steps:
        now += after
        for _ in range(times):
            numbers[peer] = max(0, numbers[peer] + growth)
            data = ENVELOPE.request(kind, peer, numbers[peer], PAYLOADS[payload])
            assert with_regulars.datagram(data, PEERS[peer], now) == without.datagram(data, PEERS[peer], now)
        assert with_regulars.told() == without.told()


@pytest.mark.parametrize("name", ["moody", "number"])
@given(st.lists(STEPS, max_size=8), st.sampled_from([1, 1, 2, 5]))
@example([(0, Kind.REQUEST, 1, 1, 60, 0.0), (1, Kind.REQUEST, 1, 1, 20, 0.0), (0, Kind.REQUEST, 1, 1, 60, 0.0)], 2)
def test_streams(name: str, steps: list[tuple[int, Kind, int, int, int, float]], pieces: int) -> None:
    with_regulars, without = Side(name, True), Side(name, False)
    number = 0
    for cut, kind, growth, payload, times, _ in steps:
        for _ in range(times):
            number = max(0, number + growth)
            data = ENVELOPE.request(kind, 7, number, PAYLOADS[payload])
            size = -(-len(data) // pieces) if cut else len(data)
            for start in range(0, len(data), size):
                piece = data[start : start + size]
                assert with_regulars.stream(piece, 0.0) == without.stream(piece, 0.0)
    assert with_regulars.told() == without.told()


@pytest.mark.parametrize("way", ["datagram", "stream"])
def test_most_requests_of_a_series_are_awaited(way: str) -> None:
    side = Side("echo", True)
    for number in range(1, 1001):
        data = ENVELOPE.request(Kind.REQUEST, 7, number, b"x" * 64)
        if way == "datagram":
            side.datagram(data, PEERS[0], 0.0)
        else:
            side.stream(data, 0.0)
    assert side.played == 1000 - OFTEN


def test_no_more_are_remembered_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockbench.net.responder.REGULARS", 20)
    responder = Responder(Echo())
    for port in range(30):
        for number in range(1, OFTEN + 1):
            responder.datagram(ENVELOPE.request(Kind.REQUEST, 7, number, b"x"), ("127.0.0.1", port), 0.0)
    assert len(responder._regulars) == 20


@pytest.mark.parametrize(("size", "is_remembered"), [(LONGEST - 60, True), (LONGEST - 59, False)])
def test_nor_longer_ones(size: int, is_remembered: bool) -> None:
    seen = Seen()
    seen.take(1)
    request = ENVELOPE.request(Kind.REQUEST, 7, 1, b"x" * size)
    reply = Responder(Echo()).datagram(ENVELOPE.request(Kind.REQUEST, 7, 1, b"x"), PEERS[0], 0.0)
    assert reply is not None
    message = ENVELOPE.datagram(request)
    assert (regular_of(request, message, reply, seen) is not None) is is_remembered


def test_a_reply_that_grows_is_not_sent_to_just_anyone() -> None:
    side = Side("moody", True)
    for number in range(1, 101):
        data = ENVELOPE.request(Kind.REQUEST, 7, number, b"x")
        reply = side.datagram(data, PEERS[0], 0.0)
        assert reply is None or 28 + len(reply) <= AMPLIFICATION * (28 + len(data))
    assert side.played
