"""The driver `lanes`: one Trio task drives the plain sockets of many clients through one readiness set. Linux only.

It decides when to look at which client, and nothing else: what is due and what a reply means is the client machine's
affair, what a broken link means is that of the driver `tasks`, whose steps it takes. Between two looks at the sockets
it never holds up Trio's other tasks for longer than about a millisecond.
"""

from __future__ import annotations

import ctypes
import heapq
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from sockbench.load.place import NEVER
from sockbench.load.rally import rally_of
from sockbench.load.request import Request
from sockbench.model.outcome import Outcome
from sockbench.net.alarm import Timer
from sockbench.net.clock import Clock
from sockbench.net.lane_driver import LaneDriver
from sockbench.net.links import PIECE, Link, TcpLink, UdpLink
from sockbench.net.tasks import TURN
from sockbench.net.turns import EVENTS, MOMENT, YIELD, ReadySet

if TYPE_CHECKING or sys.platform == "linux":
    from select import EPOLLIN

AHEAD = 500_000
"""Nanoseconds before a due time at which the lane is awake; from there on it waits by itself, since Trio's loop takes
some 50 us to wake a task."""
POLLED = 50_000
"""Nanoseconds before a due time from which the lane polls, instead of sleeping: a sleeper is woken late by so much."""
IDLE = 60_000
"""Nanoseconds before a due time from which on no moment is idle. Of 10,000 requests a second, those at p99 left 225 to
540 us late when rows were folded 256 at once and at no other time, 27 to 55 us since idle moments fold them."""
RALLYING = 4096
"""Clients of a lane that may rally, if there are no more of them. A rally takes 1.6 KB, and of 10,000 none is in the
processor's cache any more when the next reply comes: a request takes 22 to 25 us instead of 17. Of 4,000, 14.5 instead
of 16."""
_A_TURN = range(TURN)  # to make one takes 60 ns
_PR_SET_TIMERSLACK = 29
_EXACT = 1  # nanosecond: the kernel may wake a thread late by its slack, which is 50 us by default


class Lane:
    """All the clients that one task drives."""

    def __init__(self, clock: Clock, ease: Callable[[], bool] = lambda: False) -> None:
        """`ease` is called in idle moments, to do at once what it takes some tens of microseconds to do; it gives
        whether it did anything.
        """
        self._ease = ease
        self._clock, self._now = clock, clock.now
        self._ready = ReadySet()
        self._timer = Timer()
        self._ready.sockets.register(self._timer.descriptor, EPOLLIN)
        self._drivers: dict[int, LaneDriver] = {}  # those that have a link, by its descriptor
        self._calendar: list[tuple[int, int, LaneDriver]] = []  # a heap: when to look at whom; see `_enter`
        self._entries = 0
        self._yielded = 0  # when Trio's other tasks had their turn
        self._left = 0  # clients that are not at their end

    def look_at(self, driver: LaneDriver) -> None:
        """Look at `driver` as soon as may be."""
        if driver.link is not None:
            self._enter(driver, self._clock.now())
            self._timer.set(1)

    async def run(self, boarding: list[tuple[LaneDriver, Link | None]]) -> None:
        """Drive the clients of `boarding`, over the links that they have, to their end; broken links are made anew."""
        _wake_exactly()
        self._left = len(boarding)
        if self._left > RALLYING:
            for driver, _ in boarding:
                driver.may_rally = driver.plays_volleys = False
        try:
            async with trio.open_nursery() as nursery:
                for driver, link in boarding:
                    if link is None:
                        nursery.start_soon(self._relink, driver)
                    else:
                        self._put(driver, link)
                await self._loop(nursery)
        finally:
            for driver in list(self._drivers.values()):
                self._part(driver)
            self._ready.close()
            self._timer.close()

    # The hot loop

    async def _loop(self, nursery: trio.Nursery) -> None:
        """Serve what is ready, look at whom it is time to look at, and wait when there is neither."""
        now, poll, calendar, drivers = self._clock.now, self._ready.sockets.poll, self._calendar, self._drivers
        timer = self._timer.descriptor
        was_called = False  # by its own sockets or a neighbour's
        while self._left:
            events = poll(0, EVENTS)
            for descriptor, _ in events:
                if descriptor == timer:
                    self._timer.clear()
                    continue
                driver = drivers[descriptor]
                if driver.plays_volleys:
                    self._serve_volleys(driver)
                    continue
                if (rally := driver.rally) is None:
                    self._serve(driver, nursery)
                    continue
                # What `_serve` and `_step` do for a plain client that gets the reply it waits for, nearly every
                # one: 1.5 us without system calls instead of 3.7. The calendar need not know: a rally only makes it
                # later when the client is to be looked at.
                request = None
                try:
                    data = driver.receive(PIECE)
                    request = rally.answer(data, now())
                    if request is not None:
                        rally.sent = now()
                        driver.send(request)
                        continue
                except BlockingIOError:
                    continue
                except OSError as error:
                    self._miss(driver, error, request, nursery)
                else:
                    self._miss(driver, data, None, nursery)
            moment = now()
            for _ in range(EVENTS):
                if not calendar or calendar[0][0] > moment:
                    break
                when, _, driver = heapq.heappop(calendar)
                if when == driver.wake and driver.link is not None:
                    driver.wake = NEVER
                    self._step(driver)
            if now() - self._yielded > YIELD or (was_called and not events):
                await trio.lowlevel.checkpoint()
                was_called, self._yielded = False, now()
            else:
                was_called = not events and bool(self._left) and await self._wait()

    def _serve(self, driver: LaneDriver, nursery: trio.Nursery) -> None:
        """A socket is ready: read what may be there, then send what that made due."""
        receive, decoder, in_flight = driver.receive, driver.decoder, driver.in_flight
        data = b""
        for _ in _A_TURN:
            try:
                data = receive(PIECE)
            except BlockingIOError:
                break
            except OSError as error:
                assert driver.link is not None
                broken = driver.fail(driver.link, error)
            else:
                broken = driver.take_in(decoder, data)
            if broken is not None:
                self._break(driver, broken, nursery)
                return
            # To read when nothing is awaited would cost 1.3 us, for an exception, to learn nothing; what is left in
            # the socket keeps it ready.
            if not in_flight:
                break
        self._step(driver)
        if driver.may_rally and data and driver.link is not None:
            driver.rally = rally_of(driver.client, data)

    def _serve_volleys(self, driver: LaneDriver) -> None:
        """As `_serve`, for a plain client with a window over UDP: replies are read in bulk, until there is none, and
        what they make due leaves at once.
        """
        link, now, bulks = driver.link, self._now, list[tuple[int, list[bytes]]]()
        assert isinstance(link, UdpLink)
        fault = None
        for _ in _A_TURN:
            try:
                bulk = link.receive_bulk()
            except BlockingIOError:
                break
            except OSError as error:
                fault = error
                break
            bulks.append((now(), bulk))
        rest = driver.return_volley(link, bulks)
        if rest is None and fault is None:
            return
        driver.end_rally()
        for data in rest or ():
            driver.take_in(None, data)
        if fault is not None:
            driver.fail(link, fault)
        self._step(driver)
        if rest and driver.link is not None:
            driver.rally = rally_of(driver.client, rest[-1])

    def _miss(self, driver: LaneDriver, came: bytes | OSError, request: bytes | None, nursery: trio.Nursery) -> None:
        """In a rally, another thing came than was to be expected, or `request` could not be sent: ask the client."""
        rally, link = driver.rally, driver.link
        assert link is not None
        driver.end_rally()
        if isinstance(came, bytes):
            broken = driver.take_in(driver.decoder, came)
        elif request is None:
            broken = driver.fail(link, came)
        else:
            broken = None
            assert rally is not None
            driver.not_sent(link, Request(rally.number, request), came)
        if broken is not None:
            self._break(driver, broken, nursery)
            return
        self._step(driver)
        if isinstance(came, bytes) and driver.link is not None:
            driver.rally = rally_of(driver.client, came)

    def _break(self, driver: LaneDriver, broken: Outcome, nursery: trio.Nursery) -> None:
        """The link is broken: requests end as `broken`, and there is to be another one."""
        link = driver.link
        assert link is not None
        self._forget(driver)
        driver.break_off(link, broken)
        nursery.start_soon(self._relink, driver)

    def _step(self, driver: LaneDriver) -> None:
        """Send what is due, and see when to look again."""
        driver.end_rally()
        client, link = driver.client, driver.link
        assert link is not None
        for _ in _A_TURN:
            is_sent = driver.send_next(link)
            wake = client.look_at()
            # When the next is due must be known anyway, and takes a third of asking for it in vain.
            if not is_sent or wake > self._now():
                break
        if (client.has_ended or client.leaving) and client.finished:
            if driver.is_over():
                self._part(driver)
                self._left -= 1
                return
            assert driver.finished_at is not None
            wake = driver.finished_at + driver.linger
        if wake < driver.wake:
            self._enter(driver, wake)

    def _enter(self, driver: LaneDriver, when: int) -> None:
        """Look at `driver` at `when`. An entry that an earlier one overtook stays, and is passed over when it comes."""
        driver.wake = when
        self._entries += 1  # so that no two drivers are ever compared
        heapq.heappush(self._calendar, (when, self._entries, driver))
        if len(self._calendar) > 2 * len(self._drivers) + EVENTS:
            self._calendar[:] = [entry for entry in self._calendar if entry[0] == entry[2].wake]
            heapq.heapify(self._calendar)

    # Waiting

    async def _wait(self) -> bool:
        """Until a socket is ready or it is time to look at someone. Gives whether a neighbour may be waiting."""
        now = self._clock.now()
        gap = self._calendar[0][0] - now if self._calendar else NEVER
        if gap <= POLLED:
            return False
        if gap < YIELD:
            if gap > IDLE and self._ease():
                return False
            return self._ready.wait_here(gap - POLLED)
        if self._ready.wait_here(MOMENT):
            return True
        if self._ease():
            return False
        self._timer.set(now + gap - AHEAD)
        await self._ready.wait()
        self._yielded = self._clock.now()
        return False

    # Links come and go

    def _put(self, driver: LaneDriver, link: Link) -> None:
        """`driver` has a link."""
        assert isinstance(link, UdpLink | TcpLink)
        driver.link, driver.receive, driver.send = link, link.receive, link.send
        driver.decoder = driver.begin_link(link)
        if driver.plays_volleys and isinstance(link, UdpLink):
            link.take_bulks()
        self._drivers[link.socket.fileno()] = driver
        self._ready.sockets.register(link.socket, EPOLLIN)
        self._enter(driver, self._clock.now())

    def _forget(self, driver: LaneDriver) -> None:
        assert driver.link is not None
        self._ready.sockets.unregister(driver.link.socket)
        del self._drivers[driver.link.socket.fileno()]
        driver.end_rally()
        # The methods would keep the socket.
        driver.link, driver.receive, driver.send, driver.decoder = None, bytes, bytes, None
        driver.wake = (
            NEVER  # else its entry would stay, and among many such each new one would have them all gone through
        )

    def _part(self, driver: LaneDriver) -> None:
        """`driver` needs its link no more."""
        link = driver.link
        assert link is not None
        self._forget(driver)
        driver.close(link)

    async def _relink(self, driver: LaneDriver) -> None:
        """Have `driver` connected again, if its end does not come first."""
        link = await driver.relink()
        if link is None:
            self._left -= 1
        else:
            self._put(driver, link)
        self._timer.set(1)


def _wake_exactly() -> None:
    """Ask the kernel not to wake this thread late for the sake of a common wake-up."""
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, _EXACT)
