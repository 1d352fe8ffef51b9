"""Each format gives back what it was given, as a datagram and as a stream in pieces of any size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.errors import BadMessage
from sockbench.wire import FORMATS, HEADER_SIZE, Greeted, Kind, Message, is_envelope, plain
from tests.wire.messages import EXAMPLES, FRAMED, MESSAGES, cut, fed, stream

ALL = [(name, message) for name, messages in EXAMPLES.items() for message in messages]
FRAMES = [(name, message) for name, message in ALL if name in FRAMED]


def test_the_formats_are_those_of_the_design() -> None:
    assert list(FORMATS) == ["envelope", "text", "line", "length"]
    assert {name: (wire.name, wire.numbered, wire.overhead) for name, wire in FORMATS.items()} == {
        "envelope": ("envelope", True, 60),
        "text": ("text", False, 0),
        "line": ("line", False, 1),
        "length": ("length", False, 4),
    }


@pytest.mark.parametrize(
    ("name", "message", "data"),
    [
        (
            "envelope",
            Message(Kind.REQUEST, 1, 0x0203, 0x04050607, b"hi", 0x08090A0B, 0x1011121314151617.to_bytes(32)),
            b"\xf5S\x01\x01\x00\x00\x00\x01\x00\x00\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"
            + bytes(24)
            + b"\x10\x11\x12\x13\x14\x15\x16\x17\x00\x00\x00\x02\xd1\x20\x0a\x6e"
            b"hi",
        ),
        ("text", plain(b"hi"), b"hi"),
        ("line", plain(b"hi"), b"hi\n"),
        ("length", plain(b"hi"), b"\x00\x00\x00\x02hi"),
    ],
)
def test_the_bytes_on_the_wire(name: str, message: Message, data: bytes) -> None:
    assert FORMATS[name].encode(message) == data


@pytest.mark.parametrize(("name", "message"), ALL)
def test_a_message_survives_a_datagram_and_a_stream(name: str, message: Message) -> None:
    wire = FORMATS[name]
    data = wire.encode(message)
    assert len(data) == len(message.payload) + wire.overhead
    assert wire.datagram(data) == message
    assert wire.decoder().feed(data) == [message]


@pytest.mark.parametrize(("name", "message"), FRAMES)
def test_byte_by_byte(name: str, message: Message) -> None:
    wire = FORMATS[name]
    data = wire.encode(message)
    decoder = wire.decoder()
    for byte in data[:-1]:
        assert decoder.feed(bytes([byte])) == []
    assert decoder.feed(data[-1:]) == [message]
    assert decoder.feed(b"") == []


@pytest.mark.parametrize(("name", "message"), FRAMES)
def test_trailing_data_is_the_beginning_of_the_next_message(name: str, message: Message) -> None:
    wire = FORMATS[name]
    data = wire.encode(message)
    for end in range(len(data)):
        decoder = wire.decoder()
        assert decoder.feed(data + data + data[:end]) == [message, message]
        assert decoder.feed(data[end:]) == [message]


@pytest.mark.parametrize("name", FRAMED)
def test_several_messages_in_one_piece(name: str) -> None:
    assert FORMATS[name].decoder().feed(stream(name, EXAMPLES[name])) == EXAMPLES[name]


@pytest.mark.parametrize("name", FRAMED)
@given(data=st.data())
def test_any_messages_in_any_pieces(name: str, data: st.DataObject) -> None:
    messages = data.draw(st.lists(MESSAGES[name], max_size=8))
    whole = stream(name, messages)
    places = data.draw(st.lists(st.integers(0, len(whole)), max_size=12))
    assert fed(FORMATS[name].decoder(), cut(whole, places)) == (messages, False)


@pytest.mark.parametrize("name", list(FORMATS))
@given(data=st.data())
def test_any_message_in_a_datagram(name: str, data: st.DataObject) -> None:
    message = data.draw(MESSAGES[name])
    assert FORMATS[name].datagram(FORMATS[name].encode(message)) == message


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_a_piece_of_a_text_stream_is_a_message(pieces: list[bytes]) -> None:
    assert fed(FORMATS["text"].decoder(), pieces) == ([plain(piece) for piece in pieces if piece], False)


def test_an_empty_datagram_is_a_text_and_a_line_but_no_envelope_and_no_length() -> None:
    assert FORMATS["text"].datagram(b"") == plain(b"")
    assert FORMATS["line"].datagram(b"") == plain(b"")
    for name in ("envelope", "length"):
        with pytest.raises(BadMessage):
            FORMATS[name].datagram(b"")


@pytest.mark.parametrize("name", ["envelope", "length"])
def test_a_datagram_that_is_too_short_or_too_long_is_no_message(name: str) -> None:
    data = FORMATS[name].encode(EXAMPLES[name][-1])
    for end in range(len(data)):
        with pytest.raises(BadMessage):
            FORMATS[name].datagram(data[:end])
    with pytest.raises(BadMessage):
        FORMATS[name].datagram(data + b"\x00")
    with pytest.raises(BadMessage):
        FORMATS[name].datagram(data + data)


@pytest.mark.parametrize(
    ("piece", "payloads"),
    [
        (b"a\r\nb\n", [b"a", b"b"]),
        (b"\r\n\n", [b"", b""]),
        (b"a\r\r\n", [b"a\r"]),
        (b"a\rb\n", [b"a\rb"]),
        (b"a\r", []),
    ],
)
def test_a_carriage_return_before_the_newline_belongs_to_the_ending(piece: bytes, payloads: list[bytes]) -> None:
    messages = [plain(payload) for payload in payloads]
    assert FORMATS["line"].decoder().feed(piece) == messages
    assert fed(FORMATS["line"].decoder(), [bytes([byte]) for byte in piece]) == (messages, False)


@pytest.mark.parametrize(
    ("datagram", "payload"), [(b"a", b"a"), (b"a\n", b"a"), (b"a\r\n", b"a"), (b"\n", b""), (b"a\r", b"a\r")]
)
def test_a_line_in_a_datagram(datagram: bytes, payload: bytes) -> None:
    assert FORMATS["line"].datagram(datagram) == plain(payload)


def test_a_line_holds_no_newline() -> None:
    with pytest.raises(BadMessage, match="more than one line"):
        FORMATS["line"].datagram(b"a\nb\n")
    with pytest.raises(ValueError, match="newline"):
        FORMATS["line"].encode(plain(b"a\nb"))


@given(st.text())
def test_no_text_begins_like_an_envelope(text: str) -> None:
    assert not is_envelope(text.encode())


@pytest.mark.parametrize("message", EXAMPLES["envelope"])
def test_every_envelope_begins_like_one(message: Message) -> None:
    data = FORMATS["envelope"].encode(message)
    assert is_envelope(data)
    assert is_envelope(data[:1])
    assert len(data) == HEADER_SIZE + len(message.payload)


GREETING = b"Bem-vindo ao servidor TCP!"
TOLD = Message(Kind.REPLY, 1, 2, 3, b"payload")


def test_a_greeting_is_taken_off_wherever_it_is_cut() -> None:
    whole = GREETING + stream("envelope", [TOLD, TOLD])
    for first in range(len(whole) + 1):
        for second in range(first, len(whole) + 1, 7):
            decoder = Greeted(FORMATS["envelope"].decoder(), GREETING)
            assert fed(decoder, cut(whole, [first, second])) == ([TOLD, TOLD], False)


def test_a_greeting_and_a_text_in_one_piece_or_two() -> None:
    for pieces in ([GREETING + b"hi"], [GREETING, b"hi"], [GREETING[:3], GREETING[3:] + b"hi"]):
        assert fed(Greeted(FORMATS["text"].decoder(), GREETING), pieces) == ([plain(b"hi")], False)
    assert fed(Greeted(FORMATS["text"].decoder(), GREETING), [GREETING]) == ([], False)


@pytest.mark.parametrize("end", range(len(GREETING)))
def test_other_words_are_no_greeting(end: int) -> None:
    decoder = Greeted(FORMATS["text"].decoder(), GREETING)
    assert decoder.feed(GREETING[:end]) == []
    with pytest.raises(BadMessage, match="other words"):
        decoder.feed(b"\x00")


@pytest.mark.parametrize("page", ["design.md", "scenarios.md"])
def test_the_pages_name_the_size_of_the_header(page: str) -> None:
    assert f"a header of {HEADER_SIZE} bytes" in (Path(__file__).parents[2] / "docs" / page).read_text()
