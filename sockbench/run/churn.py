"""One place of a group whose clients come and go: each is driven on its own socket, the next takes over from it.

The one who leaves makes nothing more due, and stays until it has what it waits for. The load of the place goes on
without a gap, so churn loses no request and offers no other load. When anyone leaves is decided in `load/lives.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import trio

from sockbench.load.client import Client
from sockbench.model.outcome import Outcome
from sockbench.net.links import Link
from sockbench.net.tasks import Driver
from sockbench.run.party import Party

DIAL_PATIENCE = 5.0
"""Seconds that a newcomer may take to connect; the one before stays so long."""
FAREWELL_PATIENCE = 0.2
"""Seconds that a newcomer waits for the one before to say good-bye, which makes room for it at a full server."""
FIRST_PAUSE = 0.005
"""Seconds after which a newcomer that was not let in tries again; doubled each time."""
PLACE_PATIENCE = 0.5
"""Seconds that requests are held back for a newcomer without a place; then it has them, and they are skipped."""


class Seat:
    """A client with its driver, and the word that it is gone."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.gone = trio.Event()

    @property
    def client(self) -> Client:
        """The machine that is driven."""
        return self.driver.client

    @property
    def is_over(self) -> bool:
        """Whether the load has ended, or was stopped."""
        return self.gone.is_set() or self.driver.clock.now() >= self.client.end


class Turnover:
    """One place. `make` gives a newcomer its driver; `drivers` are all that the worker may have to stop, and those of
    the place come and go in it.
    """

    def __init__(
        self,
        party: Party,
        driver: Driver,
        make: Callable[[Client], Driver],
        drivers: set[Driver],
        departures: Iterator[int],
    ) -> None:
        self._party = party
        self._make = make
        self._seat = Seat(driver)
        self._drivers = drivers
        self._departures = departures  # times of the driver's clock

    async def run(self, link: Link | None) -> None:
        """Drive whoever holds the place, to the end of the load."""
        clock = self._seat.driver.clock
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._drive, self._seat, link)
            for departure in self._departures:
                seat = self._seat
                if departure >= seat.client.end or seat.is_over:
                    return
                with trio.CancelScope(deadline=clock.deadline(departure)):
                    await seat.gone.wait()
                if not seat.is_over:
                    await self._hand_over(nursery)

    async def _drive(self, seat: Seat, link: Link | None) -> None:
        await seat.driver.run(link)
        seat.gone.set()
        if seat.client.leaving:
            self._drivers.discard(seat.driver)
            self._party.left(seat.client, seat.driver.clock.now(), seat.driver.kernel_drops)

    async def _hand_over(self, nursery: trio.Nursery) -> None:
        """The one who is there leaves, and a newcomer goes on with its load.

        Who needs no place connects before; who needs one asks for it after the other gave its own back, and requests
        are held back so long.
        """
        old = self._seat
        client, member = self._party.newcomer(old.client)
        new = Seat(self._make(client))
        # By the newcomer's own driver: what reads the kernel's stamps on a link belongs to one client.
        link = None if client.needs_place else await self._dial(new.driver, DIAL_PATIENCE)
        if old.is_over:
            if link is not None:
                link.close()
            return
        now = old.driver.clock.now()
        self._seat = new
        self._party.let_in(client, member, old.client, now)
        self._drivers.add(new.driver)
        old.client.leave(now)
        old.driver.nudge()
        try:
            if new.client.needs_place:
                link = await self._register(old, new)
        finally:  # whatever happens, what is due has its outcome
            now = new.driver.clock.now()
            if link is None:
                new.client.disconnect(now, Outcome.FAILED)
            new.client.succeed(old.client, now)
        nursery.start_soon(self._drive, new, link)

    async def _dial(self, driver: Driver, patience: float) -> Link | None:
        """A link of the newcomer's own; None when there is no way now, and its driver is to find one."""
        with trio.move_on_after(patience):
            try:
                return await driver.dial()
            except OSError:
                return None
        return None

    async def _register(self, old: Seat, new: Seat) -> Link | None:
        """A link over which the newcomer has a place, or goes on asking for one; None when there is no way."""
        with trio.move_on_after(FAREWELL_PATIENCE):
            await old.driver.parted()
        client, driver, pause = new.client, new.driver, FIRST_PAUSE
        deadline = trio.current_time() + PLACE_PATIENCE
        link: Link | None = None
        while (patience := deadline - trio.current_time()) > 0:
            if link is None and (link := await self._dial(driver, patience)) is None:
                return None
            client.place.refusal = None
            try:
                stands = await driver.prepare(link, patience)
            except trio.Cancelled:
                link.close()
                raise
            if stands and client.has_place:
                return link
            client.disconnect(driver.clock.now(), Outcome.FAILED)  # so that it asks at once when it tries again
            if not stands or link.stream:
                link.close()
                link = None
            # Datagrams of another link might get a place for nobody: what was asked on this one is still on its way.
            try:
                await trio.sleep(pause)  # the server may not have seen yet that there is room
            except trio.Cancelled:
                if link is not None:
                    link.close()
                raise
            pause *= 2
        if link is not None:
            client.connect(driver.clock.now())
        return link
