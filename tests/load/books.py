"""Books that keep every row, clients made of plain values, and the services that judge them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.ledger import REMEMBERED, Ledger, Witness
from sockbench.load.pacing import ClosedPacer, OpenPacer, Pacer
from sockbench.model.columns import Columns
from sockbench.model.outcome import Outcome
from sockbench.wire import FORMATS, Kind, Message, plain

NEVER_DUE = 10**15
IDENTITY = 7
END = 1000


class Row(NamedTuple):
    due: int
    sent: int
    done: int
    outcome: Outcome


class Kept:
    """A book, and all that was written in it."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self.book = Book(self._fold)

    def _fold(self, columns: Columns) -> None:
        self._rows += [Row(due, sent, done, Outcome(outcome)) for due, sent, done, outcome in columns.rows]

    @property
    def rows(self) -> list[Row]:
        self.book.flush()
        return self._rows

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def replies(self) -> tuple[int, int, int]:
        return self.book.duplicate, self.book.reordered, self.book.stray


class Books:
    """The two books of a group, and the round-trip times that its meter heard."""

    def __init__(self) -> None:
        self.warmup = Kept()
        self.measured = Kept()
        self.rtts: list[int] = []

    def ledger(self, timeout: int, remembered: int = REMEMBERED, witness: Witness | None = None) -> Ledger:
        return Ledger(
            timeout=timeout,
            warmup=self.warmup.book,
            measured=self.measured.book,
            on_answer=lambda number, rtt: self.rtts.append(rtt),
            witness=witness,
            remembered=remembered,
        )

    @property
    def rows(self) -> list[Row]:
        return self.warmup.rows + self.measured.rows


def schedule(times: Iterable[int]) -> OpenPacer:
    """An open pacer of these due times, and no more of any interest."""
    return OpenPacer(itertools.chain(times, itertools.repeat(NEVER_DUE)))


def closed(window: int = 1, think: int = 0, first: int = 0) -> ClosedPacer:
    return ClosedPacer(first=first, think=lambda: think, window=window)


def payload(number: int) -> bytes:
    return b"n%d" % number


def echoed(request: bytes, reply: bytes, client: int | None) -> Outcome:
    """The judge of an echo."""
    return Outcome.OK if request == reply else Outcome.CORRUPT


def make_client(
    pacer: Pacer,
    books: Books,
    *,
    wire: str = "envelope",
    ordered: bool = False,
    window: int = 1,
    timeout: int = 10,
    code: bytes | None = None,
    retry: int = 5,
    idle: int | None = None,
    remembered: int = REMEMBERED,
    witness: Witness | None = None,
) -> Client:
    return Client(
        identity=IDENTITY,
        ledger=books.ledger(timeout, remembered, witness),
        pacer=pacer,
        window=window,
        payload=payload,
        wire=FORMATS[wire],
        judge=echoed,
        ordered=ordered,
        code=code,
        retry=retry,
        idle=idle,
    )


def reply_to(number: int, received: int = 0, *, wire: str = "envelope", text: bytes | None = None) -> Message:
    """What the server answers request `number`, or `text` instead."""
    words = payload(number) if text is None else text
    return Message(Kind.REPLY, IDENTITY, number, received, words) if wire == "envelope" else plain(words)


def begun(client: Client, *, start: int = 0, measure_from: int = 0, end: int = END) -> Client:
    client.begin(start, measure_from, end)
    return client


def sent(client: Client, now: int) -> list[int]:
    """The numbers of all that goes out at `now`; 0 is a request for a place."""
    numbers = []
    while (request := client.take(now)) is not None:
        numbers.append(request.number)
    return numbers


def is_finished(client: Client) -> bool:
    """As a call, because it changes between two looks."""
    return client.finished


def outcomes(books: Books) -> list[Outcome]:
    return [row.outcome for row in books.rows]
