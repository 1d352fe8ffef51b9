"""A 4-byte big-endian length before each message, for servers that other people run. Matched by order."""

from __future__ import annotations

import struct

from sockbench.errors import BadMessage
from sockbench.model.message import MAX_PAYLOAD, Decoder, Message, plain

_LENGTH = struct.Struct("!I")


class Length:
    """The format `length`."""

    name = "length"
    numbered = False
    overhead = _LENGTH.size

    def encode(self, message: Message) -> bytes:
        """The length of the payload, and the payload."""
        return _LENGTH.pack(len(message.payload)) + message.payload

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """The length of the payload, and the payload."""
        return _LENGTH.pack(len(payload)) + payload

    def datagram(self, data: bytes) -> Message:
        """The one message that fills the datagram. BadMessage otherwise."""
        messages = LengthDecoder().feed(data)
        if len(messages) != 1 or _LENGTH.size + len(messages[0].payload) != len(data):
            raise BadMessage(f"the datagram of {len(data)} bytes is not one whole message")
        return messages[0]

    def decoder(self) -> Decoder:
        """A decoder for one stream."""
        return LengthDecoder()


class LengthDecoder:
    """Cuts a stream by the length before each message.

    The beginning of a message is kept, not read again with every piece: a long message in many small ones costs no
    more than its length.
    """

    __slots__ = ("_rest", "_whole")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._whole = 0  # how long the rest will be when it is worth a look; 0: as soon as there is more

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. BadMessage when one says that it is too long.

        Messages before that one are given first, and the error comes with the next piece.
        """
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._whole:
                return []
            data = bytes(rest)
            rest.clear()
            self._whole = 0
        messages: list[Message] = []
        start = 0
        while len(data) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(data, start)
            if length > MAX_PAYLOAD:
                if not messages:
                    raise BadMessage(f"a message of {length} bytes is longer than {MAX_PAYLOAD}")
                break
            end = start + _LENGTH.size + length
            if len(data) < end:
                self._whole = end - start
                break
            messages.append(plain(data[start + _LENGTH.size : end]))
            start = end
        if start < len(data):
            rest += data[start:]
        return messages
