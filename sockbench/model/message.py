"""What every format carries: a message, whole, with the header fields that the format has.

And what a format is: it says where a message ends and which request a reply answers (`sockbench.wire`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple, Protocol

MAX_PAYLOAD = 4 * 1024 * 1024
"""The longest payload, in bytes, that a decoder takes from a peer."""


class Kind(IntEnum):
    """What a message is for. Formats without a header know only PLAIN.

    WARMUP is a request of the warm-up: a server answers it like any other, and whoever counts on the way can tell.
    """

    PLAIN = 0
    REQUEST = 1
    REPLY = 2
    REGISTER = 3
    REGISTERED = 4
    REJECTED = 5
    WARMUP = 6
    LEAVE = 7


ASKING = frozenset({Kind.REQUEST, Kind.WARMUP})
"""The kinds that ask for a reply and are counted."""

ABOUT_PLACES = frozenset({Kind.REGISTERED, Kind.REJECTED, Kind.LEAVE})
"""The kinds in which a server speaks of a place; a good-bye is answered with a good-bye."""

SEEN_SPAN = 256
"""Of how many requests, up to the highest that came, a reply tells which ones came."""


class Message(NamedTuple):
    """One whole message. All but `kind` and `payload` are 0 in formats that do not carry them.

    client: who asked. number: which of its requests, from 1 (0: none). In a reply, what the server knows of this
    client's requests - received: how many different ones came; highest: the highest number of them; seen: a big-endian
    number of which bit i says whether the one numbered highest - i came, for i below SEEN_SPAN. In a registration's
    answer, received is the number of the place, 0 where the service gives none.
    """

    kind: int
    client: int
    number: int
    received: int
    payload: bytes
    highest: int = 0
    seen: bytes = bytes(SEEN_SPAN // 8)


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

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """`encode` of a message that says nothing else."""

    def datagram(self, data: bytes) -> Message:
        """The one message that a datagram holds. BadMessage when it does not."""

    def decoder(self) -> Decoder:
        """A fresh decoder for one stream."""


class Series(Protocol):
    """Writes messages whose numbers count up, and which are otherwise known before."""

    def requests(self, kind: int, client: int, payload: bytes, numbers: range) -> Iterator[bytes]:
        """The requests of `client` with these consecutive numbers, all with this payload."""

    def replies(self, client: int, payload: bytes, numbers: range, received: int) -> Iterator[bytes]:
        """The replies to them, all with this payload, of a server to which the last SEEN_SPAN came, and `received` in
        all by the first of these. Fewer came only if they are all: then `received` is its number.
        """

    def told(self, number: int) -> bytes:
        """What a reply tells of the last requests up to `number` when all of them came."""
