"""One group's part in one worker: its client machines, the books that they write, and what is told of them.

Pure but for the drivers that it keeps; it waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.sampler import Sampler
from sockbench.load.stamps import Stamps
from sockbench.model.columns import Columns
from sockbench.model.plan import Group, Plan
from sockbench.model.samples import Samples
from sockbench.net.build import GroupBooks, build_clients
from sockbench.run.messages import GroupEnd
from sockbench.stats.jitter import JitterMeter
from sockbench.stats.tally import Tally


class Party:
    """The clients of `group` that `mine` says are this worker's; their ids on the wire count up from `first_id`.

    Where it is `sampled`, every request is kept until `take_samples`.
    """

    def __init__(
        self, plan: Plan, group: Group, mine: Callable[[int], bool], first_id: int, sampled: bool = False
    ) -> None:
        self.group = group
        self._warmup = Tally()
        self._interval = Tally()
        self._warmup_book = Book(self._warmup.fold)
        self._book = Book(self._fold)
        self._meters: list[JitterMeter] = []
        self._ipdv: list[int] = []  # ns, of all its clients, until they are folded
        self._sampler = Sampler() if sampled else None
        new_witness = None if self._sampler is None else self._sampler.witness
        books = GroupBooks(self._warmup_book, self._book, self._new_meter, new_witness)
        self.clients: list[Client] = build_clients(plan, group, mine, first_id, books)

    def _new_meter(self) -> Callable[[int, int], None]:
        meter = JitterMeter(self._ipdv)
        self._meters.append(meter)
        return meter.add

    def stamps_of(self, client: Client) -> Stamps | None:
        """What pairs the kernel's stamps of one client, where the group asks for them."""
        if self.group.timestamps == "application":
            return None
        return Stamps(client.ledger, lambda rtt: self._interval.kernel_rtt.record(rtt))

    def _fold(self, columns: Columns) -> None:
        self._interval.fold(columns)
        self._interval.ipdv.record_all(self._ipdv)
        self._ipdv.clear()

    def beat(self) -> Tally:
        """What the measurement settled since the last beat."""
        _close(self._book, self._interval)
        tally, self._interval = self._interval, Tally()
        return tally

    def take_samples(self, origin: int) -> Samples | None:
        """Every request since the last time; the measurement began at `origin` ns. None where they are not kept."""
        return None if self._sampler is None else self._sampler.take(origin)

    @property
    def overdue(self) -> int:
        """Requests past their timeout whose outcome is open still."""
        return sum(len(client.ledger.overdue) for client in self.clients)

    def end(self, kernel_drops: int | None) -> tuple[Tally, GroupEnd]:
        """The last beat, and what is known when the run is over."""
        last = self.beat()
        _close(self._warmup_book, self._warmup)
        estimates = [meter.rfc3550_s for meter in self._meters if meter.rfc3550_s is not None]
        missing = [client for client in self.clients if not client.has_place]
        return last, GroupEnd(
            warmup=self._warmup,
            jitter_sum_s=sum(estimates),
            jitter_clients=len(estimates),
            unregistered=len(missing),
            refusal=next((client.refusal for client in self.clients if client.refusal), None),
            ambiguous=sum(client.ambiguous for client in self.clients),
            kernel_drops=kernel_drops,
        )


def _close(book: Book, tally: Tally) -> None:
    """Move all that `book` holds to `tally`."""
    book.flush()
    tally.duplicate += book.duplicate
    tally.reordered += book.reordered
    tally.stray += book.stray
    tally.lost_up += book.lost_up
    tally.lost_down += book.lost_down
    tally.bytes_sent += book.bytes_sent
    tally.bytes_received += book.bytes_received
    book.duplicate = book.reordered = book.stray = book.bytes_sent = book.bytes_received = 0
    book.lost_up = book.lost_down = 0
