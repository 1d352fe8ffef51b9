"""The proof that who wrote an envelope knows a secret: 36 bytes before it, for servers and clients with a token.

    0       2         3          4     20       28       36
    | magic | version | reserved | tag | moment | serial | envelope ...

`tag` is HMAC-SHA-256 (RFC 2104) of all that follows it, its first 16 bytes (RFC 4868), with a key for each direction,
so that nothing a server says can be sent back to it. `moment` is when the client wrote it, in microseconds of Unix
time, and `serial` counts the client's messages; a reply repeats both, so it names the message that it answers. What
becomes of messages that are old, or copies, a server decides (`guard.py`). Nothing here is secret but the key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest, digest, new

from sockbench.errors import BadMessage
from sockbench.model.message import ABOUT_PLACES, MAX_PAYLOAD, Decoder, Kind, Message
from sockbench.model.secret import Secret
from sockbench.wire.envelope import HEADER, HEADER_SIZE, MAGIC, Envelope

PREFIX = b"\xf5T\x01\x00"
"""Magic, version and the reserved byte. Like an envelope's it begins with a byte that no text contains."""
TAG_SIZE = 16
STAMP = struct.Struct("!QQ")
BODY = len(PREFIX) + TAG_SIZE
PROOF_SIZE = BODY + STAMP.size
SMALLEST = PROOF_SIZE + HEADER_SIZE

_ENVELOPE = Envelope()
_ABOUT_PLACES = frozenset(map(int, ABOUT_PLACES))
_REJECTED = int(Kind.REJECTED)


class Unproven(BadMessage):
    """It carries no proof, or a wrong one."""


class Repeated(BadMessage):
    """The server said it before: a copy made on the way, or by someone who recorded it."""


class Key:
    """What messages of one direction are proven with."""

    __slots__ = ("_begun",)

    def __init__(self, secret: Secret, direction: bytes) -> None:
        # Begun with the key once and copied (RFC 2104, section 4): `hmac.digest` takes twice as long, 3.7 us.
        self._begun = new(digest(secret.key, direction, "sha256"), digestmod="sha256")

    def tag(self, body: bytes) -> bytes:
        """The tag of `body`."""
        mac = self._begun.copy()
        mac.update(body)
        return mac.digest()[:TAG_SIZE]


class Keys:
    """The keys that a secret gives, one for each direction."""

    __slots__ = ("down", "up")

    def __init__(self, secret: Secret) -> None:
        self.up = Key(secret, b"sockbench/1 token to the server")
        self.down = Key(secret, b"sockbench/1 token to the client")


@lru_cache(maxsize=64)
def keys_of(secret: Secret) -> Keys:
    """The same for all the clients of a group: of ten thousand they would take 15 MB."""
    return Keys(secret)


def seal(key: Key, stamp: bytes, envelope: bytes) -> bytes:
    """`envelope` with its proof before it; `stamp` is the moment and the serial, packed."""
    body = stamp + envelope
    return PREFIX + key.tag(body) + body


def unseal(key: Key, data: bytes) -> bytes:
    """The stamp and the envelope of `data`, which is one message. Unproven when it is not written with `key`."""
    if len(data) < SMALLEST or not data.startswith(PREFIX):
        raise Unproven("it carries no proof that its sender knows the token")
    body = data[BODY:]
    if not compare_digest(key.tag(body), data[len(PREFIX) : BODY]):
        raise Unproven("its proof is wrong: another token, or it was changed on its way")
    if not body.startswith(MAGIC, STAMP.size):
        raise BadMessage("what is proven by the token is no envelope")
    return body


def envelope_in(data: bytes) -> bytes:
    """The envelope in a datagram, proven or not; the proof is not looked at."""
    return data[PROOF_SIZE:] if is_sealed(data) else data


def is_sealed(data: bytes) -> bool:
    """Whether `data` begins with a proof."""
    return data.startswith(PREFIX)


class Cutter:
    """Cuts a stream into proven messages by the length in each header, which is believed only as far as it is short.

    The beginning of a message is kept, not read again with every piece. `rest` is that: read it, do not change it.
    """

    __slots__ = ("_whole", "rest")

    def __init__(self) -> None:
        self.rest = bytearray()
        self._whole = 0  # how long the rest will be when it is worth a look; 0: as soon as there is more

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes, their proofs not looked at. Unproven at the first bytes that begin none.

        Messages before those are given first, and the error comes with the next piece.
        """
        rest = self.rest
        if rest:
            rest += data
            if len(rest) < self._whole:
                return []
            data = bytes(rest)
            rest.clear()
        self._whole = 0
        messages: list[bytes] = []
        start = 0
        try:
            while start < len(data):
                size = _size(data, start)
                if not size or start + size > len(data):
                    self._whole = size
                    break
                messages.append(data[start : start + size])
                start += size
        except BadMessage:
            if not messages:
                raise
        rest += data[start:]
        return messages


def _size(data: bytes, start: int) -> int:
    """How long the message is that begins at `start`; 0 when too little has come to tell."""
    if not data.startswith(PREFIX, start) and not PREFIX.startswith(data[start : start + len(PREFIX)]):
        raise Unproven("it carries no proof that its sender knows the token")
    if len(data) - start < SMALLEST:
        return 0
    magic, *_, length = HEADER.unpack_from(data, start + PROOF_SIZE)
    if magic != MAGIC or length > MAX_PAYLOAD:
        raise Unproven("what is to be proven is no envelope, or too long")
    return SMALLEST + int(length)


class Token:
    """The format `envelope` with a proof, as one client writes and reads it: it numbers what that client sends.

    `clock` gives the time of day in nanoseconds, `first` is the number before its first message: a random one, so that
    no reply to another is taken for one to this.
    """

    name = "envelope"
    numbered = True
    overhead = SMALLEST

    __slots__ = ("_clock", "_down", "_first", "_serial", "_settled", "_up")

    def __init__(self, secret: Secret, clock: Callable[[], int], first: int) -> None:
        keys = keys_of(secret)
        self._up, self._down = keys.up, keys.down
        self._clock = clock
        self._first = self._serial = first
        self._settled = first  # the last message about the place that was answered

    def encode(self, message: Message) -> bytes:
        """The proof, the header and the payload of `message`."""
        return self._seal(_ENVELOPE.encode(message))

    def request(self, kind: int, client: int, number: int, payload: bytes) -> bytes:
        """`encode` of a message that says nothing else."""
        return self._seal(_ENVELOPE.request(kind, client, number, payload))

    def _seal(self, envelope: bytes) -> bytes:
        self._serial += 1
        return seal(self._up, STAMP.pack(self._clock() // 1000, self._serial), envelope)

    def datagram(self, data: bytes) -> Message:
        """The message that fills `data` exactly, if the server wrote it to this client. BadMessage otherwise."""
        body = unseal(self._down, data)
        message = _ENVELOPE.datagram(body[STAMP.size :])
        _, serial = STAMP.unpack_from(body)
        if not self._first < serial <= self._serial:
            raise BadMessage("it answers no message of this client")
        if message.kind in _ABOUT_PLACES and not (message.kind == _REJECTED and message.number):
            # Of a reply, the number tells that it is a copy. An old answer about the place must not be heeded again.
            if serial <= self._settled:
                raise Repeated("the server said so before")
            self._settled = serial
        return message

    def decoder(self) -> Decoder:
        """A decoder for one stream."""
        return TokenDecoder(self.datagram)


class TokenDecoder:
    """Cuts a stream and opens what it cut."""

    __slots__ = ("_cutter", "_error", "_open")

    def __init__(self, opening: Callable[[bytes], Message]) -> None:
        self._cutter = Cutter()
        self._open = opening
        self._error: BadMessage | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. BadMessage at the first that the server did not write.

        Messages before that one are given first, and the error comes with the next piece.
        """
        if self._error is not None:
            raise self._error
        messages: list[Message] = []
        try:
            for sealed in self._cutter.feed(data):
                messages.append(self._open(sealed))
        except BadMessage as error:
            if not messages:
                raise
            self._error = error
        return messages
