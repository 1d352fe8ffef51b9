"""What every format carries: a message, whole, with the header fields that the format has.

And what a format is: it says where a message ends and which request a reply answers (`sockbench.wire`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Protocol

MAX_PAYLOAD = 4 * 1024 * 1024
"""The longest payload, in bytes, that a decoder takes from a peer."""


class Kind(IntEnum):
    """What a message is for. Formats without a header know only PLAIN."""

    PLAIN = 0
    REQUEST = 1
    REPLY = 2
    REGISTER = 3
    REGISTERED = 4
    REJECTED = 5


class Message(NamedTuple):
    """One whole message. `client`, `number` and `received` are 0 in formats that do not carry them.

    client: who asked. number: which of its requests, from 1 (0: none). received: in a reply, how many requests of
    this client the server has received.
    """

    kind: int
    client: int
    number: int
    received: int
    payload: bytes


def plain(payload: bytes) -> Message:
    """A message of a format that has no header."""
    return Message(Kind.PLAIN, 0, 0, 0, payload)


class Decoder(Protocol):
    """Takes a stream in pieces of any size and gives the messages that they complete."""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. BadMessage when the stream cannot be of this format."""


class Format(Protocol):
    """One way to write messages."""

    name: str
    numbered: bool
    """Whether a reply names its request; when not, the order does."""
    overhead: int
    """Bytes that a message is longer than its payload."""

    def encode(self, message: Message) -> bytes:
        """The bytes of one message, as a datagram or as a piece of a stream."""

    def datagram(self, data: bytes) -> Message:
        """The one message that a datagram holds. BadMessage when it does not."""

    def decoder(self) -> Decoder:
        """A fresh decoder for one stream."""
