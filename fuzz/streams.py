"""The decoders of the wire: any bytes, in pieces of any size, are messages or BadMessage, whatever the pieces."""

from __future__ import annotations

import itertools
from zlib import crc32

from fuzz.draw import Draw
from sockbench.errors import BadMessage
from sockbench.wire import FORMATS, HEADER_SIZE, MAX_PAYLOAD, Decoder, Greeted, Message
from sockbench.wire.envelope import CHECK, HEADER, MAGIC, VERSION

Heard = tuple[list[Message], bool]
"""All messages, and whether the stream was bad."""


def fed(decoder: Decoder, pieces: list[bytes]) -> Heard:
    """What a decoder makes of the pieces; an empty piece at the end brings a postponed error out."""
    messages: list[Message] = []
    try:
        for piece in [*pieces, b""]:
            messages += decoder.feed(piece)
            assert kept(decoder) <= MAX_PAYLOAD + HEADER_SIZE + len(piece)
    except BadMessage:
        return messages, True
    return messages, False


def kept(decoder: object) -> int:
    """How many bytes a decoder holds on to."""
    rest = getattr(decoder, "_rest", b"")
    assert isinstance(rest, bytes | bytearray)
    return len(rest)


def pieces_of(draw: Draw) -> tuple[bytes, list[bytes]]:
    """A stream, and the same in pieces."""
    sizes = [draw.number() + 1 for _ in range(draw.number() % 8)]
    stream = draw.rest()
    return stream, cut(stream, sizes)


def cut(stream: bytes, sizes: list[int]) -> list[bytes]:
    """Pieces of these sizes, over and over; whole without any."""
    pieces: list[bytes] = []
    start = 0
    for size in itertools.cycle(sizes or [len(stream) or 1]):
        if start >= len(stream):
            return pieces
        pieces.append(stream[start : start + size])
        start += size
    return pieces


def format_of(name: str, data: bytes) -> None:
    """One format: `data` as a stream, cut and whole, and as a datagram."""
    stream, pieces = pieces_of(Draw(data))
    said(name, stream, pieces)


def said(name: str, stream: bytes, pieces: list[bytes]) -> None:
    """What holds of any stream of a format, and of any datagram."""
    wire = FORMATS[name]
    messages, is_bad = fed(wire.decoder(), [stream])
    if name != "text":  # whose messages are the pieces themselves
        assert fed(wire.decoder(), pieces) == (messages, is_bad)
    assert sum(wire.overhead + len(message.payload) for message in messages) <= len(stream)
    if name != "line":  # a carriage return may stand before its end, or not
        written = b"".join(map(wire.encode, messages))
        assert stream.startswith(written)
        assert is_bad or name == "text" or len(stream) - len(written) < MAX_PAYLOAD + wire.overhead
    try:
        alone = wire.datagram(stream)
    except BadMessage:
        return
    assert len(alone.payload) <= len(stream)


def envelope(data: bytes) -> None:
    """Envelopes: as they are, or with headers whose sums are right, which no chance would find."""
    draw = Draw(data)
    if draw.number() % 4 == 0:
        said("envelope", *pieces_of(draw))
        return
    sizes = [draw.number() + 1 for _ in range(draw.number() % 8)]
    stream = b""
    while draw.left:
        stream += header(draw) + draw.take(draw.number() % 64)
    said("envelope", stream, cut(stream, sizes))


def header(draw: Draw) -> bytes:
    """A header, most of whose fields are right most of the time."""
    magic = draw.pick([MAGIC, MAGIC, MAGIC, b"\xf5T", b"GE"])
    version = draw.pick([VERSION, VERSION, VERSION, 0, 255])
    numbers = [draw.number(size) for size in (1, 4, 4, 4, 4)]
    seen = draw.take(draw.number() % 33).rjust(32, b"\0")
    length = draw.pick([draw.number() % 64, 0, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2**32 - 1])
    head = HEADER.pack(magic, version, numbers[0] % 9, *numbers[1:], seen, length)
    return head + CHECK.pack(crc32(head) ^ draw.pick([0, 0, 0, 1]))


def greeting(data: bytes) -> None:
    """A stream that begins with words: the rest is heard as without them; with other words it is bad."""
    draw = Draw(data)
    wire = FORMATS[draw.pick(["envelope", "line", "length"])]
    words = draw.piece()
    stream, pieces = pieces_of(draw)
    heard = fed(Greeted(wire.decoder(), words), pieces)
    assert heard == fed(Greeted(wire.decoder(), words), [stream])
    if stream.startswith(words):
        assert heard == fed(wire.decoder(), [stream[len(words) :]])
    else:
        assert heard == ([], not words.startswith(stream))
