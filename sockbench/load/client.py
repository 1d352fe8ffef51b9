"""One simulated client: what it sends next, what a message that comes means, and when it must be asked again.

A pure state machine. A driver tells it the time and what arrived, sends what `take` gives, and waits until `wake_at`
or until bytes come. It knows no socket; formats and services reach it as parameters.
"""

from __future__ import annotations

from sockbench.load.ledger import Ledger
from sockbench.load.matching import Matcher
from sockbench.load.pacing import PAUSE, Pacer
from sockbench.load.payloads import MakePayload
from sockbench.load.place import NEVER, Place
from sockbench.load.request import Judge, Request
from sockbench.model.message import ABOUT_PLACES, Format, Kind, Message, Series
from sockbench.model.outcome import Outcome

# Looking them up in their class takes ten times as long, and each request does it a dozen times.
_OK, _REFUSED = Outcome.OK, Outcome.REFUSED
_REQUEST, _WARMUP, _REPLY, _REJECTED = Kind.REQUEST, Kind.WARMUP, Kind.REPLY, Kind.REJECTED
_new = tuple.__new__  # half of what the class of a named tuple takes to make one


class Client:
    """The machine. Times are nanoseconds of one clock and never go back.

    `identity` is the client's id on the wire; `code` what it announces before it may make requests, None when it need
    not; `retry` is the time between two questions for a place, `idle` the silence after which the server takes it back,
    where that is known. `ordered` says that replies come in the order of the requests, as over TCP.
    """

    def __init__(
        self,
        *,
        identity: int,
        ledger: Ledger,
        pacer: Pacer,
        window: int,
        payload: MakePayload,
        wire: Format,
        judge: Judge,
        ordered: bool,
        code: bytes | None = None,
        retry: int = 200_000_000,
        idle: int | None = None,
        series: Series | None = None,
    ) -> None:
        self.ledger = ledger
        self.place = Place(code, retry, idle)
        self.connected = True
        self.end = 0
        self.identity, self.window = identity, window
        self.pacer, self.payload = pacer, payload
        self.wire, self.series = wire, series
        self.judge = judge
        self.ordered = ordered
        self._matcher = Matcher(ledger, judge, identity=identity, numbered=wire.numbered, ordered=ordered)
        self._stop = NEVER
        self.ordinal = 0  # of the last request that was due, sent or not
        self._begun = self.leaving = False
        self.has_ended = False  # nothing more is due
        # Until then no deadline, no end and no turn of the place passes; and nothing is sent but requests of one phase.
        self._calm_until = self.plain_until = 0
        self._numbered, self.overhead = wire.numbered, wire.overhead
        self._ask_for = wire.request

    # Phases

    def begin(self, start: int, measure_from: int, end: int, renew_at: int | None = None) -> None:
        """The load begins at `start`; from `measure_from` on it counts; at `end` no more is due.

        A place is asked for again at `renew_at`: it may have expired while there was nothing to do.
        """
        self.ledger.measure_from = measure_from
        self.end = min(end, self._stop)
        self._begun = True
        self._look_anew()
        if renew_at is not None and self.needs_place:
            self.place.renew(renew_at)
        self.pacer.begin(start)

    def leave(self, now: int) -> None:
        """Make nothing more due; what is in flight is waited for. Whoever takes the place then calls `succeed`."""
        self.pass_time(now)
        self.leaving = True
        self._look_anew()
        if self.needs_place and not self.ordered:  # the end of a stream says it by itself
            self.place.owe_farewell()

    def succeed(self, old: Client, now: int) -> None:
        """Take over from `old`, which leaves: its due times and its payloads go on with this client."""
        self.ledger.measure_from = old.ledger.measure_from
        self.end = min(old.end, self._stop)
        self._begun = True
        self._look_anew()
        self.pacer = old.pacer.heir(now)
        self.payload, self.ordinal = old.payload, old.ordinal

    def stop(self, now: int) -> None:
        """Nothing more is due from now on, nor when the client has yet to begin, or to succeed another."""
        self._stop = min(self._stop, now)
        self.end = min(self.end, now)
        self._look_anew()

    def finish(self, now: int) -> None:
        """The run is over: every request gets its outcome."""
        self.skip_due(now)
        self.ledger.finish(now)

    @property
    def finished(self) -> bool:
        """The load has ended, nothing is due any more, and nothing is waited for. One who leaves waits for nothing that
        is past its timeout, but for the answer to its good-bye, while the load lasts and others may need its place.
        """
        if self.leaving:
            return self.has_parted and (self.has_ended or not self.connected or not self.place.owes_farewell)
        if not self.has_ended or self.ledger.in_flight or self.ledger.overdue:
            return False
        return self._next_due() == NEVER or not (self.registered and self.connected)

    @property
    def has_parted(self) -> bool:
        """It leaves, and the server was told so, or need not be: another may ask for its place."""
        if not self.leaving or self.ledger.in_flight:
            return False
        return self.place.has_said_farewell or not self.place.owes_farewell or not self.connected

    # Sending

    def take(self, now: int) -> Request | None:
        """The next message to send at `now`, or None; to be called until it is None."""
        if now >= self.plain_until:
            self.pass_time(now)
            if now >= self.plain_until:
                return self._take_with_care(now)
        pacer = self.pacer
        due = pacer.due
        if due > now or due >= self.end:
            return None
        if len(self.ledger.in_flight) < self.window:
            pacer.take()
            return self._request(due, now)
        return None if pacer.waits else self._take_due(now)

    def _take_with_care(self, now: int) -> Request | None:
        """As `take`, when something else than a request may have to be sent, or nothing."""
        if not self.connected:
            self.skip_due(now)
            return None
        if self.leaving:
            return self._farewell(now)
        if not self.place.registered:
            self.skip_due(now)
            return self._ask(now)
        # No request waits for the answer; and where some were skipped, the next may be one to ask for first.
        return self._ask_again(now) or self._take_due(now) or self._ask_again(now)

    def _ask_again(self, now: int) -> Request | None:
        """The question of one that has a place, when it is time for it."""
        is_time = now >= self.place.look_at and self.place.is_time_to_ask(self.due_at(), now)
        return self._ask(now) if is_time else None

    def _take_due(self, now: int) -> Request | None:
        """The next request that is due and finds room; those that find none are skipped."""
        pacer, in_flight = self.pacer, self.ledger.in_flight
        while (due := pacer.due) <= now and due < self.end:
            if pacer.waits and self.has_ended:
                pacer.take()  # it had no chance before the end, and waits for no one
                continue
            if len(in_flight) < self.window:
                pacer.take()
                return self._request(due, now)
            if pacer.waits:
                return None
            self._skip(due)
        return None

    def wake_at(self) -> int | None:
        """When `take` may have something to do if nothing arrives before; None when only an arrival can change that."""
        due = self.due_at()
        times = [due, self.ledger.next_deadline(), self.end if self._begun and not self.has_ended else None]
        if self.leaving:
            if self.connected and self.place.owes_farewell and not self.ledger.in_flight:
                times.append(self.place.farewell_at)
        elif self._may_ask(ask_at := self.place.wake_at(due, self.connected)):
            times.append(ask_at)
        return min((time for time in times if time is not None), default=None)

    def look_at(self) -> int:
        """When to ask `take` again if nothing arrives before: as `wake_at`, or earlier, and for a fifth of its cost."""
        calm_until = self.plain_until
        if not calm_until:
            wake = self.wake_at()
            return NEVER if wake is None else wake
        due = self.pacer.due
        return due if due < calm_until and due < self.end else calm_until

    def due_at(self) -> int | None:
        """When the next request is due, if that is known and it can be sent then."""
        due = self._next_due()
        return due if due != NEVER and self.registered and self.connected else None

    # Arrivals

    def receive(self, reply: Message, now: int, number: int | None = None) -> Outcome | None:
        """A message came; gives the outcome of the request that it settles, if any.

        `number` names the request when the connection serves that one alone.
        """
        if now >= self._calm_until:
            self.pass_time(now)
        kind, client, named, received, payload, highest, seen = reply
        if kind == _REPLY and number is None and client == self.identity and self._numbered:
            # Nearly always: the answer to a request in flight. `_receive_any` says the same of it, at twice the cost.
            pending = self.ledger.in_flight.get(named)
            if pending is not None and self.judge(pending.request, payload, self.place.number) is _OK:
                self.place.refusal = None
                if self.place.number is not None:
                    self.place.heard(pending.sent)
                self.ledger.answer(pending, now, len(payload) + self.overhead, received, highest, seen)
                self.pacer.freed(now)
                return _OK
        return self._receive_any(reply, now, number)

    def _receive_any(self, reply: Message, now: int, number: int | None) -> Outcome | None:
        ledger, matcher, place = self.ledger, self._matcher, self.place.number
        size = len(reply.payload) + self.overhead
        if reply.kind != _REPLY and self._numbered and self._is_aside(reply, now):
            return None
        pending, outcome = matcher.match(reply, number, place)
        if pending is None:
            ledger.book(now).bytes_received += size
            named = reply.number if reply.client == self.identity else 0
            ledger.unmatched(named if self._numbered else number or 0, now)
            if not self._numbered and self.judge(b"", reply.payload, None) is _REFUSED:
                self._heed(reply, _REFUSED)  # a server without room says so before it is asked
            return None
        if outcome is Outcome.CORRUPT and matcher.is_copy(reply, place):
            ledger.book(now).bytes_received += size
            ledger.unmatched(ledger.next_number - 1, now)
            return None
        ledger.book(pending.due).bytes_received += size
        if number is None and self._numbered:
            ledger.hear(pending, now, reply.received, reply.highest, reply.seen)
        self._heed(reply, outcome)
        if outcome is _OK and place is not None:
            self.place.heard(pending.sent)
        in_window = pending.number in ledger.in_flight
        if in_window and number is None:
            matcher.doubt(reply, place)
        settled = ledger.settle(pending, now, outcome)
        if settled is _OK:
            matcher.note(pending)
        if in_window:
            self.pacer.freed(now)
        return settled

    @property
    def ambiguous(self) -> int:
        """Replies that might as well have answered an earlier request."""
        return self._matcher.ambiguous

    @property
    def needs_place(self) -> bool:
        """Whether the client asks for a place before it makes requests."""
        return self.place.code is not None

    @property
    def registered(self) -> bool:
        """Whether the client may make requests: it has a place, or needs none."""
        return self.place.registered

    @property
    def has_place(self) -> bool:
        """Whether the server serves this client, as far as the client knows."""
        return self.place.registered and self.place.refusal is None

    def _is_aside(self, reply: Message, now: int) -> bool:
        """Whether it is no reply to a request; what it says about the place is heeded."""
        if reply.kind not in ABOUT_PLACES or (reply.kind == _REJECTED and reply.number):
            return False
        self._look_anew()
        if reply.client != self.identity:
            self.ledger.unmatched(0, now)
        elif self.place.hear(reply):
            self.skip_due(now)
        return True

    def _heed(self, reply: Message, outcome: Outcome) -> None:
        """Remember why a server would not serve this client, until it does."""
        if outcome is _REFUSED:
            self.place.refuse(reply.payload)
        elif outcome is _OK:
            self.place.refusal = None

    def pass_time(self, now: int) -> None:
        """Let deadlines, and the end, pass that lie before `now`."""
        self.has_ended = self.has_ended or (self._begun and now >= self.end)
        if now >= self.place.turn:
            self.place.pass_time(now)
        for _ in range(self.ledger.expire(now)):
            self.pacer.freed(now)
        deadline = self.ledger.next_deadline()
        calm = self.place.turn if deadline is None else min(deadline, self.place.turn)
        if self.has_ended or not self._begun:
            self._calm_until, self.plain_until = calm, 0
            return
        self._calm_until = calm = min(calm, self.end)
        may_ask = self.connected and self.place.registered and not self.leaving
        phase_ends = self.ledger.measure_from if now < self.ledger.measure_from else NEVER
        self.plain_until = min(calm, self.place.look_at, phase_ends) if may_ask else 0

    def _look_anew(self) -> None:
        """Something changed that decides what is sent, and when."""
        self._calm_until = self.plain_until = 0

    # Faults

    def connect(self, now: int) -> None:
        """A new connection stands. What was due without one was skipped; a place was lost with the old one."""
        if not self.connected:
            self.skip_due(now)
            self.place.forget(now)
        self.connected = True
        self._look_anew()
        self.ledger.receipts.restart(self.ledger.next_number)

    def disconnect(self, now: int, outcome: Outcome) -> None:
        """The connection is gone; what was in flight ends as `outcome`."""
        self.pass_time(now)
        for _ in range(self.ledger.end_all(now, outcome)):
            self.pacer.freed(now)
        self.connected = False
        self._look_anew()

    def refuse(self, now: int) -> None:
        """The peer's host refused a datagram (ICMP port unreachable). Errors come in order: the oldest in flight."""
        for pending in self.ledger.in_flight.values():
            self.end_request(pending.number, now, Outcome.REFUSED)
            return

    def end_request(self, number: int, now: int, outcome: Outcome) -> None:
        """Request `number` was refused, or not sent at all. One that is overdue already was lost before."""
        ledger = self.ledger
        if (pending := ledger.in_flight.get(number)) is not None:
            ledger.end(pending, now, outcome)
            self.pacer.freed(now + PAUSE)
        elif (pending := ledger.overdue.get(number)) is not None:
            ledger.lose(pending)

    def skip_due(self, now: int) -> None:
        """Requests that became due before `now` and could not be sent are skipped; a closed client has none."""
        while not self.pacer.waits and (due := self._next_due()) < now:
            self._skip(due)

    # Parts

    def _next_due(self) -> int:
        due = self.pacer.due if self._begun and not self.leaving else NEVER
        return due if due < self.end else NEVER

    def _skip(self, due: int) -> None:
        self.pacer.take()
        self.ordinal += 1
        self.payload(self.ordinal)  # what is skipped is skipped whole: what is due says the same on every run
        self.ledger.skip(due)

    def _request(self, due: int, now: int) -> Request:
        ledger = self.ledger
        number = ledger.next_number
        self.ordinal += 1
        payload = self.payload(self.ordinal)
        data = self._ask_for(_REQUEST if due >= ledger.measure_from else _WARMUP, self.identity, number, payload)
        ledger.send(due, now, payload, len(data))
        deadline = now + ledger.timeout
        if deadline < self._calm_until:
            self._calm_until = deadline + 1
            if deadline < self.plain_until:
                self.plain_until = deadline + 1
        return _new(Request, (number, data))

    def _ask(self, now: int) -> Request | None:
        place = self.place
        if now < place.ask_at or place.code is None:
            return None
        if not self._may_ask(now):
            place.ask_at = now  # too late, and for good: nobody need wake to ask
            return None
        place.ask(now)
        return Request(0, self.wire.encode(Message(Kind.REGISTER, self.identity, 0, 0, place.code)))

    def _farewell(self, now: int) -> Request | None:
        """Good-bye, so that the server gives the place to another; not while it still owes an answer."""
        if not self.ledger.in_flight and self.place.say_farewell(now):
            return Request(0, self.wire.encode(Message(Kind.LEAVE, self.identity, 0, 0, b"")))
        return None

    def _may_ask(self, when: int) -> bool:
        """A place is asked for until the load ends."""
        return when < (self.end if self._begun else NEVER)
