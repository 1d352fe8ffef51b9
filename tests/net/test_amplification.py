"""Over UDP nobody without a place gets more than three times what it sent: bytes summed both ways, headers included."""

from __future__ import annotations

import random
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.message import Kind, Message
from sockbench.net.responder import AMPLIFICATION, IP_UDP_HEADERS, Responder
from sockbench.services import SERVICES, Service
from sockbench.services.base import Stateless
from sockbench.services.echo import Echo
from sockbench.services.number import Number
from sockbench.services.registry import Registry
from sockbench.services.upper import Upper
from sockbench.wire import FORMATS
from tests.net.test_responder import GARBAGE
from tests.net.test_servers import serving
from tests.wire.messages import COUNTED, MESSAGES
from tests.wire.test_hostile import BAD_HEADERS, HOSTILE


class Shout(Stateless):
    """Says far more than it heard."""

    def reply(self, message: str) -> str:
        return (message + "!") * 40


MADE: dict[str, Callable[[], Service]] = {
    "registry": Registry,
    "a registry with one place": lambda: Registry(max_clients=1, idle=1.0),
    "echo": Echo,
    "upper": Upper,
    "number": Number,
    "shout": Shout,
}

LONGER = st.sampled_from([b"ffi" * 9, "ﬃ".encode() * 9, "ΐ".encode(), "ŉ".encode(), b"7", b"-0", b"9" * 10, b""])
ENCODED = st.one_of([MESSAGES[name].map(FORMATS[name].encode) for name in FORMATS])
ASKING = st.tuples(st.sampled_from(list(Kind)), st.integers(0, 3), COUNTED, COUNTED, LONGER).map(
    lambda fields: FORMATS["envelope"].encode(Message(*fields))
)
DATAGRAMS = st.one_of(HOSTILE, ENCODED, ASKING, LONGER, st.sampled_from(BAD_HEADERS + GARBAGE), st.binary(max_size=80))


@pytest.mark.parametrize("name", list(MADE))
@given(said=st.lists(st.tuples(st.integers(1024, 1027), DATAGRAMS, st.floats(0, 2)), max_size=20))
def test_no_address_without_a_place_gets_more_than_three_times_what_it_sent(
    name: str, said: list[tuple[int, bytes, float]]
) -> None:
    responder = Responder(MADE[name]())
    sent: Counter[Iterable[object]] = Counter()
    got: Counter[Iterable[object]] = Counter()
    now = 0.0
    for port, data, later in said:
        peer = ("192.0.2.1", port)
        now += later
        reply = responder.datagram(data, peer, now)
        if responder.service.is_registered(peer, now):
            continue  # it has shown that it hears: there is somebody at that address
        sent[peer] += IP_UDP_HEADERS + len(data)
        got[peer] += 0 if reply is None else IP_UDP_HEADERS + len(reply)
        assert got[peer] <= AMPLIFICATION * sent[peer]
    assert responder.received + responder.rejected >= len(said)


def hostile(count: int) -> list[bytes]:
    """Datagrams as the fuzzers make them, of one seed: good, changed, cut and random ones."""
    chance = random.Random(8)
    texts = [b"", b"7", b"x", b"123456789012", "ﬃ".encode() * 30, b"(A1) : oi", b"ping"]
    made = list(BAD_HEADERS + GARBAGE)
    while len(made) < count:
        kind, payload = chance.choice(list(Kind)), chance.choice(texts)
        whole = FORMATS["envelope"].encode(Message(kind, chance.randrange(4), chance.randrange(4), 0, payload))
        bits = bytearray(whole)
        bits[chance.randrange(len(bits))] ^= 1 << chance.randrange(8)
        made += [
            whole,
            bytes(bits),
            whole[: chance.randrange(len(whole))],
            payload,
            chance.randbytes(chance.randrange(90)),
        ]
        made.append(struct.pack("!I", len(payload)) + payload)
    return made[:count]


@pytest.mark.parametrize("service", list(SERVICES))
async def test_on_a_real_socket_too(service: str) -> None:
    """The answer to a last question shows that everything before it has had its own, if any."""
    async with serving(service, "udp") as server:
        for data in hostile(300):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:  # an address that was never heard before
                client.connect(server.address)
                client.send(data)
                await answered(server.address)
                client.setblocking(False)
                got = 0
                try:
                    while True:
                        got += IP_UDP_HEADERS + len(client.recv(70_000))
                except BlockingIOError:
                    pass
                if not server.responder.service.is_registered(client.getsockname(), 0.0):
                    assert got <= AMPLIFICATION * (IP_UDP_HEADERS + len(data))


async def answered(address: tuple[object, ...]) -> None:
    import trio

    with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        await last.connect(address)
        await last.send(b"7" * 12)
        await last.recv(100)
