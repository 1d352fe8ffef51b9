"""Keeps every request of a group's clients, until the rows are taken away. Pure.

It formats nothing: this runs in the process that takes the times.
"""

from __future__ import annotations

from array import array

from sockbench.load.ledger import Witness
from sockbench.model.outcome import Outcome
from sockbench.model.samples import LOST_UP, Samples


class Sampler:
    """Rows of all requests that ended since they were taken last."""

    def __init__(self) -> None:
        self._words = array("q")

    def witness(self, client: int, identity: int) -> Witness:
        """What hears of each end from one ledger: that of client `client` of the group, `identity` on the wire."""
        keep = self._words.extend

        def hear(number: int, due: int, sent: int, done: int, outcome: Outcome, arrived: bool | None) -> None:
            end = outcome if arrived is None else LOST_UP + arrived
            keep((client, identity, number, due, sent, done, end))

        return hear

    def take(self, origin: int) -> Samples:
        """The rows since the last time; the measurement began at `origin` ns."""
        samples = Samples(origin, self._words[:])
        del self._words[:]
        return samples
