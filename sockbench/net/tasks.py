"""The driver `tasks`: one Trio task a client, over any link.

It asks the client machine what to send, hands it what arrives, and tells it the time. Everything else - what is due,
what a reply means, how a request ends - is decided in `sockbench.load.client`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from sockbench.errors import BadMessage
from sockbench.load.client import Client
from sockbench.load.request import Request
from sockbench.load.stamps import Stamps
from sockbench.model.message import Decoder, Format
from sockbench.model.outcome import Outcome
from sockbench.net.clock import Clock
from sockbench.net.links import Link
from sockbench.wire import Greeted, Repeated

Dial = Callable[[], Awaitable[Link]]
"""Opens a new link; OSError when there is no way."""

_ANSWERED = (Outcome.OK, Outcome.LATE)
TURN = 32
"""Messages that one client may handle before the others get their turn."""
FIRST_PAUSE = 10_000_000
LONGEST_PAUSE = 1_000_000_000
"""Between attempts to connect again, in nanoseconds; doubled each time."""
ATTEMPTS = 3
"""To send a datagram, after the first: each may be told the refusal of an earlier one instead."""
PATIENCE = 5.0
"""Seconds that an attempt to connect again may take: the kernel's own tries grow rarer and rarer."""
LINGERING = 8
"""Connections of one client that may wait for a late reply, when each request has its own."""


class Driver:
    """What drives one client: its machine, a clock, how it gets links, and `stamps` where the links take them."""

    __slots__ = (
        "_alarm",
        "_answered",
        "_has_parted",
        "_is_unheard",
        "_nap",
        "_parted",
        "_pause",
        "_stamps",
        "_was_reset",
        "client",
        "clock",
        "dial",
        "finished_at",
        "greeting",
        "kernel_drops",
        "linger",
        "wire",
    )

    def __init__(
        self,
        client: Client,
        wire: Format,
        clock: Clock,
        dial: Dial,
        greeting: bytes = b"",
        stamps: Stamps | None = None,
    ) -> None:
        self.client = client
        self.wire = wire
        self.clock = clock
        self.dial = dial
        self.greeting = greeting
        self._nap: trio.CancelScope | None = None
        self._alarm = 0  # the due time that the alarm was set to last
        # Datagrams that found no room in this client's sockets; None when the kernel does not say.
        self.kernel_drops: int | None = 0
        self._stamps = stamps
        self._answered = False  # any request, on the link of now
        self._was_reset = False
        self._is_unheard = False  # the last attempt to connect brought nothing
        self._pause = FIRST_PAUSE  # before the next one, then
        self.linger = 0  # nanoseconds to listen on for further replies, once every request has its outcome
        self.finished_at: int | None = None  # when that was
        self._has_parted = False
        self._parted: trio.Event | None = None  # made for who waits for it: hardly anybody

    async def parted(self) -> None:
        """Wait until the client, who leaves, has told the server, or is gone: its place may be asked for."""
        if self._parted is None:
            self._parted = trio.Event()
            if self._has_parted:
                self._parted.set()
        await self._parted.wait()

    def _part(self) -> None:
        self._has_parted = True
        if self._parted is not None:
            self._parted.set()

    def new_decoder(self) -> Decoder:
        """A decoder for one stream, past the words that the server says first."""
        decoder = self.wire.decoder()
        return Greeted(decoder, self.greeting) if self.greeting else decoder

    def nudge(self) -> None:
        """Something changed that the client should look at now: wake it."""
        if self._nap is not None:
            self._nap.cancel()

    def _set_alarm(self) -> None:
        """A request that will be due should leave when it is."""
        due = self.client.due_at()
        if due is not None and due != self._alarm:
            self._alarm = due
            self.clock.alarm(due)

    async def nap(self, until: int | None, wait: Callable[[], Awaitable[None]] = trio.sleep_forever) -> None:
        """Wait for `wait`, for the time `until`, or for a nudge."""
        with trio.CancelScope(deadline=self.clock.deadline(until)) as self._nap:
            await wait()
        self._nap = None

    def is_over(self) -> bool:
        """Every request has its outcome, and nothing is listened for any more."""
        client = self.client
        if client.leaving and client.has_parted:
            self._part()
        if not client.finished:
            return False
        now = self.clock.now()
        if self.finished_at is None:
            self.finished_at = now
        return now >= self.finished_at + self.linger

    def wake_at(self) -> int | None:
        """When the client must be looked at if nothing comes before; None when only an arrival can change anything."""
        return self.client.wake_at() if self.finished_at is None else self.finished_at + self.linger

    # One link for all requests

    async def drive(self, link: Link, until: Callable[[], bool]) -> Outcome | None:
        """Drive the client over `link` until `until()`. Gives how its requests end if the link broke, else None."""
        decoder = self.begin_link(link)
        turn = 0
        while True:
            self.send_due(link)
            if until():
                return None
            turn += 1
            try:
                data = link.poll()
            except OSError as error:
                if (broken := self.fail(link, error)) is not None:
                    return broken
            else:
                if data is None:
                    self._set_alarm()
                    await self.nap(self.wake_at(), link.readable)
                    turn = 0
                elif (broken := self.take_in(decoder, data)) is not None:
                    return broken
            if turn >= TURN:
                await trio.lowlevel.checkpoint()
                turn = 0

    def begin_link(self, link: Link) -> Decoder | None:
        """A link stands; gives the decoder of its stream, None for datagrams."""
        self._answered = self._was_reset = False
        return self.new_decoder() if link.stream else None

    def take_in(self, decoder: Decoder | None, data: bytes, number: int | None = None) -> Outcome | None:
        """A datagram, or a piece of a stream, came. Gives how the requests end if the link is broken.

        `number` names the request when the link serves that one alone.
        """
        client, now = self.client, self.clock.now()
        try:
            for message in (self.wire.datagram(data),) if decoder is None else decoder.feed(data):
                if client.receive(message, now, number) in _ANSWERED:
                    self._answered = True
        except Repeated:
            return None  # a copy of what was heard before, which is no reply
        except BadMessage:
            client.ledger.unmatched(0, now)
            if decoder is None:
                return None
            if not self._answered:
                client.place.refuse(data)  # a server without room says so in plain words
            return Outcome.FAILED  # a stream cannot go on
        if decoder is None or data:
            return None
        return Outcome.REFUSED if self._was_reset and not self._answered else Outcome.FAILED

    def fail(self, link: Link, error: OSError) -> Outcome | None:
        """Reading gave `error`. Gives how the requests end if the link is broken."""
        if link.stream:
            reset = isinstance(error, ConnectionError) and not self._answered
            return Outcome.REFUSED if reset else Outcome.FAILED
        self.client.refuse(self.clock.now())  # an ICMP error: the port, the host or the way refuses
        return None

    def send_due(self, link: Link) -> None:
        """Send what is due, at most a turn's worth of it."""
        for _ in range(TURN):
            if not self.send_next(link):
                return

    def send_next(self, link: Link) -> bool:
        """Send one request that is due. False when there is none, or no way to send it."""
        client = self.client
        request = client.take(self.clock.now())
        if request is None:
            return False
        if self._stamps is not None:
            self._stamps.number = request.number
        try:
            link.send(request.data)
        except OSError as error:
            return self.not_sent(link, request, error)
        return True

    def not_sent(self, link: Link, request: Request, error: OSError) -> bool:
        """Sending `request` gave `error`. False when the link is at its end."""
        if not link.stream:
            self._send_again(link, request, error)
        elif isinstance(error, ConnectionError):
            self._was_reset = True  # what the stream still holds is read first, then `poll` says that it ended
            return False
        else:
            self.client.end_request(request.number, self.clock.now(), Outcome.FAILED)
        return True

    def _send_again(self, link: Link, request: Request, error: OSError) -> None:
        """A datagram was not sent. The error may be about an earlier one, which was refused on its way (ICMP): the
        system tells that once, instead of sending, and the next attempt succeeds.
        """
        client = self.client
        for _ in range(ATTEMPTS):
            try:
                link.send(request.data)
            except OSError as another:
                if not isinstance(another, ConnectionRefusedError):
                    break
                self._refuse_before(request)
            else:
                self._refuse_before(request)
                return
        if isinstance(error, ConnectionRefusedError):
            self._refuse_before(request)
        client.end_request(request.number, self.clock.now(), Outcome.FAILED)

    def _refuse_before(self, request: Request) -> None:
        """The oldest in flight is refused, unless it is `request`, which has not left yet."""
        if next(iter(self.client.ledger.in_flight), request.number) != request.number:
            self.client.refuse(self.clock.now())

    async def prepare(self, link: Link, patience: float) -> bool:
        """Have the client registered, within `patience` seconds. False when the link broke meanwhile."""
        client = self.client
        client.connect(self.clock.now())
        broken = None
        with trio.move_on_after(patience):
            broken = await self.drive(link, until=lambda: client.registered or client.place.refusal is not None)
        return broken is None

    async def run(self, link: Link | None) -> None:
        """Drive the client to its end; a broken connection is made anew."""
        try:
            while link is not None or (link := await self.relink()) is not None:
                broken = await self.drive(link, until=self.is_over)
                if broken is None:
                    return
                self.break_off(link, broken)
                link = None
        finally:
            self._part()
            if link is not None:
                self.close(link)

    def break_off(self, link: Link, outcome: Outcome) -> None:
        """The link is broken; what was in flight ends as `outcome`."""
        link.close()
        self.client.disconnect(self.clock.now(), outcome)
        if self._answered:
            self._pause = FIRST_PAUSE
        else:
            self._is_unheard = True

    async def relink(self) -> Link | None:
        """A new link, for a client that has none; None when nothing more is to be done."""
        client, clock = self.client, self.clock
        while not self.is_over():
            if self._is_unheard:
                # No way to the server, or one that it closed without a word: it is not stormed.
                await self.nap(clock.now() + self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                client.skip_due(clock.now())
                self._is_unheard = False
                continue
            if clock.now() >= client.end:
                return None
            link = await self._redial()
            if link is not None:
                client.connect(clock.now())
                return link
            self._is_unheard = True
        return None

    def close(self, link: Link) -> None:
        """Count what the kernel dropped at `link`, and give it back."""
        drops = link.drops()
        self.kernel_drops = None if drops is None or self.kernel_drops is None else self.kernel_drops + drops
        link.close()

    async def _redial(self) -> Link | None:
        with trio.move_on_after(PATIENCE):
            try:
                return await self.dial()
            except OSError:
                return None
        return None

    # One connection a request

    async def run_per_request(self) -> None:
        """Drive the client to its end, with a TCP connection for each request."""
        client, clock = self.client, self.clock
        client.connect(clock.now())
        lingering: dict[int, trio.CancelScope] = {}
        async with trio.open_nursery() as nursery:
            while True:
                while (request := client.take(clock.now())) is not None:
                    scope = lingering[request.number] = trio.CancelScope()
                    nursery.start_soon(self._exchange, request, scope, lingering)
                for number in list(client.ledger.overdue)[:-LINGERING]:
                    lingering[number].cancel()
                if self.is_over():
                    return
                self._set_alarm()
                await self.nap(client.wake_at())

    async def _exchange(
        self, request: Request, scope: trio.CancelScope, lingering: dict[int, trio.CancelScope]
    ) -> None:
        """One request on a connection of its own."""
        client, clock, number = self.client, self.clock, request.number
        link: Link | None = None
        outcome = Outcome.FAILED
        try:
            with scope:
                link = await self.dial()
                link.send(request.data)
                await self._await_reply(link, number)
        except (ConnectionRefusedError, ConnectionResetError):
            outcome = Outcome.REFUSED
        except OSError:
            outcome = Outcome.FAILED
        finally:
            if link is not None:
                link.close()
            del lingering[number]
        if client.ledger.pending(number) is not None:
            client.end_request(number, clock.now(), outcome)
        self.nudge()

    async def _await_reply(self, link: Link, number: int) -> None:
        """Read until request `number` has its outcome, or the peer closes."""
        decoder = self.new_decoder()
        while self.client.ledger.pending(number) is not None:
            data = link.poll()
            if data is None:
                await link.readable()
            elif self.take_in(decoder, data, number) is not None:
                return
