"""Messages of each format, for the tests of the wire."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from sockbench.errors import BadMessage
from sockbench.wire import FORMATS, Decoder, Kind, Message, plain

COUNTED = st.integers(0, 2**32 - 1)


def envelopes(payload: st.SearchStrategy[bytes]) -> st.SearchStrategy[Message]:
    kinds = st.sampled_from([kind for kind in Kind if kind is not Kind.PLAIN])
    return st.builds(Message, kinds, COUNTED, COUNTED, COUNTED, payload, COUNTED, st.binary(min_size=32, max_size=32))


PAYLOADS = st.binary(max_size=60)
LINES = PAYLOADS.map(lambda data: data.replace(b"\n", b"").removesuffix(b"\r"))
MESSAGES: dict[str, st.SearchStrategy[Message]] = {
    "envelope": envelopes(PAYLOADS),
    "text": PAYLOADS.map(plain),
    "line": LINES.map(lambda data: plain(data.rstrip(b"\r"))),
    "length": PAYLOADS.map(plain),
}
FRAMED = ("envelope", "line", "length")
"""The formats whose messages say themselves where they end."""

EXAMPLES: dict[str, list[Message]] = {
    "envelope": [
        Message(Kind.REQUEST, 7, 1, 0, "Olá, servidor!".encode()),
        Message(Kind.REPLY, 2**32 - 1, 2**32 - 1, 2**32 - 1, b""),
        Message(Kind.REGISTER, 0, 0, 0, b"aluno-1"),
        Message(Kind.REGISTERED, 3, 0, 5, b"1"),
        Message(Kind.REJECTED, 3, 9, 5, bytes(range(256))),
    ],
    "text": [plain(b"a"), plain("Olá\n".encode()), plain(b"\xff\x00")],
    "line": [plain(b""), plain(b"a"), plain("Olá, servidor!".encode()), plain(b"a\rb\x00")],
    "length": [plain(b""), plain(b"a"), plain(b"\n\r\x00\xff"), plain(bytes(1000))],
}


def stream(name: str, messages: list[Message]) -> bytes:
    return b"".join(FORMATS[name].encode(message) for message in messages)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in pieces, cut at `places`."""
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def fed(decoder: Decoder, pieces: list[bytes]) -> tuple[list[Message], bool]:
    """All messages, and whether the stream was bad; an empty piece at the end brings a postponed error out."""
    messages: list[Message] = []
    try:
        for piece in pieces:
            messages += decoder.feed(piece)
        messages += decoder.feed(b"")
    except BadMessage:
        return messages, True
    return messages, False
