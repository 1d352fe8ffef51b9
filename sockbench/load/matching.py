"""Which request does a datagram without a number answer? Pure; the caller says what its content is worth."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from sockbench.load.ledger import Ledger, Pending
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
