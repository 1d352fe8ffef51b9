"""No service answers another service's reply: two servers that are made to talk to each other fall silent."""

from __future__ import annotations

import itertools
import sys
import unicodedata

import pytest

from sockbench.model.message import Kind, Message
from sockbench.net import reflections
from sockbench.net.reflections import RETURNS, SPAN, Mirror, reason_for_silence
from sockbench.net.responder import Responder
from sockbench.net.servers import RunningServer
from sockbench.services import REPLIES, SERVICES, full, full_of_address
from sockbench.services.echo import Echo
from sockbench.services.number import Number
from sockbench.services.registry import Registry, welcome
from sockbench.services.upper import Upper
from sockbench.wire import FORMATS
from tests.net.test_servers import ask, serving, udp_client

ENVELOPE = FORMATS["envelope"]
PEER = ("192.0.2.7", 40_000)
FIXED_POINTS = {("upper", "upper"), ("upper", "number"), ("number", "upper"), ("number", "number")}
"""Pairs of which each may say what the other said: nothing but repetition tells a loop from a client."""

TEXTS = [b"hello", b"HELLO", b"", b"7", b"8", b"123456789012", b"(A1) : oi", "ß ŉ ǰ".encode(), b"\xff\xfe", b"a\n"]
LENGTHS = [FORMATS["length"].request(Kind.PLAIN, 0, 0, text) for text in (b"hello", b"7")]
ENVELOPES = [ENVELOPE.encode(Message(kind, 9, number, 0, b"7")) for kind in Kind for number in (0, 1)]
FIRST = TEXTS + LENGTHS + ENVELOPES


def services() -> dict[str, Responder]:
    return {
        "registry": Responder(Registry(max_clients=3)),
        "echo": Responder(Echo()),
        "upper": Responder(Upper()),
        "number": Responder(Number()),
    }


def exchanged(a: Responder, b: Responder, first: bytes) -> int:
    """Datagrams until one of them says nothing, `first` not counted."""
    data: bytes | None = first
    for count in itertools.count():
        assert data is not None
        data = (b if count % 2 else a).datagram(data, PEER, count * 1e-4)
        if data is None or count > 4 * RETURNS:
            return count
    raise AssertionError


@pytest.mark.parametrize("one", list(SERVICES))
@pytest.mark.parametrize("other", list(SERVICES))
def test_any_two_services_fall_silent_whatever_the_first_word(one: str, other: str) -> None:
    limit = 2 * RETURNS + 4 if (one, other) in FIXED_POINTS else 3
    for first in FIRST:
        assert exchanged(services()[one], services()[other], first) <= limit, first


@pytest.mark.parametrize("kind", list(Kind))
def test_the_answer_to_an_envelope_is_not_answered(kind: Kind) -> None:
    for one, other in itertools.product(SERVICES, repeat=2):
        assert exchanged(services()[one], services()[other], ENVELOPE.encode(Message(kind, 3, 1, 0, b"A1"))) <= 1


@pytest.mark.parametrize("at_once", [2, 5, 50])
def test_many_messages_that_go_round_together_all_end(at_once: int) -> None:
    a, b = Responder(Upper()), Responder(Upper())
    going = [f"MESSAGE {number}".encode() for number in range(at_once)]
    rounds = 0
    while going:
        heard = [reply for data in going if (reply := a.datagram(data, PEER, 0.0)) is not None]
        going = [reply for data in heard if (reply := b.datagram(data, PEER, 0.0)) is not None]
        rounds += 1
        assert rounds <= RETURNS + 2  # no more than one alone


@pytest.mark.parametrize("at_once", [1, 7, 20_000, SPAN])
def test_as_many_as_two_sockets_hold_end_together(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would go round for hours if each had to be found by itself, and for ever where one is not found again."""
    monkeypatch.setattr(reflections, "RETURNS", 3)
    mirror = Mirror()
    mirror.is_loop(b"an honest word before")
    going = [b"%d" % number for number in range(at_once)]
    rounds = 0
    while going:
        going = [data for data in going if not mirror.is_loop(data)]
        rounds += 1
        assert rounds <= 3 + 2 + SPAN // at_once


def test_who_says_several_things_in_turn_loses_no_more_than_one_in_a_thousand() -> None:
    mirror = Mirror()
    told = [mirror.is_loop(b"%d" % (number % 7)) for number in range(20 * RETURNS)]
    assert 0 < sum(told) <= 20


async def talk(a: RunningServer, b: RunningServer, first: bytes) -> int:
    """Have `a` send `first` to `b`, as who forges its address would; gives how much the two heard until silence.

    A server answers in the order in which it hears: when both have answered a question that came after, and nothing
    was counted meanwhile, nothing is under way.
    """
    ears = [await udp_client(server) for server in (a, b)]
    heard, before = heard_by(a, b), -1
    questions = 0
    a.socket.sendto(first, b.address)
    while (now := heard_by(a, b) - questions) != before:
        before = now
        for ear in ears:
            await ask(ear, ENVELOPE.encode(Message(Kind.REQUEST, 1, questions + 1, 0, b"1")))
        questions += 2
        assert questions < 20 * RETURNS
    for ear in ears:
        ear.close()
    return before - heard


def heard_by(*servers: RunningServer) -> int:
    return sum(server.responder.received + server.responder.rejected for server in servers)


@pytest.mark.parametrize("one", list(SERVICES))
@pytest.mark.parametrize("other", list(SERVICES))
async def test_two_servers_pointed_at_each_other_fall_silent(one: str, other: str) -> None:
    async with serving(one, "udp") as a, serving(other, "udp") as b:
        for first in (b"hello", b"7", ENVELOPES[0], ENVELOPE.encode(Message(Kind.LEAVE, 9, 0, 0, b""))):
            assert await talk(a, b, first) <= (2 * RETURNS + 4 if (one, other) in FIXED_POINTS else 6)


@pytest.mark.parametrize("first", [b"123456789012"])
@pytest.mark.parametrize(("one", "other"), sorted(FIXED_POINTS))
async def test_two_servers_that_say_the_same_fall_silent_after_a_while(one: str, other: str, first: bytes) -> None:
    async with serving(one, "udp") as a, serving(other, "udp") as b:
        assert RETURNS < await talk(a, b, first) <= 2 * RETURNS + 4
        assert a.responder.rejected + b.responder.rejected >= 1


# The rule


@pytest.mark.parametrize("port", [0, 7, 13, 17, 19, 37, 53, 123, 1023, 1234, 8888, 10125, 12000])
def test_a_text_from_the_port_of_a_server_is_not_answered_and_counted(port: int) -> None:
    responder = Responder(Upper())
    assert responder.datagram(b"x", ("192.0.2.7", port), 0.0) is None
    assert responder.datagram(b"x", ("2001:db8::7", port, 0, 0), 0.0) is None
    assert (responder.received, responder.answered, responder.rejected) == (0, 0, 2)


@pytest.mark.parametrize("port", [1024, 1233, 1235, 12001, 32_768, 65_535])
def test_a_text_from_any_other_port_is_answered(port: int) -> None:
    assert Responder(Upper()).datagram(b"x", ("192.0.2.7", port), 0.0) == b"X"


REPLIES_OF_ALL = [
    welcome(1),
    welcome(10_000),
    full(10),
    full_of_address(10),
    Number().reply("x"),
    Echo().reply(""),
    Echo().reply("a"),
]


@pytest.mark.parametrize("reply", REPLIES_OF_ALL)
def test_what_begins_as_a_reply_is_not_answered(reply: str) -> None:
    assert reply.startswith(REPLIES)
    for name, responder in services().items():
        assert responder.datagram(reply.encode(), PEER, 0.0) is None, name
        assert (responder.received, responder.rejected) == (0, 1)


@pytest.mark.parametrize("text", ["(A1) : Resposta do servidor: x", "resposta", "PAR", "ÍMPAR", "ERRO", "Olá", ""])
def test_what_a_student_writes_is_answered(text: str) -> None:
    assert reason_for_silence(text, PEER) is None


def test_a_client_that_repeats_itself_loses_one_request_in_a_thousand_and_no_other_client_any() -> None:
    responder = Responder(Upper())
    answers = [responder.datagram(b"PING", PEER, number * 1e-3) for number in range(2 * RETURNS + 2)]
    assert [number for number, answer in enumerate(answers) if answer is None] == [RETURNS, 2 * RETURNS + 1]
    assert responder.rejected == 2
    assert responder.datagram(b"PING", ("192.0.2.7", 40_001), 1.0) == b"PING"


@pytest.mark.parametrize("say", [lambda n: b"PING %d" % n, lambda n: b"ping", lambda n: b"%d" % (10**12 + n)])
def test_a_client_that_says_something_new_or_is_told_something_new_loses_nothing(say) -> None:  # type: ignore[no-untyped-def]
    responder = Responder(Upper())
    assert all(responder.datagram(say(number), PEER, 0.0) is not None for number in range(12_000))
    mirror = Mirror()
    assert not any(mirror.is_loop(b"%d" % number) for number in range(3 * SPAN))


def test_one_among_many_that_come_back_is_found_again() -> None:
    mirror = Mirror()
    assert not any(mirror.is_loop(b"%d" % number) for number in range(2 * SPAN))  # the reference is given up meanwhile
    assert any(mirror.is_loop(b"LOOP") for _ in range(SPAN + RETURNS + 2))


def test_upper_case_of_upper_case_is_itself() -> None:
    """So a loop of two `upper` always comes to a fixed point, which is what is looked for."""
    upper = Upper()
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(character := chr(code)) != "Cs":
            once = upper.reply(character)
            assert upper.reply(once) == once
