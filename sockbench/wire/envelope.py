"""The envelope: a fixed binary header of 60 bytes before the payload, for exact accounting.

    0       2         3      4        8        12         16        20     52       56      60
    | magic | version | kind | client | number | received | highest | seen | length | check | payload ...

All numbers are big-endian and unsigned. The magic begins with 0xF5, a byte that occurs nowhere in UTF-8 (RFC 3629,
section 3), so one look at the first byte tells an envelope from a text. `check` is the CRC-32 (that of zlib) of the 56
bytes before it: a header that was changed on the way names no request, rather than another one.
"""

from __future__ import annotations

import struct
from zlib import crc32

from sockbench.errors import BadMessage
from sockbench.model.message import MAX_PAYLOAD, Kind, Message

MAGIC = b"\xf5S"
VERSION = 1
HEADER = struct.Struct("!2sBBIIII32sI")
ASKING = struct.Struct("!2sBBII40xI")  # the same, where all between number and length is 0
CHECK = struct.Struct("!I")
WHOLE = struct.Struct(HEADER.format + "I")  # the header and its check
CHECKED = HEADER.size
HEADER_SIZE = CHECKED + CHECK.size

_FIRST = MAGIC[0]
_LAST_KIND = int(max(Kind))
_new = tuple.__new__  # half of what the class of a named tuple takes to make one
_pack, _pack_request, _pack_check, _unpack = HEADER.pack, ASKING.pack, CHECK.pack, WHOLE.unpack_from


def is_envelope(data: bytes) -> bool:
    """Whether `data`, the beginning of a message, begins an envelope rather than a text."""
    return bool(data) and data[0] == _FIRST


class Envelope:
    """The format `envelope`."""

    name = "envelope"
    numbered = True
    overhead = HEADER_SIZE

    def encode(self, message: Message) -> bytes:
        """The header and the payload of `message`."""
        kind, client, number, received, payload, highest, seen = message
        return self.reply(kind, client, number, received, highest, seen, payload)

    def reply(
        self, kind: int, client: int, number: int, received: int, highest: int, seen: bytes, payload: bytes
    ) -> bytes:
        """`encode` of a message that was not made; see `Message` for what the fields say."""
        head = _pack(MAGIC, VERSION, kind, client, number, received, highest, seen, len(payload))
        return head + _pack_check(crc32(head)) + payload

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """The header of a message that tells of no other, and the payload."""
        head = _pack_request(MAGIC, VERSION, kind, client, number, len(payload))
        return head + _pack_check(crc32(head)) + payload

    def datagram(self, data: bytes) -> Message:
        """The message that fills `data` exactly. BadMessage otherwise."""
        message = _whole(data)
        if message is None:
            message, end = _read(data, 0)
            if message is None or end != len(data):
                raise BadMessage(f"the datagram of {len(data)} bytes is not one whole envelope")
        return message

    def decoder(self) -> EnvelopeDecoder:
        """A decoder for one stream."""
        return EnvelopeDecoder()


class EnvelopeDecoder:
    """Cuts a stream into envelopes by the length in each header.

    The beginning of a message is kept, not read again with every piece: a long message in many small ones costs no
    more than its length. `rest` is that beginning: read it, do not change it.
    """

    __slots__ = ("_whole", "rest")

    def __init__(self) -> None:
        self.rest = bytearray()
        self._whole = 0  # how long the rest will be when it is worth a look; 0: as soon as there is more

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. BadMessage at the first header that is none.

        Messages before such a header are given first, and the error comes with the next piece.
        """
        rest = self.rest
        if rest:
            rest += data
            if len(rest) < self._whole:
                return []
            data = bytes(rest)
            rest.clear()
            self._whole = 0
        elif (message := _whole(data)) is not None:
            return [message]
        messages: list[Message] = []
        start = 0
        try:
            while True:
                message, start = _read(data, start)
                if message is None:
                    break
                messages.append(message)
        except BadMessage:
            if not messages:
                raise
            rest += data[start:]
            return messages
        if start < len(data):
            rest += data[start:]
            if len(rest) >= HEADER_SIZE:
                self._whole = HEADER_SIZE + int(HEADER.unpack_from(rest)[-1])
        return messages


def _whole(data: bytes) -> Message | None:
    """The message, if `data` is one, whole and good: nearly always. `_read` says the same of it at twice the cost, and
    why another one is bad.
    """
    if len(data) < HEADER_SIZE:
        return None
    magic, version, kind, client, number, received, highest, seen, length, check = _unpack(data)
    if (
        length == len(data) - HEADER_SIZE <= MAX_PAYLOAD
        and check == crc32(data[:CHECKED])
        and magic == MAGIC
        and version == VERSION
        and 0 < kind <= _LAST_KIND
    ):
        return _new(Message, (kind, client, number, received, data[HEADER_SIZE:], highest, seen))
    return None


def _read(data: bytes, start: int) -> tuple[Message | None, int]:
    """The message that begins at `start` and where it ends, or None and `start` when it is not whole yet."""
    if len(data) - start < HEADER_SIZE:
        if not MAGIC.startswith(data[start : start + 2]):
            raise BadMessage("an envelope begins with another magic number")
        return None, start
    magic, version, kind, client, number, received, highest, seen, length, check = _unpack(data, start)
    if magic != MAGIC:
        raise BadMessage("an envelope begins with another magic number")
    if version != VERSION:
        raise BadMessage(f"envelope version {version} is not {VERSION}")
    if not 0 < kind <= _LAST_KIND:
        raise BadMessage(f"there is no envelope of kind {kind}")
    if length > MAX_PAYLOAD:
        raise BadMessage(f"a payload of {length} bytes is longer than {MAX_PAYLOAD}")
    if crc32(data[start : start + CHECKED]) != check:
        raise BadMessage("the header of an envelope was changed on its way")
    body = start + HEADER_SIZE
    end = body + length
    if len(data) < end:
        return None, start
    return _new(Message, (kind, client, number, received, data[body:end], highest, seen)), end
