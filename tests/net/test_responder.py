"""What a server says to whatever it hears: services in envelopes and texts, and every hostile thing in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.net.memory import FORGOTTEN, SESSIONS
from sockbench.net.responder import AMPLIFICATION, ANSWER, IP_UDP_HEADERS, Responder
from sockbench.services import Answer, Service
from sockbench.services.base import Stateless
from sockbench.services.echo import Echo
from sockbench.services.number import Number
from sockbench.services.registry import Registry
from sockbench.services.upper import Upper
from sockbench.wire import FORMATS, Kind, Message, is_envelope

ENVELOPE = FORMATS["envelope"]
A, B = ("127.0.0.1", 5001), ("127.0.0.1", 5002)


class Parrot(Stateless):
    """Says everything many times over."""

    def __init__(self, times: int, *, closes: bool = False) -> None:
        self.times = times
        self.closes = closes

    def reply(self, message: str) -> str:
        return message * self.times


class Generous(Registry):
    """Gives places, and answers more than it was asked."""

    def answer(self, message: str, peer: object, now: float) -> Answer:
        return super().answer(message, peer, now)._replace(text="x" * 1000)


def seen(bits: int) -> bytes:
    return bits.to_bytes(32)


def request(payload: str | bytes, *, client: int = 1, number: int = 1, kind: int = Kind.REQUEST) -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    return ENVELOPE.encode(Message(kind, client, number, 0, data))


def envelopes(data: bytes | None) -> list[Message]:
    return ENVELOPE.decoder().feed(data or b"")


def counts(responder: Responder) -> tuple[int, int, int, int]:
    return responder.received, responder.answered, responder.rejected, responder.clients_peak


# UDP


def test_envelopes_and_texts_are_answered_in_their_own_format() -> None:
    responder = Responder(Echo())
    assert responder.datagram("Olá".encode(), A, 0.0) == "Resposta do servidor: Olá".encode()
    assert envelopes(responder.datagram(request("Olá", client=9, number=4), A, 0.0)) == [
        Message(Kind.REPLY, 9, 4, 1, "Resposta do servidor: Olá".encode(), 4, seen(1))
    ]
    assert responder.datagram(b"", A, 0.0) == b"Resposta do servidor: "
    assert counts(responder) == (3, 3, 0, 2)


def test_a_reply_says_how_many_requests_of_its_client_came() -> None:
    responder = Responder(Upper())
    for received in range(1, 5):
        for client, peer in ((1, A), (2, A), (1, B)):
            (reply,) = envelopes(responder.datagram(request("x", client=client, number=received * 3), peer, 0.0))
            assert (reply.client, reply.number, reply.received) == (client, received * 3, received)


def test_a_copy_of_a_request_is_answered_and_not_counted_again() -> None:
    responder = Responder(Upper())
    told = []
    for number in (1, 3, 3, 2, 2, 270, 6):
        (reply,) = envelopes(responder.datagram(request("x", number=number), A, 0.0))
        told.append((reply.received, reply.highest, int.from_bytes(reply.seen)))
    assert told[:5] == [(1, 1, 0b1), (2, 3, 0b101), (2, 3, 0b101), (3, 3, 0b111), (3, 3, 0b111)]
    assert told[5:] == [(4, 270, 1), (5, 270, 1)]  # 256 back is as far as a reply tells


def test_a_request_of_the_warmup_is_answered_like_any_other() -> None:
    (reply,) = envelopes(Responder(Upper()).datagram(request("x", kind=Kind.WARMUP), A, 0.0))
    assert reply == Message(Kind.REPLY, 1, 1, 1, b"X", 1, seen(1))


GOOD_BYE = request("", kind=Kind.LEAVE, number=0)
FAREWELL = ENVELOPE.encode(Message(Kind.LEAVE, 1, 0, ANSWER, b""))


def test_who_says_good_bye_gives_its_place_back_and_is_answered() -> None:
    responder = Responder(Registry(max_clients=1))
    assert envelopes(responder.datagram(request("A1", kind=Kind.REGISTER, number=0), A, 0.0))[0].received == 1
    assert envelopes(responder.datagram(request("B1", kind=Kind.REGISTER, number=0), B, 0.0))[0].kind == Kind.REJECTED
    others = request("", client=3, kind=Kind.LEAVE, number=0)
    assert envelopes(responder.datagram(others, B, 0.0)) == [
        Message(Kind.LEAVE, 3, 0, ANSWER, b"")
    ]  # of those without a place nothing is taken
    assert envelopes(responder.datagram(request("B1", kind=Kind.REGISTER, number=0), B, 0.0))[0].kind == Kind.REJECTED
    assert responder.datagram(GOOD_BYE, A, 0.0) == FAREWELL
    assert envelopes(responder.datagram(request("B1", kind=Kind.REGISTER, number=0), B, 0.0))[0].received == 1
    assert counts(responder) == (6, 6, 2, 1)


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.WARMUP, Kind.REGISTER])
def test_what_the_good_bye_overtook_takes_no_place_again(kind: Kind) -> None:
    responder = Responder(Registry(max_clients=1))
    overtaken = request("A1", kind=kind, number=0 if kind == Kind.REGISTER else 1)
    assert responder.datagram(overtaken, A, 0.0) is not None
    assert responder.datagram(GOOD_BYE, A, 1.0) == FAREWELL
    assert responder.datagram(overtaken, A, 2.0) is None
    assert responder.rejected == 1
    assert envelopes(responder.datagram(request("B1", client=2), B, 3.0))[0].kind == Kind.REPLY


def test_what_comes_only_after_the_good_bye_takes_no_place_either() -> None:
    responder = Responder(Registry(max_clients=1))
    assert responder.datagram(GOOD_BYE, A, 0.0) == FAREWELL
    assert responder.datagram(request("A1", kind=Kind.REGISTER, number=0), A, 1.0) is None
    assert responder.service.clients_peak == 0


def test_another_client_at_the_same_address_is_not_the_one_who_left() -> None:
    responder = Responder(Registry(max_clients=1))
    responder.datagram(request("x", client=1), A, 0.0)
    responder.datagram(GOOD_BYE, A, 1.0)
    assert envelopes(responder.datagram(request("x", client=2), A, 2.0))[0].kind == Kind.REPLY
    assert responder.datagram(GOOD_BYE, A, 3.0) == FAREWELL  # a copy: it takes nothing from the other
    assert envelopes(responder.datagram(request("x", client=3), B, 4.0))[0].kind == Kind.REJECTED


def test_registering_is_no_request() -> None:
    responder = Responder(Registry())
    for _ in range(2):
        (reply,) = envelopes(responder.datagram(request("A1", number=0, kind=Kind.REGISTER), A, 0.0))
        assert reply == Message(Kind.REGISTERED, 1, 0, 1, b"1")
    (reply,) = envelopes(responder.datagram(request("x"), A, 0.0))
    assert reply == Message(Kind.REPLY, 1, 1, 1, b"Resposta do servidor para o cliente 1", 1, seen(1))
    assert envelopes(responder.datagram(request("A2", number=0, kind=Kind.REGISTER), B, 0.0))[0].payload == b"2"
    assert counts(responder) == (4, 4, 0, 2)


def test_a_full_server_rejects_in_both_formats() -> None:
    responder = Responder(Registry(max_clients=1))
    responder.datagram(b"first", A, 0.0)
    full = b"Servidor cheio: limite de 1 clientes"
    assert responder.datagram(b"(A2) : hello", B, 0.0) == full
    for kind, number in ((Kind.REQUEST, 5), (Kind.REGISTER, 0)):
        (reply,) = envelopes(responder.datagram(request("x", number=number, kind=kind), B, 0.0))
        assert (reply.kind, reply.number, reply.payload) == (Kind.REJECTED, number, full)
    assert counts(responder) == (4, 4, 3, 1)


GARBAGE = [
    b"\xf5",
    b"\xf5S",
    b"\xf5" * 100,
    request("x")[:-1],
    request("x") + b"y",
    request("x") * 2,
    request("x", kind=Kind.REPLY),
    request("x", kind=Kind.REGISTERED),
    request("x", kind=Kind.REJECTED),
    request("x", kind=Kind.PLAIN),
    request("x", kind=200),
]


@pytest.mark.parametrize("data", GARBAGE)
def test_an_envelope_that_is_none_is_dropped_and_counted(data: bytes) -> None:
    responder = Responder(Echo())
    assert responder.datagram(data, A, 0.0) is None
    assert counts(responder) == (0, 0, 1, 0)
    (reply,) = envelopes(responder.datagram(request("x"), A, 0.0))
    assert reply.received == 1


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"caf\xc3", b"\xed\xa0\x80", bytes(range(128, 245)), b"\x00"])
def test_bytes_that_are_no_text_pass_unchanged(data: bytes) -> None:
    assert Responder(Echo()).datagram(data, A, 0.0) == b"Resposta do servidor: " + data
    (reply,) = envelopes(Responder(Echo()).datagram(request(data), A, 0.0))
    assert reply.payload == b"Resposta do servidor: " + data


SERVICES: list[Service] = [Echo(), Upper(), Number(), Registry(), Registry(max_clients=1), Parrot(50)]


@pytest.mark.parametrize("service", SERVICES)
@given(datagrams=st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=60)), max_size=10))
def test_no_datagram_ends_a_server_or_is_amplified(service: Service, datagrams: list[tuple[int, bytes]]) -> None:
    responder = Responder(service)
    for peer, data in datagrams:
        reply = responder.datagram(data, peer, 0.0)
        if reply is not None and not service.is_registered(peer, 0.0):
            assert IP_UDP_HEADERS + len(reply) <= AMPLIFICATION * (IP_UDP_HEADERS + len(data))
    assert responder.received + responder.rejected >= len(datagrams)
    assert responder.answered <= len(datagrams)


@pytest.mark.parametrize(
    ("times", "answered"),
    [(1, True), (3, True), (4, True), (8, True), (9, False), (100, False)],  # 3 x (28 + 10) - 28 = 86 bytes at most
)
def test_an_unknown_address_is_sent_three_times_its_bytes_at_most(times: int, answered: bool) -> None:
    responder = Responder(Parrot(times))
    assert (responder.datagram(b"0123456789", A, 0.0) is not None) is answered
    assert counts(responder) == (1, int(answered), int(not answered), 1)


def test_who_has_a_place_may_be_sent_more_and_who_has_none_may_not() -> None:
    responder = Responder(Generous(max_clients=1, idle=60.0))
    assert responder.datagram(b"x", A, 0.0) == b"x" * 1000
    assert responder.datagram(b"x", B, 0.0) is None
    assert responder.datagram(b"x", B, 60.0) == b"x" * 1000
    assert responder.datagram(b"x", A, 60.0) is None


def test_a_request_that_is_not_answered_is_received_all_the_same() -> None:
    service = Parrot(50)
    responder = Responder(service)
    assert responder.datagram(request("x" * 50), A, 0.0) is None
    service.times = 1
    (reply,) = envelopes(responder.datagram(request("x", number=2), A, 0.0))
    assert reply.received == 2


def remembered(responder: Responder) -> int:
    return len(responder._sessions) + len(responder._mirrors)


def test_the_table_of_peers_has_a_limit_and_keeps_those_who_speak() -> None:
    responder = Responder(Upper())
    limit = SESSIONS
    busy = 0
    for client in range(1, 2 * limit + 1):
        responder.datagram(request("x", client=client), A, 0.0)
        if client % 1000 == 0:
            busy += 1
            (reply,) = envelopes(responder.datagram(request("x", client=0, number=busy), B, 0.0))
            assert reply.received == busy
    assert limit // 2 <= remembered(responder) <= limit
    assert limit // 2 <= responder.clients_peak <= limit


def test_a_silent_peer_is_forgotten() -> None:
    responder = Responder(Upper())
    hour = 3600.0
    for client in range(100):
        responder.datagram(request("x", client=client), A, hour)
    responder.datagram(request("x"), B, hour + FORGOTTEN)
    assert remembered(responder) == 101
    responder.datagram(request("x", client=2), B, hour + 2 * FORGOTTEN)
    assert remembered(responder) == 2
    assert responder.clients_peak == 101


def test_a_peer_that_speaks_now_and_then_is_not_forgotten() -> None:
    responder = Responder(Upper())
    for moment in range(50):
        now = 3600.0 + moment * FORGOTTEN * 0.9
        responder.datagram(request("x", client=moment), B, now)
        (reply,) = envelopes(responder.datagram(request("x", number=moment + 1), A, now))
        assert reply.received == moment + 1


# TCP


def test_a_connection_speaks_the_format_of_its_first_byte() -> None:
    responder = Responder(Upper())
    text, binary = responder.connection(A, 0.0), responder.connection(B, 0.0)
    assert text.receive("olá".encode(), 0.0) == "OLÁ".encode()
    data = request("a", number=1) + request("b", number=2)
    replies = b"".join(binary.receive(bytes([byte]), 0.0) for byte in data)
    assert envelopes(replies) == [
        Message(Kind.REPLY, 1, 1, 1, b"A", 1, seen(1)),
        Message(Kind.REPLY, 1, 2, 2, b"B", 2, seen(3)),
    ]
    assert text.receive(request("x"), 0.0).upper() == request("x").upper()  # once a text, always a text
    assert binary.receive(b"text", 0.0) == b""
    assert binary.closing
    assert not text.closing
    assert counts(responder) == (4, 4, 1, 2)


def test_several_envelopes_in_one_piece_are_all_answered() -> None:
    conversation = Responder(Upper()).connection(A, 0.0)
    replies = envelopes(conversation.receive(b"".join(request("x", number=n) for n in range(1, 51)), 0.0))
    assert [(reply.number, reply.received) for reply in replies] == [(n, n) for n in range(1, 51)]


@pytest.mark.parametrize("data", [b"\xf5?", b"\xf5" * 100, request("x", kind=200), b"\xf5S\x02" + bytes(60)])
def test_garbage_after_an_envelopes_first_byte_ends_the_connection(data: bytes) -> None:
    responder = Responder(Upper())
    conversation = responder.connection(A, 0.0)
    assert conversation.receive(data, 0.0) == b""
    assert conversation.closing
    assert counts(responder) == (0, 0, 1, 1)


def test_what_came_before_the_garbage_is_answered() -> None:
    responder = Responder(Upper())
    conversation = responder.connection(A, 0.0)
    replies = conversation.receive(request("x") + b"garbage", 0.0)
    assert [reply.payload for reply in envelopes(replies)] == [b"X"]
    conversation.receive(b"!", 0.0)
    assert conversation.closing


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.REGISTERED, Kind.REJECTED])
def test_a_kind_that_no_client_sends_is_dropped_and_counted(kind: Kind) -> None:
    responder = Responder(Upper())
    conversation = responder.connection(A, 0.0)
    replies = envelopes(conversation.receive(request("x", kind=kind) + request("y"), 0.0))
    assert [(reply.payload, reply.received) for reply in replies] == [(b"Y", 1)]
    assert not conversation.closing
    assert counts(responder) == (1, 1, 1, 1)


def test_half_a_character_waits_for_its_other_half() -> None:
    responder = Responder(Upper())
    conversation = responder.connection(A, 0.0)
    data = "olá€".encode()
    assert conversation.receive(data[:3], 0.0) == b"OL"
    assert conversation.receive(data[3:5], 0.0) == "Á".encode()
    assert conversation.receive(data[5:6], 0.0) == b""
    assert conversation.receive(data[6:], 0.0) == "€".encode()
    assert counts(responder) == (3, 3, 0, 1)


def test_half_a_character_that_stays_alone_is_bytes() -> None:
    conversation = Responder(Upper()).connection(A, 0.0)
    assert conversation.receive(b"a\xe2", 0.0) == b"A"
    assert conversation.receive(b"b", 0.0) == b"\xe2B"


@given(
    st.lists(st.binary(min_size=1, max_size=8), max_size=12).filter(lambda pieces: not is_envelope(b"".join(pieces)))
)
def test_a_text_loses_no_byte_wherever_it_is_cut(pieces: list[bytes]) -> None:
    conversation = Responder(Parrot(1)).connection(A, 0.0)
    heard = b"".join(conversation.receive(piece, 0.0) for piece in pieces)
    said = b"".join(pieces)
    assert said.startswith(heard)
    assert len(said) - len(heard) <= 3


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=12))
def test_no_piece_of_a_stream_ends_a_server(pieces: list[bytes]) -> None:
    responder = Responder(Registry(max_clients=2))
    conversation = responder.connection(A, 0.0)
    for piece in pieces:
        conversation.receive(piece, 0.0)
        if conversation.closing:
            break
    responder.left(A)
    assert responder.connection(A, 1.0).receive(b"oi", 1.0) == b"Resposta do servidor para o cliente 1"


@pytest.mark.parametrize(("data", "reply"), [(b"7", "ÍMPAR".encode()), (request("7"), None)])
def test_a_service_that_closes_does_so_after_one_reply(data: bytes, reply: bytes | None) -> None:
    responder = Responder(Number())
    conversation = responder.connection(A, 0.0)
    heard = conversation.receive(data + (data if reply is None else b""), 0.0)
    if reply is None:
        assert [message.payload for message in envelopes(heard)] == ["ÍMPAR".encode()]
    else:
        assert heard == reply
    assert conversation.closing
    assert counts(responder) == (1, 1, 0, 1)


def test_registering_does_not_close_a_connection() -> None:
    conversation = Responder(Number()).connection(A, 0.0)
    (reply,) = envelopes(conversation.receive(request("A1", number=0, kind=Kind.REGISTER), 0.0))
    assert reply == Message(Kind.REGISTERED, 1, 0, 0, b"0")
    assert not conversation.closing


@pytest.mark.parametrize(
    ("service", "greeting"),
    [(Echo(banner=True), b"Bem-vindo ao servidor TCP!"), (Echo(), b""), (Upper(), b""), (Registry(), b"")],
)
def test_the_greeting(service: Service, greeting: bytes) -> None:
    assert Responder(service).connection(A, 0.0).greeting() == greeting


def test_a_connection_that_closes_gives_its_place_back() -> None:
    responder = Responder(Registry(max_clients=1))
    first = responder.connection(A, 0.0)
    assert first.receive(b"x", 0.0) == b"Resposta do servidor para o cliente 1"
    second = responder.connection(B, 0.0)
    assert second.receive(b"x", 0.0) == b"Servidor cheio: limite de 1 clientes"
    responder.left(A)
    assert second.receive(b"x", 0.0) == b"Resposta do servidor para o cliente 1"
    assert counts(responder) == (3, 3, 1, 1)


def test_the_peak_counts_connections_that_were_open_together() -> None:
    responder = Responder(Upper())
    for _ in range(10):
        responder.connection(A, 0.0)
        responder.connection(B, 0.0)
        responder.left(A)
        responder.left(B)
    assert responder.clients_peak == 2


def test_a_peer_is_one_peer_however_often_the_table_turns() -> None:
    responder = Responder(Upper())
    for turn in range(1, 5):
        responder.datagram(request("x"), A, turn * FORGOTTEN)
        assert remembered(responder) == 1
    assert responder.clients_peak == 1
