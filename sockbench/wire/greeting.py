"""A stream on which the server speaks first: its words are taken off before the format's own decoder sees a byte."""

from __future__ import annotations

from sockbench.errors import BadMessage
from sockbench.model.message import Decoder, Message


class Greeted:
    """A decoder of a stream that begins with `greeting`."""

    __slots__ = ("_decoder", "_expected")

    def __init__(self, decoder: Decoder, greeting: bytes) -> None:
        self._decoder = decoder
        self._expected = greeting

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. BadMessage when the stream begins with other words."""
        if self._expected:
            heard = data[: len(self._expected)]
            if not self._expected.startswith(heard):
                raise BadMessage("the server was to speak first, in other words")
            self._expected = self._expected[len(heard) :]
            data = data[len(heard) :]
        return [] if self._expected else self._decoder.feed(data)  # an empty piece too: it brings a late error out
