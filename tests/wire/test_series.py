"""A series says what the envelope says, number after number."""

from __future__ import annotations

import pytest

from sockbench.model.message import SEEN_SPAN
from sockbench.wire import FORMATS, Envelope, Kind, Message, Seen, series, series_of

ENVELOPE = Envelope()
LAST = 2**32 - 1
STARTS = [1, 2, 200, 254, 255, 256, 257, 65_530, 2**24 - 3, 2**31 - 3, LAST - 9]


@pytest.mark.parametrize("first", STARTS)
@pytest.mark.parametrize("payload", [b"", b"x" * 64, bytes(range(256))])
@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.WARMUP])
def test_requests(first: int, payload: bytes, kind: Kind) -> None:
    numbers = range(first, min(first + 600, LAST))
    for client in (0, 7, LAST):
        wanted = [ENVELOPE.request(kind, client, number, payload) for number in numbers]
        assert list(series.requests(kind, client, payload, numbers)) == wanted


@pytest.mark.parametrize("first", STARTS)
@pytest.mark.parametrize("missing", [0, 1, 3, 100])
def test_replies(first: int, missing: int) -> None:
    if missing and first < SEEN_SPAN + missing:
        missing = 0  # where some are missing, a series begins when they are no longer told of
    numbers = range(first, min(first + 600, LAST))
    replies = series.replies(7, b"said", numbers, first - missing)
    for number, reply in zip(numbers, replies, strict=True):
        seen = series.told(number)
        told = Message(Kind.REPLY, 7, number, number - missing, b"said", highest=number, seen=seen)
        assert ENVELOPE.datagram(reply) == told
        assert reply == ENVELOPE.encode(told)


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_what_a_server_tells(missing: int) -> None:
    seen = Seen()
    for number in range(1 + missing, 900):
        seen.take(number)
        if not missing or number >= SEEN_SPAN + missing:
            assert seen.told == series.told(number)
            assert seen.received == number - missing


def test_formats_that_have_one() -> None:
    assert [name for name, wire in FORMATS.items() if series_of(wire) is not None] == ["envelope"]
