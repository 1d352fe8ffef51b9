"""The clients of a one-group plan on real sockets, driven by either driver, as a worker drives them."""

from __future__ import annotations

import sys
from functools import partial

import pytest
import trio

from sockbench.load.arrivals import NS
from sockbench.net.addresses import Endpoint
from sockbench.net.buffers import backlog_room
from sockbench.net.clock import MonotonicClock
from sockbench.net.lanes import Lane, LaneDriver
from sockbench.net.links import Fitting, Link, connect
from sockbench.net.tasks import Driver
from sockbench.run.party import Party

DRIVERS = [
    "tasks",
    pytest.param("lanes", marks=pytest.mark.skipif(sys.platform != "linux", reason="lanes need epoll")),
]
REGISTER_PATIENCE = 1.0
ROOM = 4 * 1024 * 1024
"""Bytes of buffer, as far as the system gives them: clients and relay are one process here, so after a pause of this
machine the relay sends all that fell due meanwhile before a client reads any of it."""


class Fleet:
    """The clients of `party` with their drivers. Links write in the background of `nursery`."""

    def __init__(
        self,
        driver: str,
        party: Party,
        endpoint: Endpoint,
        nursery: trio.Nursery,
        *,
        greeting: bytes = b"",
        linger: float = 0.0,
    ) -> None:
        self.clock = MonotonicClock()
        self.lane = Lane(self.clock, self._ease) if driver == "lanes" else None
        self.eased = 0  # times that rows were folded in an idle moment
        self._party = party
        self._links: list[tuple[Driver, Link | None]] = []
        self.drivers: list[Driver] = []
        self.start = self.measure_from = 0
        group = party.group
        fitting = Fitting(
            room=ROOM, backlog=backlog_room(group), options=group.socket, writes=group.writes, witness=party.see_off
        )
        dial = partial(connect, endpoint, group.transport, nursery, fitting)
        for client in party.clients:
            made = (
                LaneDriver(self.lane, client, client.wire, self.clock, dial, greeting)
                if self.lane is not None
                else Driver(client, client.wire, self.clock, dial, greeting)
            )
            made.linger = round(linger * NS)
            self.drivers.append(made)

    def _ease(self) -> bool:
        has_eased = self._party.ease()
        self.eased += has_eased
        return has_eased

    async def open(self) -> None:
        """Connect and register every client that can be."""
        for driver in self.drivers:
            link: Link | None = None
            try:
                link = await driver.dial()
            except OSError:
                pass
            else:
                if not await driver.prepare(link, REGISTER_PATIENCE):
                    link.close()
                    link = None
            self._links.append((driver, link))

    @property
    def links(self) -> list[Link | None]:
        """The first of each client."""
        return [link for _, link in self._links]

    def begin(self, *, warmup: float, duration: float, renew: float | None = None) -> int:
        """Tell every client when its load begins; gives when it ends, in nanoseconds of the clock."""
        self.start = self.clock.now() + 10_000_000
        self.measure_from = self.start + round(warmup * NS)
        end = self.measure_from + round(duration * NS)
        renew_at = None if renew is None else self.start + round(renew * NS)
        for driver in self.drivers:
            driver.client.begin(self.start, self.measure_from, end, renew_at)
        return end

    async def run(self) -> None:
        """Drive every client to its end."""
        async with trio.open_nursery() as nursery:
            if self.lane is not None:
                boarding = [(driver, link) for driver, link in self._links if isinstance(driver, LaneDriver)]
                nursery.start_soon(self.lane.run, boarding)
                return
            for driver, link in self._links:
                nursery.start_soon(driver.run, link)

    def stop(self) -> None:
        """Nothing more is due."""
        for driver in self.drivers:
            driver.client.stop(self.clock.now())
            driver.nudge()
