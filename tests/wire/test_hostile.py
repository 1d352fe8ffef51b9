"""A decoder takes whatever a peer sends: it gives messages or BadMessage, and keeps no more than one message."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.errors import BadMessage
from sockbench.wire import FORMATS, HEADER_SIZE, MAX_PAYLOAD, Kind, Message, plain
from sockbench.wire.envelope import CHECK, HEADER, MAGIC, VERSION
from tests.wire.messages import EXAMPLES, FRAMED, cut, fed, stream


def header(
    magic: bytes = MAGIC, version: int = VERSION, kind: int = 1, length: int = 0, client: int = 1, number: int = 1
) -> bytes:
    head = HEADER.pack(magic, version, kind, client, number, 0, 0, bytes(32), length)
    return head + CHECK.pack(crc32(head))


BAD_HEADERS = [
    header(magic=b"\xf5T"),
    header(magic=b"GE"),
    header(version=0),
    header(version=2),
    header(version=255),
    header(kind=0),
    header(kind=len(Kind)),
    header(kind=255),
    header(length=MAX_PAYLOAD + 1),
    header(length=2**32 - 1),
]


@pytest.mark.parametrize("data", BAD_HEADERS)
def test_a_bad_header_is_rejected_whole_and_byte_by_byte(data: bytes) -> None:
    with pytest.raises(BadMessage):
        FORMATS["envelope"].datagram(data)
    for pieces in ([data], [bytes([byte]) for byte in data]):
        assert fed(FORMATS["envelope"].decoder(), pieces) == ([], True)


@pytest.mark.parametrize("end", range(HEADER_SIZE))
def test_a_truncated_header_waits(end: int) -> None:
    decoder = FORMATS["envelope"].decoder()
    assert decoder.feed(header()[:end]) == []
    assert decoder.feed(header()[end:]) == [Message(Kind.REQUEST, 1, 1, 0, b"")]


@given(st.integers(0, 8 * HEADER_SIZE - 1), st.sampled_from(EXAMPLES["envelope"]))
def test_a_header_that_was_changed_names_no_other_request(bit: int, message: Message) -> None:
    data = bytearray(FORMATS["envelope"].encode(message))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadMessage):
        FORMATS["envelope"].datagram(bytes(data))


@given(st.integers(0, 8 * 256 - 1))
def test_a_payload_that_was_changed_still_names_its_request(bit: int) -> None:
    data = bytearray(FORMATS["envelope"].encode(Message(Kind.REPLY, 3, 9, 5, bytes(range(256)), 9, b"\x01" * 32)))
    data[HEADER_SIZE + bit // 8] ^= 1 << bit % 8
    found = FORMATS["envelope"].datagram(bytes(data))
    assert found._replace(payload=b"") == Message(Kind.REPLY, 3, 9, 5, b"", 9, b"\x01" * 32)
    assert found.payload != bytes(range(256))


def test_a_wrong_magic_is_seen_at_its_first_wrong_byte() -> None:
    for data in (b"G", b"\xf5G"):
        with pytest.raises(BadMessage):
            FORMATS["envelope"].decoder().feed(data)
    decoder = FORMATS["envelope"].decoder()
    assert decoder.feed(b"\xf5") == []
    with pytest.raises(BadMessage):
        decoder.feed(b"G")


@pytest.mark.parametrize("length", [MAX_PAYLOAD + 1, 2**31, 2**32 - 1])
def test_a_length_that_is_too_long_is_rejected_before_its_payload(length: int) -> None:
    data = struct.pack("!I", length)
    for pieces in ([data], [bytes([byte]) for byte in data]):
        assert fed(FORMATS["length"].decoder(), pieces) == ([], True)
    with pytest.raises(BadMessage):
        FORMATS["length"].datagram(data + b"x")


def test_the_longest_line_and_one_byte_more() -> None:
    longest = b"a" * MAX_PAYLOAD
    for pieces in ([longest + b"\n"], [longest, b"\n"]):
        assert fed(FORMATS["line"].decoder(), pieces) == ([plain(longest)], False)
    for pieces in ([longest + b"a"], [longest, b"a"], [longest + b"a\n"], [longest, b"a\n"], [longest + b"\r\n"]):
        assert fed(FORMATS["line"].decoder(), pieces) == ([], True)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("envelope", b"GET / HTTP/1.1\r\n\r\n" * 2),
        ("length", b"\xff\xff\xff\xff"),
        ("line", b"a" * (MAX_PAYLOAD + 1)),
    ],
)
def test_messages_before_the_fault_are_not_lost_with_it(name: str, rest: bytes) -> None:
    good = EXAMPLES[name]
    decoder = FORMATS[name].decoder()
    assert decoder.feed(stream(name, good) + rest) == good
    with pytest.raises(BadMessage):
        decoder.feed(b"x")


HOSTILE = st.one_of(
    st.binary(max_size=200),
    st.tuples(
        st.sampled_from([header(length=length) for length in (0, 3, 70, MAX_PAYLOAD)]), st.binary(max_size=100)
    ).map(b"".join),
    st.tuples(st.integers(0, 40).map(lambda length: struct.pack("!I", length)), st.binary(max_size=60)).map(b"".join),
)


@pytest.mark.parametrize("name", list(FORMATS))
@given(data=st.lists(HOSTILE, max_size=5).map(b"".join))
@example(data=header(length=MAX_PAYLOAD) + bytes(50))
@example(data=header() + header(version=9))
def test_any_datagram_is_a_message_or_bad(name: str, data: bytes) -> None:
    try:
        message = FORMATS[name].datagram(data)
    except BadMessage:
        return
    assert len(message.payload) <= len(data)


@pytest.mark.parametrize("name", FRAMED)
@given(data=st.lists(HOSTILE, max_size=5).map(b"".join), places=st.lists(st.integers(0, 400), max_size=10))
def test_what_is_heard_does_not_depend_on_the_pieces(name: str, data: bytes, places: list[int]) -> None:
    whole = fed(FORMATS[name].decoder(), [data])
    assert fed(FORMATS[name].decoder(), cut(data, places)) == whole
    assert fed(FORMATS[name].decoder(), [bytes([byte]) for byte in data]) == whole
    assert sum(FORMATS[name].overhead + len(message.payload) for message in whole[0]) <= len(data)


def kept(decoder: object) -> int:
    """How many bytes a decoder holds on to."""
    rest = getattr(decoder, "_rest", b"")
    assert isinstance(rest, bytes | bytearray)
    return len(rest)


@pytest.mark.parametrize("name", FRAMED)
def test_a_decoder_keeps_no_more_than_one_message_and_a_piece(name: str) -> None:
    piece = b"a" * 65_536
    begin = {"envelope": header(length=MAX_PAYLOAD), "length": struct.pack("!I", MAX_PAYLOAD), "line": b""}[name]
    decoder = FORMATS[name].decoder()
    decoder.feed(begin)
    bad = False
    for _ in range(2 * MAX_PAYLOAD // len(piece)):
        bad = bad or fed(decoder, [piece])[1]
        assert kept(decoder) <= HEADER_SIZE + MAX_PAYLOAD + len(piece)
        if bad:
            break
    assert bad


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("size", [16, 1024])
def test_the_longest_message_in_small_pieces(name: str, size: int) -> None:
    """Reading the rest again with every piece would copy half a terabyte here."""
    kind = Kind.REPLY if name == "envelope" else Kind.PLAIN
    message = Message(kind, 0, 0, 0, b"a" * MAX_PAYLOAD)
    data = FORMATS[name].encode(message)
    decoder = FORMATS[name].decoder()
    messages = [found for start in range(0, len(data), size) for found in decoder.feed(data[start : start + size])]
    assert messages == [message]
    assert kept(decoder) == 0
    small = FORMATS[name].encode(EXAMPLES[name][0])
    assert decoder.feed(small) == [EXAMPLES[name][0]]
