"""Messages that end with a newline, for TCP servers that other people run. Matched by order.

A carriage return before the newline belongs to the ending, not to the payload.
"""

from __future__ import annotations

from sockbench.errors import BadMessage
from sockbench.model.message import MAX_PAYLOAD, Decoder, Message, plain


class Line:
    """The format `line`."""

    name = "line"
    numbered = False
    overhead = 1

    def encode(self, message: Message) -> bytes:
        """The payload and a newline. ValueError when the payload holds one itself."""
        return self.request(message.kind, 0, 0, message.payload)

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """The payload and a newline. ValueError when the payload holds one itself."""
        if b"\n" in payload:
            raise ValueError("a line cannot hold a newline")
        return payload + b"\n"

    def datagram(self, data: bytes) -> Message:
        """The datagram, less the newline that may end it. BadMessage when it holds more than one line."""
        payload = _strip(data)
        if b"\n" in payload:
            raise BadMessage("a datagram holds more than one line")
        return plain(payload)

    def decoder(self) -> Decoder:
        """A decoder for one stream."""
        return LineDecoder()


class LineDecoder:
    """Cuts a stream at its newlines."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The lines that `data` completes. BadMessage when one grows too long, its carriage return counted.

        Lines before that one are given first, and the error comes with the next piece.
        """
        rest = self._rest
        searched = len(rest)
        rest += data
        messages: list[Message] = []
        start = 0
        while 0 <= (end := rest.find(b"\n", max(start, searched))) <= start + MAX_PAYLOAD:
            messages.append(plain(_strip(bytes(rest[start : end + 1]))))
            start = end + 1
        if not messages and len(rest) > MAX_PAYLOAD:
            raise BadMessage(f"a line is longer than {MAX_PAYLOAD} bytes")
        del rest[:start]
        return messages


def _strip(line: bytes) -> bytes:
    return line[:-2] if line.endswith(b"\r\n") else line.removesuffix(b"\n")
