"""Which request does a reply answer, and what is it worth? By its number, by its order, or by what it says. Pure."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

from sockbench.load.ledger import Ledger, Pending
from sockbench.load.request import Judge
from sockbench.model.message import Kind, Message
from sockbench.model.outcome import Outcome

LOOK_BACK = 8
"""Requests past their timeout, and requests answered, that a reply without a number is held against."""


def match_datagram(ledger: Ledger, worth: Callable[[Pending], Outcome]) -> tuple[Pending | None, Outcome]:
    """The request that an unnumbered datagram answers: the one in flight, unless its content says otherwise.

    After a timeout the reply may still be on its way. It is taken for the late reply when only that makes its content
    right; where two requests have the same right reply, nothing can tell, and the one in flight takes it.
    """
    for waiting in (ledger.in_flight, ledger.overdue):
        for pending in reversed(waiting.values()):
            outcome = worth(pending)
            if outcome is not Outcome.CORRUPT:
                return pending, outcome
    for pending in ledger.in_flight.values():
        return pending, Outcome.CORRUPT
    return None, Outcome.CORRUPT


def might_be_late(ledger: Ledger, worth: Callable[[Pending], Outcome]) -> bool:
    """Whether the datagram is as right for a request past its timeout (one of the last few)."""
    last = itertools.islice(reversed(ledger.overdue.values()), LOOK_BACK)
    return any(worth(pending) is Outcome.OK for pending in last)


def match_in_order(ledger: Ledger) -> Pending | None:
    """The request that the next reply of an ordered stream answers; None when it is one that is forgotten."""
    if ledger.forgotten:
        ledger.forgotten -= 1
        return None
    return ledger.oldest()


class Matcher:
    """Matches the replies to one client, whose id on the wire is `identity`; `numbered` and `ordered` say how.

    `ambiguous` counts the replies that might as well have answered an earlier request.
    """

    __slots__ = ("_answered", "_identity", "_judge", "_ledger", "_numbered", "_ordered", "ambiguous")

    def __init__(self, ledger: Ledger, judge: Judge, *, identity: int, numbered: bool, ordered: bool) -> None:
        self.ambiguous = 0
        self._ledger = ledger
        self._judge = judge
        self._identity = identity
        self._numbered = numbered
        self._ordered = ordered
        # The requests answered last, where it is not sure which one a reply answers; an empty deque takes 600 bytes.
        self._answered: deque[bytes] | None = None if numbered or ordered else deque(maxlen=LOOK_BACK)

    def match(self, reply: Message, number: int | None, place: int | None) -> tuple[Pending | None, Outcome]:
        """The request that `reply` answers and what it is worth.

        `number` names the request when the connection serves that one alone; `place` is the number of the client's.
        """
        ledger = self._ledger
        if self._numbered:
            is_named = reply.client == self._identity and number in (None, reply.number)
            pending = ledger.pending(reply.number) if is_named else None
        elif number is not None:
            pending = ledger.pending(number)
        elif self._ordered:
            pending = match_in_order(ledger)
        else:
            return match_datagram(ledger, lambda pending: self._worth(pending, reply, place))
        return pending, Outcome.CORRUPT if pending is None else self._worth(pending, reply, place)

    def is_copy(self, reply: Message, place: int | None) -> bool:
        """Whether a reply without a number that is wrong for what is waited for answers a request of before again."""
        judge = self._judge
        return any(judge(request, reply.payload, place) is Outcome.OK for request in self._answered or ())

    def doubt(self, reply: Message, place: int | None) -> None:
        """`reply` was taken for the answer to a request in flight. Note it if it is as right for an earlier one."""
        if self._answered is not None:
            self.ambiguous += might_be_late(self._ledger, lambda pending: self._worth(pending, reply, place))

    def note(self, pending: Pending) -> None:
        """`pending` was answered."""
        if self._answered is not None:
            self._answered.append(pending.request)

    def _worth(self, pending: Pending, reply: Message, place: int | None) -> Outcome:
        if reply.kind == Kind.REJECTED:
            return Outcome.REFUSED
        return self._judge(pending.request, reply.payload, place)
