"""A server with a token, by hand and on real sockets: who does not know it hears nothing, and no copy is answered."""

from __future__ import annotations

import socket
import time

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.plan import Server, Transport
from sockbench.model.secret import Secret
from sockbench.net.build import wire_of
from sockbench.net.proven import ProvenResponder, responder_of
from sockbench.net.responder import Responder
from sockbench.net.servers import bind_all
from sockbench.wire import FORMATS, Guard, Kind, Message, Token
from tests.net.fleet import DRIVERS
from tests.net.test_servers import serving, udp_client
from tests.run.plans import plan_of
from tests.run.test_truth import agree, text, told

SECRET, OTHER = Secret("correct horse battery"), Secret("correct horse batterz")
ENVELOPE = FORMATS["envelope"]
A, B = ("127.0.0.1", 5001), ("127.0.0.1", 5002)
REQUEST = Message(Kind.REQUEST, 7, 1, 0, b"x")
ANSWER = b"Resposta do servidor: x"
REGISTER = Message(Kind.REGISTER, 7, 0, 0, b"A1")


def token(secret: Secret = SECRET, first: int = 1000) -> Token:
    return Token(secret, time.time_ns, first)


def plan(service: str = "echo", transport: Transport = "udp", secret: Secret | None = SECRET) -> Server:
    return Server(service, service, transport, "127.0.0.1", 0, None, 60.0, token=secret)


def responder(service: str = "echo") -> ProvenResponder:
    made = responder_of(plan(service), None)
    assert isinstance(made, ProvenResponder)
    return made


def counts(made: Responder) -> tuple[int, int, int, int | None]:
    return made.received, made.answered, made.rejected, made.unproven


UNPROVEN = [
    b"",
    b"x",
    "(A1) : Olá".encode(),
    b"x\n",
    b"\x00\x00\x00\x01x",
    ENVELOPE.encode(REQUEST),
    ENVELOPE.encode(REGISTER),
    token(OTHER).encode(REQUEST),
]


# By hand


def test_who_proves_the_token_is_answered_and_the_answer_is_proven() -> None:
    made, client = responder(), token()
    reply = made.datagram(client.encode(REQUEST), A, 0.0)
    assert reply is not None
    assert client.datagram(reply) == Message(Kind.REPLY, 7, 1, 1, ANSWER, 1, (1).to_bytes(32))
    assert counts(made) == (1, 1, 0, 0)


@pytest.mark.parametrize("service", ["echo", "upper", "number", "registry"])
def test_who_does_not_hears_nothing(service: str) -> None:
    made = responder(service)
    for data in UNPROVEN:
        assert made.datagram(data, A, 0.0) is None
        conversation = made.connection(B, 0.0)
        assert conversation.receive(data, 0.0) == b""
        assert conversation.closing or not data
    expected = 2 * len(UNPROVEN) - 1  # of a stream, no bytes are no message
    assert counts(made) == (0, 0, expected, expected)
    assert not made.service.clients_peak


@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_hear_nothing(data: bytes, is_begun_well: bool) -> None:
    made = responder()
    data = b"\xf5T\x01\x00" + data if is_begun_well else data
    assert made.datagram(data, A, 0.0) is None
    assert made.connection(A, 0.0).receive(data, 0.0) == b""
    assert made.answered == 0


def test_a_copy_is_not_answered_whoever_sends_it() -> None:
    made, client = responder("registry"), token()
    said = [client.encode(message) for message in (REGISTER, REQUEST, REQUEST._replace(number=2))]
    assert all(made.datagram(data, A, 0.0) for data in said)
    for peer in (A, B):
        for data in said:
            assert made.datagram(data, peer, 0.0) is None
            conversation = made.connection(peer, 0.0)
            assert conversation.receive(data, 0.0) == b""
            assert conversation.closing
    assert counts(made) == (3, 3, 12, 0)  # they were proven once, so they are told apart
    assert made.service.clients_peak == 1


def test_a_stream_byte_by_byte_several_at_once_and_then_a_wrong_one() -> None:
    made, client = responder(), token()
    conversation = made.connection(A, 0.0)
    said = [client.encode(REQUEST._replace(number=number)) for number in range(1, 6)]
    replies = b"".join(conversation.receive(bytes([byte]), 0.0) for byte in said[0])
    replies += conversation.receive(said[1] + said[2][:50], 0.0)
    replies += conversation.receive(said[2][50:] + said[3] + token(OTHER).encode(REQUEST) + said[4], 0.0)
    assert [reply.number for reply in client.decoder().feed(replies)] == [1, 2, 3, 4]
    assert conversation.closing
    assert counts(made) == (4, 4, 1, 1)


def test_a_service_that_closes_after_its_reply_does() -> None:
    made, client = responder("number"), token()
    conversation = made.connection(A, 0.0)
    said = client.encode(REQUEST._replace(payload=b"7")) + client.encode(REQUEST._replace(payload=b"8"))
    (reply,) = client.decoder().feed(conversation.receive(said, 0.0))
    assert (reply.payload, conversation.closing) == ("ÍMPAR".encode(), True)


def test_a_good_bye_is_said_and_answered() -> None:
    made, client = responder("registry"), token()
    for message, kind in ((REGISTER, Kind.REGISTERED), (REGISTER._replace(kind=Kind.LEAVE), Kind.LEAVE)):
        reply = made.datagram(client.encode(message), A, 0.0)
        assert reply is not None
        assert client.datagram(reply).kind == kind


def test_servers_of_one_token_take_no_copy_of_each_others_messages() -> None:
    guard = Guard(SECRET, time.time_ns)
    one, other = responder_of(plan("echo"), None, guard), responder_of(plan("upper"), None, guard)
    data = token().encode(REQUEST)
    assert one.datagram(data, A, 0.0) is not None
    assert other.datagram(data, A, 0.0) is None


def test_without_a_token_nothing_is_other_than_before() -> None:
    """No step of the way has a question to ask: the same objects do the work."""
    (group,) = plan_of("servers: {s: {service: echo, transport: udp}}\nclients: [{server: s}]\n").groups
    assert wire_of(group) is ENVELOPE
    assert type(responder_of(plan(secret=None), None)) is Responder


# On real sockets


async def test_strangers_hear_nothing_over_udp_and_the_honest_go_on() -> None:
    async with serving("echo", "udp", token=SECRET) as server:
        client = token()
        with await udp_client(server) as honest, await udp_client(server) as stranger:
            for number, data in enumerate(UNPROVEN, start=1):
                await stranger.send(data)
                said = client.encode(REQUEST._replace(number=number))
                await honest.send(said)
                assert client.datagram(await honest.recv(2000)).number == number
                await stranger.send(said)  # a copy, from another address
            last = client.encode(REQUEST._replace(number=99))
            await honest.send(last)
            assert client.datagram(await honest.recv(2000)).number == 99  # so the server has heard all before
            with socket.socket(fileno=socket.dup(stranger.fileno())) as ear:
                ear.setblocking(False)
                with pytest.raises(BlockingIOError):
                    ear.recv(2000)
        sent = len(UNPROVEN)
        assert counts(server.responder) == (sent + 1, sent + 1, 2 * sent, sent)
        assert server.result().unproven == sent


async def test_a_connection_ends_with_its_first_message_that_is_not_proven() -> None:
    async with serving("echo", "tcp", token=SECRET) as server:
        client = token()
        for data in filter(None, UNPROVEN):
            stream = await trio.open_tcp_stream(*server.address[:2])
            async with stream:
                await stream.send_all(data)
                assert await stream.receive_some() == b""
        async with await trio.open_tcp_stream(*server.address[:2]) as stream:
            await stream.send_all(client.encode(REQUEST))
            assert client.datagram(bytes(await stream.receive_some())).payload == ANSWER
            await stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
            assert await stream.receive_some() == b""
        assert server.responder.unproven == len(UNPROVEN)


async def test_the_servers_of_a_process_share_a_guard() -> None:
    running = await bind_all([plan("echo"), plan("upper"), plan("number", secret=None)], lambda server: None)
    for server in running:
        server.close()
    one, other, third = (server.responder for server in running)
    assert isinstance(one, ProvenResponder)
    assert isinstance(other, ProvenResponder)
    assert one.guard is other.guard
    assert type(third) is Responder


PROVEN = text(
    "loss: 4%, duplicate: 10%, corrupt: 5%, reorder: 5%, delay: 3ms, jitter: 2ms",
    "count: 4, arrivals: {rate: 600/s}, window: 64, timeout: 150ms",
    duration="300ms",
    drain="150ms",
).replace("impair:", f"token: {SECRET.text}, impair:")


@pytest.mark.parametrize("driver", DRIVERS)
async def test_over_a_link_that_copies_and_corrupts_the_clients_story_is_the_relays(driver: str) -> None:
    """Copies made on the way up are dropped, those on the way down are duplicates; what was changed is lost."""
    story = await told(plan_of(PROVEN), driver)
    agree(story)
    fates = {fate.fate for fate in story.fates.values()}
    assert {"ok", "lost_up", "lost_down"} <= fates
    assert "corrupt" not in fates
    assert story.tally.duplicate
    assert story.tally.stray
