"""One group's part in one worker: its client machines, the books that they write, and what is told of them.

Clients who leave are counted and dropped, so it does not grow with them. It waits for nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.lives import departures
from sockbench.load.sampler import Sampler
from sockbench.load.stamps import Stamps
from sockbench.model.columns import COUNTERS, Columns
from sockbench.model.plan import Group, Plan
from sockbench.model.samples import Samples
from sockbench.net.build import GroupBooks, Recruiter
from sockbench.net.kernel import receive_buffer
from sockbench.net.options import congestion_of, send_buffer
from sockbench.net.tcp_info import tcp_info
from sockbench.run.messages import GroupEnd
from sockbench.stats.connections import ConnectionTally
from sockbench.stats.jitter import JitterMeter
from sockbench.stats.tally import Tally


class Member(NamedTuple):
    """One client's place in the group, from 0, how many held it before, and what meters its replies."""

    place: int
    generation: int
    meter: JitterMeter


@dataclass(slots=True)
class Account:
    """What clients counted for themselves, added up, so that those who left need not be kept."""

    churned: int = 0
    jitter_sum_s: float = 0.0
    jitter_clients: int = 0
    ambiguous: int = 0
    kernel_drops: int | None = 0  # None: of some it is not known

    def add(self, client: Client, meter: JitterMeter) -> None:
        """One client, who is at its end."""
        if (estimate := meter.rfc3550_s) is not None:
            self.jitter_sum_s += estimate
            self.jitter_clients += 1
        self.ambiguous += client.ambiguous

    def add_drops(self, drops: int | None) -> None:
        """What the kernel dropped at some sockets."""
        self.kernel_drops = None if drops is None or self.kernel_drops is None else self.kernel_drops + drops


class Party:
    """The clients of `group` that `mine` says are this worker's; their ids on the wire count up from `first_id`.

    Where it is `sampled`, every request is kept until `take_samples`.
    """

    def __init__(
        self, plan: Plan, group: Group, mine: Callable[[int], bool], first_id: int, sampled: bool = False
    ) -> None:
        self.group = group
        self._receive_buffer: int | None = None  # of each client's socket: all have the same
        self._send_buffer: int | None = None
        self._connections = ConnectionTally()
        self._seed = plan.seed
        self._warmup = Tally()
        self._interval = Tally()
        self._warmup_book = Book(self._warmup.fold)
        self._book = Book(self._fold)
        self._account = Account()
        self._ipdv: list[int] = []  # ns, of all its clients, until they are folded
        self._sampler = Sampler() if sampled else None
        self._meter = JitterMeter(self._ipdv)  # of the client that was made last
        new_witness = None if self._sampler is None else self._sampler.witness
        books = GroupBooks(self._warmup_book, self._book, self._new_meter, new_witness)
        self._recruiter = Recruiter(plan, group, first_id, books)
        self._members: dict[Client, Member] = {}
        for index in filter(mine, range(group.count)):
            client = self._recruiter.first(index)
            self._members[client] = Member(index, 0, self._meter)

    def _new_meter(self) -> Callable[[int, int], None]:
        self._meter = JitterMeter(self._ipdv)
        return self._meter.add

    def stamps_of(self, client: Client) -> Stamps | None:
        """What pairs the kernel's stamps of one client, where the group asks for them."""
        if self.group.timestamps == "application":
            return None
        return Stamps(client.ledger, lambda rtt: self._interval.kernel_rtt.record(rtt))

    # Sockets

    def note_buffers(self, opened: socket.socket) -> None:
        """See what room the kernel gave one of the sockets, where the run asks for any."""
        asked = self.group.socket
        if self._receive_buffer is None and (self.group.transport == "udp" or asked.receive_buffer is not None):
            self._receive_buffer = receive_buffer(opened)
        if self._send_buffer is None and asked.send_buffer is not None:
            self._send_buffer = send_buffer(opened)

    def see_off(self, opened: socket.socket) -> None:
        """A TCP connection is at its end, its socket still open: keep what the kernel knows of it."""
        self.note_buffers(opened)  # of those with one request each none was seen before
        self._connections.add(tcp_info(opened))
        if self._connections.congestion is None:
            self._connections.congestion = congestion_of(opened)

    def _fold(self, columns: Columns) -> None:
        self._interval.fold(columns)
        self._interval.ipdv.record_all(self._ipdv)
        self._ipdv.clear()

    @property
    def clients(self) -> Collection[Client]:
        """All that are there, those among them who leave but still wait for something."""
        return self._members.keys()

    # Clients who come and go

    def departures(self, client: Client) -> Iterator[int]:
        """When clients leave the place of this one, in nanoseconds after the group's load began; none without churn."""
        if self.group.churn is None:
            return iter(())
        return departures(self.group.churn, index=self._members[client].place, seed=self._seed)

    def newcomer(self, old: Client) -> tuple[Client, Member]:
        """Another client for the place of `old`, which has it once it is let in."""
        place, generation, _ = self._members[old]
        client = self._recruiter.newcomer(place, generation + 1)
        return client, Member(place, generation + 1, self._meter)

    def let_in(self, client: Client, member: Member, old: Client, now: int) -> None:
        """The newcomer `client` is there, and `old` leaves."""
        self._members[client] = member
        self._account.churned += now >= old.ledger.measure_from

    def left(self, client: Client, now: int, kernel_drops: int | None) -> None:
        """`client` is gone: what it counted is kept, and it is not."""
        client.finish(now)
        self._account.add(client, self._members.pop(client).meter)
        self._account.add_drops(kernel_drops)

    # What is told

    def beat(self) -> Tally:
        """What the measurement settled since the last beat."""
        _close(self._book, self._interval)
        tally, self._interval = self._interval, Tally()
        return tally

    def ease(self) -> bool:
        """In an idle moment: count some of what is settled. Gives whether there was enough."""
        return self._book.ease()

    def take_samples(self, origin: int) -> Samples | None:
        """Every request since the last time; the measurement began at `origin` ns. None where they are not kept."""
        return None if self._sampler is None else self._sampler.take(origin)

    @property
    def overdue(self) -> int:
        """Requests past their timeout whose outcome is open still."""
        return sum(len(client.ledger.overdue) for client in self.clients)

    def end(self, now: int, kernel_drops: int | None) -> tuple[Tally, GroupEnd]:
        """The last beat, and what is known when the run is over, at `now`."""
        account = self._account
        for client, member in self._members.items():
            client.finish(now)
            account.add(client, member.meter)
        account.add_drops(kernel_drops)
        last = self.beat()
        _close(self._warmup_book, self._warmup)
        stayed = [client for client in self.clients if not client.leaving]
        return last, GroupEnd(
            warmup=self._warmup,
            jitter_sum_s=account.jitter_sum_s,
            jitter_clients=account.jitter_clients,
            unregistered=sum(not client.has_place for client in stayed),
            refusal=next((client.place.refusal for client in stayed if client.place.refusal), None),
            ambiguous=account.ambiguous,
            kernel_drops=account.kernel_drops,
            churned=account.churned,
            receive_buffer=self._receive_buffer,
            send_buffer=self._send_buffer,
            connections=self._connections,
        )


def _close(book: Book, tally: Tally) -> None:
    """Move all that `book` holds to `tally`."""
    book.flush()
    for name in COUNTERS:
        setattr(tally, name, getattr(tally, name) + getattr(book, name))
        setattr(book, name, 0)
