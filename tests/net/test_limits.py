"""The limits of a server, each at its edge: what is just within passes, one more is refused and counted."""

from __future__ import annotations

import contextlib
import time

import pytest
import trio
import trio.testing

from sockbench.model.event import Event
from sockbench.model.message import MAX_PAYLOAD, Kind, Message
from sockbench.model.plan import Server
from sockbench.model.secret import Secret
from sockbench.net.admission import CONNECTIONS, PER_ADDRESS, Admission
from sockbench.net.memory import SESSIONS, Memory
from sockbench.net.proven import responder_of
from sockbench.net.responder import HELD, Responder
from sockbench.net.watcher import PEERS, Watcher
from sockbench.report.event_log import LINES_A_SECOND, LineLimit
from sockbench.services import full, full_of_address
from sockbench.services.echo import PREFIX, Echo
from sockbench.services.registry import LONGEST_CODE, Registry, too_long
from sockbench.services.upper import Upper
from sockbench.wire import FORMATS, Token
from tests.net.test_servers import serving

ENVELOPE = FORMATS["envelope"]
A = ("192.0.2.1", 40_000)


def request(payload: bytes, number: int = 1, kind: Kind = Kind.REQUEST) -> bytes:
    return ENVELOPE.encode(Message(kind, 1, number, 0, payload))


# The size of a message


def test_the_longest_message_and_one_byte_more() -> None:
    responder = Responder(Upper())
    conversation = responder.connection(A, 0.0)
    (reply,) = ENVELOPE.decoder().feed(conversation.receive(request(b"a" * MAX_PAYLOAD), 0.0))
    assert reply.payload == b"A" * MAX_PAYLOAD
    assert conversation.receive(request(b"a" * (MAX_PAYLOAD + 1)), 0.0) == b""
    assert (conversation.closing, responder.received, responder.rejected) == (True, 1, 1)


def test_the_longest_reply_and_one_byte_more() -> None:
    responder = Responder(Echo())
    conversation = responder.connection(A, 0.0)
    longest = MAX_PAYLOAD - len(PREFIX)
    for size, kind in ((longest, Kind.REPLY), (longest + 1, Kind.REJECTED), (1, Kind.REPLY)):
        (reply,) = ENVELOPE.decoder().feed(conversation.receive(request(b"a" * size, 7), 0.0))
        assert (reply.kind, reply.client, reply.number) == (kind, 1, 7)
        if kind is Kind.REJECTED:
            assert reply.payload == b"a reply of 4194305 bytes is longer than 4194304"
    assert (conversation.closing, responder.rejected) == (False, 1)


# Names and numbers of those who register


@pytest.mark.parametrize("letter", ["a", "é", "\udcff"])
def test_the_longest_code_and_one_byte_more(letter: str) -> None:
    size = len(letter.encode(errors="surrogateescape"))
    registry = Registry()
    answer = registry.register(letter * (LONGEST_CODE // size), A, 0.0)
    assert (answer.accepted, answer.client) == (True, 1)
    answer = registry.register(letter * (LONGEST_CODE // size) + "a", ("192.0.2.2", 40_000), 0.0)
    assert (answer.accepted, answer.text, answer.client) == (False, too_long(LONGEST_CODE), None)
    assert registry.clients_peak == 1


def test_a_code_that_is_too_long_is_refused_on_the_wire_and_counted() -> None:
    responder = Responder(Registry())
    data = responder.datagram(request(b"a" * (LONGEST_CODE + 1), 0, Kind.REGISTER), A, 0.0)
    assert data is not None
    reply = ENVELOPE.datagram(data)
    assert (reply.kind, reply.payload.decode()) == (Kind.REJECTED, "Código longo demais: limite de 1024 bytes")
    assert responder.rejected == 1


# Connections


@pytest.mark.parametrize("limit", [1, 3, CONNECTIONS])
def test_the_last_connection_and_one_more(limit: int) -> None:
    admission = Admission(limit, None)
    for number in range(limit):
        assert admission.admit(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") is None
    assert admission.admit("192.0.2.1") == full(limit)
    admission.leave("10.0.0.0")
    assert admission.admit("192.0.2.1") is None


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1%eth0", "0:0:1::1"])
@pytest.mark.parametrize("per_address", [None, 1, 5])
def test_the_last_connection_of_an_address_and_one_more(host: str, per_address: int | None) -> None:
    most = PER_ADDRESS if per_address is None else per_address
    admission = Admission(CONNECTIONS, per_address)
    assert {admission.admit(host) for _ in range(most)} == {None}
    assert admission.admit(host) == full_of_address(most)
    assert admission.admit("192.0.2.99") is None  # another address has its own
    admission.leave(host)
    assert admission.admit(host) is None
    assert admission.admit(host) == full_of_address(most)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_has_as_many_as_there_are_unless_it_is_told_otherwise(host: str) -> None:
    admission = Admission(CONNECTIONS, None)
    assert {admission.admit(host) for _ in range(CONNECTIONS)} == {None}
    admission = Admission(CONNECTIONS, 2)
    assert [admission.admit(host) for _ in range(3)] == [None, None, full_of_address(2)]


def test_one_network_of_ipv6_is_one_address() -> None:
    admission = Admission(CONNECTIONS, 2)
    told = [admission.admit(host) for host in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8::2", "2001:db8:0:1::1")]
    assert told == [None, None, full_of_address(2), None]


async def test_past_the_limit_of_an_address_a_connection_is_refused_with_a_reason() -> None:
    async with serving("echo", "tcp", max_per_address=2) as server:
        first, second = [await trio.open_tcp_stream(*server.address) for _ in range(2)]
        for stream in (first, second):
            await stream.send_all(b"a")
            assert await stream.receive_some() == b"Resposta do servidor: a"
        third = await trio.open_tcp_stream(*server.address)
        assert (await third.receive_some()).decode() == "Servidor cheio: limite de 2 clientes por endereço"
        assert await third.receive_some() == b""
        elsewhere = await trio.open_tcp_stream(*server.address, local_address="127.0.0.2")
        await elsewhere.send_all(b"b")
        assert await elsewhere.receive_some() == b"Resposta do servidor: b"
        await first.aclose()
        await trio.testing.wait_all_tasks_blocked()
        again = await trio.open_tcp_stream(*server.address)
        await again.send_all(b"c")
        assert await again.receive_some() == b"Resposta do servidor: c"
        assert server.responder.rejected == 1
        for stream in (second, third, elsewhere, again):
            await stream.aclose()


async def test_where_connections_wait_their_turn_one_address_is_refused_and_the_place_is_free_again() -> None:
    async with serving("number", "tcp", max_clients=2, max_per_address=1) as server:
        first, second = [await trio.open_tcp_stream(*server.address) for _ in range(2)]
        assert (await second.receive_some()).decode() == "Servidor cheio: limite de 1 clientes por endereço"
        elsewhere = await trio.open_tcp_stream(*server.address, local_address="127.0.0.2")
        await elsewhere.send_all(b"7")
        assert (await elsewhere.receive_some()).decode() == "ÍMPAR"
        for stream in (first, second, elsewhere):
            await stream.aclose()


# Bytes that are kept of a peer


def test_beginnings_of_messages_are_kept_up_to_a_limit_of_the_server_and_not_one_byte_more() -> None:
    responder = Responder(Echo())
    assert responder.hold(HELD - 100)  # of others
    within, more = responder.connection(A, 0.0), responder.connection(("192.0.2.2", 1), 0.0)
    assert within.receive(request(b"a" * 500)[:99], 0.0) == b""
    assert not within.closing
    assert more.receive(request(b"a")[:1], 0.0) == b""
    assert (more.closing, responder.rejected) == (False, 0)
    assert more.receive(request(b"a")[1:2], 0.0) == b""
    assert (more.closing, responder.rejected) == (True, 1)
    more.release()
    (reply,) = ENVELOPE.decoder().feed(within.receive(request(b"a" * 500)[99:], 0.0))
    assert reply.payload == PREFIX.encode() + b"a" * 500
    assert responder.hold(100)  # all of it is free again


def test_a_server_with_a_token_keeps_no_more() -> None:
    responder = responder_of(Server("e", "echo", "tcp", "127.0.0.1", 0, None, 60.0, token=Secret("a secret")), None)
    conversation = responder.connection(A, 0.0)
    assert responder.hold(HELD - 50)
    sealed = Token(Secret("a secret"), time.time_ns, 1).encode(Message(Kind.REQUEST, 1, 1, 0, b"a" * 500))
    assert conversation.receive(sealed[:50], 0.0) == b""
    assert not conversation.closing
    assert conversation.receive(sealed[50:51], 0.0) == b""
    assert (conversation.closing, responder.rejected) == (True, 1)


TOKEN = Secret("a secret")


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("more", [0, 1])
def test_the_beginning_of_a_message_behind_a_whole_one_is_counted_too(token: Secret | None, more: int) -> None:
    """A message and the beginning of the next, in one piece, on each of ten thousand connections."""
    responder = responder_of(Server("e", "echo", "tcp", "127.0.0.1", 0, None, 60.0, token=token), None)
    wire = ENVELOPE if token is None else Token(token, time.time_ns, 1)
    conversation = responder.connection(A, 0.0)
    assert responder.hold(HELD - 200)
    whole, next_one = (wire.encode(Message(Kind.REQUEST, 1, number, 0, b"a" * 500)) for number in (1, 2))
    assert conversation.receive(whole + next_one[: 200 + more], 0.0)
    assert (conversation.closing, responder.rejected) == (bool(more), more)
    conversation.keep(7, 0.0)  # replies that it does not take
    conversation.release(7)
    assert not responder.hold(1)  # the beginning is still there
    responder.hold(-1)
    if not more:
        assert conversation.receive(next_one[200:], 0.0)
        assert responder.hold(200)


def test_what_is_kept_of_one_peer_is_one_message() -> None:
    responder = Responder(Echo())
    conversation = responder.connection(A, 0.0)
    data = request(b"a" * MAX_PAYLOAD)
    for start in range(0, len(data) - 1, 65_536):
        assert conversation.receive(data[start : start + 65_536][: len(data) - 1 - start], 0.0) == b""
    assert responder.hold(HELD - (len(data) - 1))
    assert not responder.hold(1)


async def test_a_peer_that_reads_late_is_sent_every_reply() -> None:
    """It asks without reading until the server can send no more, then reads all."""
    requests = 400
    async with serving("upper", "tcp") as server, await trio.open_tcp_stream(*server.address) as stream:
        asked: list[int] = []
        done = trio.Event()

        async def ask_all() -> None:
            for number in range(1, requests + 1):
                await stream.send_all(request(b"x" * 60_000, number))
                asked.append(number)
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_all)
            with trio.move_on_after(0.2):
                await done.wait()
            assert len(asked) < requests  # the server listens no more
            decoder = ENVELOPE.decoder()
            heard: list[int] = []
            while len(heard) < requests:
                heard += [message.number for message in decoder.feed(bytes(await stream.receive_some()))]
        assert heard == list(range(1, requests + 1))
        assert server.responder.hold(HELD)  # it keeps nothing any more


# Silence


async def is_closed(stream: trio.SocketStream) -> bool:
    """Whether the next thing that comes is the end, or a reset when bytes were under way that nobody read."""
    try:
        return await stream.receive_some() == b""
    except trio.BrokenResourceError:
        return True


@pytest.mark.parametrize("first", [b"", b"\xf5", request(b"x" * 50)[:40]])
async def test_a_silent_peer_is_closed_after_the_idle_time_and_counted(first: bytes) -> None:
    async with serving("echo", "tcp", idle=0.1) as server, await trio.open_tcp_stream(*server.address) as stream:
        await stream.send_all(first)
        assert await is_closed(stream)
        assert server.responder.idled == 1


async def test_a_peer_that_sends_a_message_byte_by_byte_is_closed_after_the_idle_time_and_counted() -> None:
    async with serving("echo", "tcp", idle=0.2) as server, await trio.open_tcp_stream(*server.address) as stream:

        async def drip() -> None:
            with contextlib.suppress(trio.BrokenResourceError):
                for byte in request(b"x" * MAX_PAYLOAD):
                    await stream.send_all(bytes([byte]))
                    await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drip)
            assert await is_closed(stream)
            nursery.cancel_scope.cancel()
        assert server.responder.idled == 1


async def test_a_peer_that_takes_no_reply_is_closed_after_the_idle_time_and_counted() -> None:
    async with serving("echo", "tcp", idle=0.2) as server, await trio.open_tcp_stream(*server.address) as stream:
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(1000 * request(b"x" * 100_000))
        assert (server.responder.idled, server.responder.rejected) == (1, 0)
        assert server.responder.hold(HELD)


def test_places_that_are_taken_back_are_counted() -> None:
    responder = Responder(Registry(max_clients=2, idle=10.0))
    for port in (1025, 1026):
        assert responder.datagram(b"x", ("192.0.2.1", port), 0.0) is not None
    assert responder.idled == 0
    responder.expire(9.9)
    assert responder.idled == 0
    responder.expire(10.0)
    assert responder.idled == 2
    responder.datagram(b"x", ("192.0.2.1", 1027), 20.0)
    responder.datagram(b"x", ("192.0.2.1", 1028), 30.0)  # which itself finds the other silent
    assert responder.idled == 3


# Tables and logs


def test_a_table_of_peers_holds_so_many_and_not_one_more() -> None:
    memory: Memory[int] = Memory()
    for key in range(3 * SESSIONS):
        memory.keep(key, key, 0.0)
        assert len(memory) <= SESSIONS
    assert memory.find(3 * SESSIONS - 1) == 3 * SESSIONS - 1
    assert memory.find(2 * SESSIONS - 1) is None


def test_who_is_watched_holds_so_many_and_not_one_more() -> None:
    watcher = Watcher(Server("e", "echo", "udp", "127.0.0.1", 0, None, 60.0), lambda event: None)
    for number in range(2 * PEERS):
        watcher.dropped(("192.0.2.1", number), "x", float(number))
        assert len(watcher.peers(0.0)) <= PEERS if number % 500 == 0 else True
    assert len(watcher.peers(0.0)) <= PEERS


def test_the_last_line_of_a_second_and_one_more() -> None:
    limit = LineLimit()
    event = Event("message", "echo", "udp", "127.0.0.1:5000")
    limit.turn(100.0)
    assert [limit.admit(event.service) for _ in range(LINES_A_SECOND + 2)] == [True] * LINES_A_SECOND + [False] * 2
    assert limit.admit("upper")  # each service has its own
    assert limit.turn(100.9) == []
    assert limit.turn(101.0) == [("echo", 2)]
    assert limit.admit("echo")
