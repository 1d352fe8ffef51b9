"""What has no end is refused at its limit, and costs no more memory than one message: 10 MB into each decoder."""

from __future__ import annotations

import os
import struct
import tracemalloc

import pytest

from fuzz.draw import Draw
from fuzz.streams import header, kept
from sockbench.errors import BadMessage
from sockbench.net.responder import Responder
from sockbench.services.echo import Echo
from sockbench.wire import FORMATS, HEADER_SIZE, MAX_PAYLOAD, Decoder, Greeted, Kind, Message
from tests.fuzz.work import calls_of

ENDLESS = 10_000_000
LONGEST = FORMATS["envelope"].encode(Message(Kind.REQUEST, 1, 1, 0, bytes(MAX_PAYLOAD)))[:HEADER_SIZE]
BEGIN = {"envelope": LONGEST, "length": struct.pack("!I", MAX_PAYLOAD), "line": b"a"}
"""How a message of each format begins that says it is as long as one may be, or that does not say where it ends."""

HEAVY = pytest.mark.skipif(
    not os.environ.get("SOCKBENCH_HEAVY"), reason="ten million pieces: SOCKBENCH_HEAVY=1 runs it"
)
SIZES = [pytest.param(1, marks=HEAVY), 1_000, 65_536]


def swallowed(decoder: Decoder, begin: bytes, size: int) -> tuple[int, int]:
    """How many bytes an endless message gets in, in pieces of that size, before it is refused; and the longest rest."""
    piece = b"a" * size
    taken, longest = 0, 0
    try:
        decoder.feed(begin)
        while taken < ENDLESS:
            decoder.feed(piece)
            taken += size
            longest = max(longest, kept(decoder))
    except BadMessage:
        pass
    return taken, longest


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", BEGIN)
def test_a_message_without_an_end_is_refused_at_the_limit(name: str, size: int) -> None:
    taken, longest = swallowed(FORMATS[name].decoder(), BEGIN[name], size)
    assert MAX_PAYLOAD - size <= taken <= MAX_PAYLOAD + size + 4  # of the next length, which is too long
    assert longest <= HEADER_SIZE + MAX_PAYLOAD + size


@pytest.mark.parametrize("name", BEGIN)
def test_a_message_without_an_end_takes_the_memory_of_one(name: str) -> None:
    """Its bytes, once while they come and once as a whole, and what a growing array keeps in hand: an eighth."""
    decoder = FORMATS[name].decoder()
    tracemalloc.start()
    swallowed(decoder, BEGIN[name], 65_536)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3.5 * MAX_PAYLOAD


@pytest.mark.parametrize("name", BEGIN)
def test_twice_the_bytes_are_at_most_twice_the_work(name: str) -> None:
    piece = BEGIN[name] + b"a" * 100
    decoder = FORMATS[name].decoder()

    def feed(pieces: int) -> int:
        return calls_of(lambda: [decoder.feed(piece[:7]) for _ in range(pieces)])

    if name == "envelope":
        decoder.feed(LONGEST)
    elif name == "length":
        decoder.feed(BEGIN[name])
    first = feed(2_000)
    assert feed(4_000) <= 2 * first + 10


def test_ten_megabytes_of_text_are_answered_piece_by_piece_and_nothing_is_kept() -> None:
    talk = Responder(Echo()).connection("peer", 0.0)
    tracemalloc.start()
    for _ in range(ENDLESS // 65_536):
        assert len(talk.receive(b"\xc3" * 65_536, 0.0)) < 2 * 65_536
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_greeting_that_never_comes_is_refused_at_its_first_wrong_byte() -> None:
    decoder = Greeted(FORMATS["line"].decoder(), b"Bem-vindo")
    with pytest.raises(BadMessage):
        decoder.feed(b"a" * ENDLESS)


def test_an_error_that_was_put_off_is_heard_at_the_end_of_a_stream_that_began_with_a_greeting() -> None:
    decoder = Greeted(FORMATS["length"].decoder(), b"hi")
    assert len(decoder.feed(b"hi" + struct.pack("!I", 0) + b"\xff" * 4)) == 1
    with pytest.raises(BadMessage):
        decoder.feed(b"")


def test_a_header_that_is_made_of_bytes_may_be_right() -> None:
    """Else the target would prove little: no chance finds the sum of a header."""
    assert FORMATS["envelope"].datagram(header(Draw(bytes([0, 0, 1])))).kind == 1
