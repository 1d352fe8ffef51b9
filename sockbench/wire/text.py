"""The format of the classroom programs: one datagram, or what one read of a TCP stream gives, is one message.

There is no header and no terminator: the bytes are the text. A reply is matched by order, one in flight.
"""

from __future__ import annotations

from sockbench.model.message import Decoder, Message, plain


class Text:
    """The format `text`."""

    name = "text"
    numbered = False
    overhead = 0

    def encode(self, message: Message) -> bytes:
        """The payload alone."""
        return message.payload

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """The payload alone."""
        return payload

    def datagram(self, data: bytes) -> Message:
        """All of it, empty or not."""
        return plain(data)

    def decoder(self) -> Decoder:
        """A decoder for one stream."""
        return TextDecoder()


class TextDecoder:
    """Takes each piece of the stream as one message."""

    __slots__ = ()

    def feed(self, data: bytes) -> list[Message]:
        """The piece itself; an empty piece is none."""
        return [plain(data)] if data else []
