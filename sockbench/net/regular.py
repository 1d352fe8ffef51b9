"""A regular: a client that asks the same in envelope after envelope, all of which come. Pure.

A memo of the responder: which bytes come next, and which answer them if the service says the same again; asked it is
each time. Whatever else comes is the responder's affair, and the end of the memo.
"""

from __future__ import annotations

from sockbench.wire import HEADER_SIZE, Message, Seen, series

LONGEST = 1024
"""Bytes of the longest request or reply that is remembered: a peer may choose them."""
EVERY = 64
"""One request of so many is looked at for whether more like it may follow, which costs as much as an answer."""
_ERRORS = "surrogateescape"


class Regular:
    """After request `number` of `client`, where each says `text` and is answered with `said`; `seen` are its requests.

    At first `message` is awaited, whose reply says `right`.
    """

    __slots__ = ("_replies", "_requests", "awaited", "client", "number", "said", "seen", "text")

    def __init__(self, message: Message, right: bytes, seen: Seen) -> None:
        kind, self.client, number, _, payload, _, _ = message
        self.seen, self.text, self.said = seen, payload.decode(errors=_ERRORS), right.decode(errors=_ERRORS)
        self.number = number - 1
        numbers = range(number, 2**32 - 1)
        self._requests = series.requests(kind, self.client, payload, numbers)
        self._replies = series.replies(self.client, right, numbers, seen.received)
        self.awaited = next(self._requests, None)

    def go_on(self) -> bytes:
        """The reply to what was awaited, if the service says the same; the next request is awaited from now on."""
        self.number += 1
        self.awaited = next(self._requests, None)
        return next(self._replies)


def regular_of(request: bytes, message: Message, reply: bytes, seen: Seen) -> Regular | None:
    """What may follow `request`, which was `message`, of which `seen` tells already and which was answered with
    `reply`; None when that is not known: something is missing, or there is too much to remember.
    """
    if len(request) > LONGEST or len(reply) > LONGEST or seen.told != series.told(seen.highest):
        return None
    regular = Regular(message, reply[HEADER_SIZE:], seen)
    is_sure = regular.awaited == request and regular.go_on() == reply  # a piece of a stream may be anything
    return regular if is_sure else None
