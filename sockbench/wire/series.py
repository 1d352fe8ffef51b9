"""The envelopes of one client, number after number, for a third of what it takes to write or to read each by itself.

Most that is said in a closed loop is known before: a payload that stays the same, and a server to which all came. Then
the next message differs from the last one in its numbers and in its check. A CRC is linear over GF(2), so the check
differs by what the changed bits are worth, whatever stands around them (Williams, "A Painless Guide to CRC Error
Detection Algorithms", 1993). Pure: it says what `sockbench.wire.envelope` would say.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from sockbench.model.message import SEEN_SPAN, Kind
from sockbench.wire.envelope import ASKING, CHECKED, HEADER, MAGIC, VERSION

_BEGINNING = struct.Struct("!2sBBI")
_NUMBER, _RECEIVED, _HIGHEST = 8, 12, 16  # where they stand in a header
_EVERY_ONE = b"\xff" * (SEEN_SPAN // 8)


def _worth(*places: int) -> dict[int, int]:
    """What a check changes by where a number that stands at `places` changes in its lowest 1, 2, … 32 bits, as one that
    is counted up does; by those bits.
    """
    nothing = crc32(bytes(CHECKED))
    worth = {}
    for bits in range(1, 33):
        changed, header = (1 << bits) - 1, bytearray(CHECKED)
        for place in places:
            struct.pack_into("!I", header, place, changed)
        worth[changed] = crc32(header) ^ nothing
    return worth


_ASKED, _ANSWERED, _COUNTED = _worth(_NUMBER), _worth(_NUMBER, _HIGHEST), _worth(_RECEIVED)


@lru_cache(maxsize=64)
def _request_of(size: int) -> struct.Struct:
    return struct.Struct(f"!8sI40xII{size}s")


@lru_cache(maxsize=64)
def _reply_of(size: int) -> struct.Struct:
    return struct.Struct(f"!8sIII{SEEN_SPAN // 8}sII{size}s")


def requests(kind: int, client: int, payload: bytes, numbers: range) -> Iterator[bytes]:
    """The requests of `client` with these consecutive numbers, all with this payload."""
    size = len(payload)
    pack, beginning = _request_of(size).pack, _BEGINNING.pack(MAGIC, VERSION, kind, client)
    check, worth = crc32(ASKING.pack(MAGIC, VERSION, kind, client, numbers.start, size)), _ASKED
    for number in numbers:
        yield pack(beginning, number, size, check, payload)
        check ^= worth[number ^ (number + 1)]


def replies(client: int, payload: bytes, numbers: range, received: int) -> Iterator[bytes]:
    """The replies to them, all with this payload, of a server to which the last 256 came, and `received` in all by the
    first of these. Fewer came only if they are all: then `received` is its number.
    """
    size = len(payload)
    pack, beginning = _reply_of(size).pack, _BEGINNING.pack(MAGIC, VERSION, Kind.REPLY, client)
    missing = numbers.start - received
    for number in numbers[: max(0, SEEN_SPAN - numbers.start)]:
        seen = told(number)
        check = crc32(HEADER.pack(MAGIC, VERSION, Kind.REPLY, client, number, number, number, seen, size))
        yield pack(beginning, number, number, number, seen, size, check, payload)
    numbers = numbers[max(0, SEEN_SPAN - numbers.start) :]
    first = numbers.start
    head = HEADER.pack(MAGIC, VERSION, Kind.REPLY, client, first, first - missing, first, _EVERY_ONE, size)
    check, both, counted = crc32(head), _ANSWERED, _COUNTED
    for number in numbers:
        received = number - missing
        yield pack(beginning, number, received, number, _EVERY_ONE, size, check, payload)
        check ^= both[number ^ (number + 1)] ^ counted[received ^ (received + 1)]


def told(number: int) -> bytes:
    """What a reply tells of the last 256 requests up to `number` when all of them came."""
    return _EVERY_ONE if number >= SEEN_SPAN else ((1 << number) - 1).to_bytes(SEEN_SPAN // 8)
