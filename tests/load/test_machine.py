"""A client under any order of calls: it never makes its driver spin, and never loses or invents a request."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sockbench.load.client import Client
from sockbench.model.outcome import Outcome
from sockbench.wire import Kind, Message
from tests.load.books import IDENTITY, Books, closed, make_client, reply_to, schedule

ENDINGS = st.sampled_from([Outcome.REFUSED, Outcome.FAILED])


class Calls(RuleBasedStateMachine):
    """A driver that may do anything that the client allows, in any order; only time does not go back."""

    @initialize(
        open_=st.booleans(),
        wire=st.sampled_from(["envelope", "text", "line"]),
        ordered=st.booleans(),
        window=st.integers(1, 4),
        timeout=st.integers(0, 20),
        retry=st.integers(1, 20),
        think=st.integers(0, 9),
        gaps=st.lists(st.integers(0, 20), max_size=20),
        has_code=st.booleans(),
        idle=st.none() | st.integers(1, 100),
        remembered=st.integers(0, 3),
    )
    def make(
        self,
        open_: bool,
        wire: str,
        ordered: bool,
        window: int,
        timeout: int,
        retry: int,
        think: int,
        gaps: list[int],
        has_code: bool,
        idle: int | None,
        remembered: int,
    ) -> None:
        self.now, self.sent, self.wire, self.window = 0, 0, wire, window
        self.begun = self.was_finished = False
        self.end = 0
        self.books = Books()
        self.due = [sum(gaps[: place + 1]) for place in range(len(gaps))]
        self.open = open_
        self.client: Client = make_client(
            schedule(self.due) if open_ else closed(window, think),
            self.books,
            wire=wire,
            ordered=ordered,
            window=window,
            timeout=timeout,
            code=b"A1" if has_code and wire == "envelope" else None,
            retry=retry,
            idle=idle,
            remembered=remembered,
        )

    @precondition(lambda self: not self.begun)
    @rule(measure_from=st.integers(0, 50), length=st.integers(1, 200))
    def begin(self, measure_from: int, length: int) -> None:
        self.start, self.end = self.now, self.now + length
        self.client.begin(self.now, self.now + measure_from, self.end)
        self.begun = True

    @rule(units=st.integers(1, 30))
    def time_passes(self, units: int) -> None:
        self.now += units

    @rule()
    def sleep(self) -> None:
        """Until it is to be asked again, as a driver does."""
        self.drain()
        wake = self.client.wake_at()
        if wake is not None:
            self.now = wake
        self.drain()

    @rule()
    def drain(self) -> None:
        for _ in range(200):
            request = self.client.take(self.now)
            if request is None:
                break
            assert self.client.connected
            assert self.client.registered or request.number == 0
            if request.number:
                self.sent += 1
                assert request.number == self.sent
        else:
            raise AssertionError("there is always more to send")
        wake = self.client.wake_at()
        assert wake is None or wake > self.now
        if self.begun and self.now >= self.client.end and not self.client.ledger.in_flight:
            assert wake is None
            assert self.client.finished == (not self.client.ledger.overdue)

    @rule(number=st.integers(0, 40), right=st.booleans(), rejected=st.booleans(), alone=st.booleans())
    def reply(self, number: int, right: bool, rejected: bool, alone: bool) -> None:
        message = reply_to(number, number, wire=self.wire, text=None if right else b"?")
        if rejected and self.wire == "envelope" and number:
            message = message._replace(kind=Kind.REJECTED)
        self.client.receive(message, self.now, number if alone and number else None)

    @rule(number=st.integers(0, 40))
    def strangers_reply(self, number: int) -> None:
        if self.wire == "envelope":
            self.client.receive(reply_to(number)._replace(client=IDENTITY + 1), self.now)

    @precondition(lambda self: self.wire == "envelope")
    @rule(
        kind=st.sampled_from([Kind.REGISTERED, Kind.REJECTED, Kind.LEAVE]),
        place=st.integers(0, 3),
        words=st.binary(max_size=3),
    )
    def answer_of_a_place(self, kind: Kind, place: int, words: bytes) -> None:
        self.client.receive(Message(kind, IDENTITY, 0, place, words), self.now)

    @rule()
    def refuse(self) -> None:
        self.client.refuse(self.now)

    @rule(number=st.integers(1, 40), outcome=ENDINGS)
    def end_request(self, number: int, outcome: Outcome) -> None:
        self.client.end_request(number, self.now, outcome)

    @rule(outcome=ENDINGS)
    def disconnect(self, outcome: Outcome) -> None:
        self.client.disconnect(self.now, outcome)

    @rule()
    def connect(self) -> None:
        self.client.connect(self.now)

    @precondition(lambda self: self.begun)
    @rule()
    def stop(self) -> None:
        self.client.stop(self.now)
        self.end = min(self.end, self.now)

    @invariant()
    def every_request_is_in_one_place(self) -> None:
        if not hasattr(self, "client"):
            return
        ledger = self.client.ledger
        over = [row for row in self.books.rows if row.outcome is not Outcome.SKIPPED]
        assert len(over) + len(ledger.in_flight) + len(ledger.overdue) == self.sent
        assert len(ledger.in_flight) <= self.window
        assert not set(ledger.in_flight) & set(ledger.overdue)

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        self.now += 1
        self.client.finish(self.now)
        assert not self.client.ledger.in_flight
        assert not self.client.ledger.overdue
        rows = self.books.rows
        assert sum(row.outcome is not Outcome.SKIPPED for row in rows) == self.sent
        if self.open and self.begun:
            due = [self.start + offset for offset in self.due]
            limit = min(self.now, self.end)
            assert sorted(row.due for row in rows if row.due < limit) == [at for at in due if at < limit]
            assert all(row.due <= self.end for row in rows)  # at the end: sent in the moment before a stop
        book = self.books.measured.book
        assert book.lost_up + book.lost_down <= self.books.measured.count(Outcome.LOST)


Calls.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCalls: Callable[[], object] = Calls.TestCase
