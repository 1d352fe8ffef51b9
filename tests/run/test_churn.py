"""Places whose clients come and go, under a virtual clock: the same load, no failure, and nothing kept of who left."""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Callable

import pytest
import trio
import trio.testing

from sockbench.load.arrivals import NS
from sockbench.load.client import Client
from sockbench.model.result import Counts
from sockbench.net.clock import TrioClock
from sockbench.net.links import Link
from sockbench.net.responder import Responder
from sockbench.net.tasks import Driver
from sockbench.run.churn import Turnover
from sockbench.run.messages import GroupEnd
from sockbench.run.party import Party
from sockbench.services import make_service
from sockbench.services.registry import Registry
from sockbench.wire import FORMATS
from tests.net.links import LossyLink, StreamLink, Weather
from tests.run.plans import plan_of

SERVERS = [
    ("service: echo, transport: udp", ""),
    ("service: echo, transport: tcp", ""),
    ("service: registry, transport: udp, max_clients: 1000", "register: A, "),
    ("service: registry, transport: tcp, max_clients: 1000", "register: A, "),
]


class House:
    """One group of a plan, its server in memory, and what came of it."""

    def __init__(
        self, keys: str, server: str = "service: echo, transport: udp", weather: Weather | None = None
    ) -> None:
        self.plan = plan_of(f"servers:\n  s: {{{server}}}\nclients:\n  - {{server: s, {keys}}}\n")
        (self.group,) = self.plan.groups
        self.responder = Responder(make_service(self.plan.servers[0]))
        self.weather = weather or Weather()
        self.links: list[Link] = []
        self.dialled: list[weakref.ref[Client]] = []  # who made a link for itself
        self.most = 0
        self.linger = 0
        self.longest_lag_s = 0.0
        self.drivers: set[Driver] = set()
        self.party = Party(self.plan, self.group, lambda index: True, 1000)

    async def run(self, duration: float = 20.0, stop: float | None = None) -> tuple[Counts, GroupEnd]:
        clock, party = TrioClock(), self.party
        async with trio.open_nursery() as nursery:

            async def dial() -> Link:
                await trio.sleep(0.003)
                self.links.append(self._link(nursery))
                self.most = max(self.most, len(party.clients))
                return self.links[-1]

            start = clock.now()
            end = start + round(duration * NS)
            places = []

            def make(client: Client) -> Driver:
                async def own_dial() -> Link:
                    self.dialled.append(weakref.ref(client))
                    return await dial()

                driver = Driver(client, FORMATS[self.group.format], clock, own_dial)
                driver.linger = self.linger
                return driver

            for client in party.clients:
                driver = make(client)
                self.drivers.add(driver)
                link = await dial()
                assert await driver.prepare(link, 5.0)
                places.append((driver, link))
            start, end = clock.now(), clock.now() + round(duration * NS)
            with trio.move_on_after(duration + 1):
                async with trio.open_nursery() as clients:
                    for driver, link in places:
                        driver.client.begin(start, start, end)
                        departures = (start + offset for offset in party.departures(driver.client))
                        clients.start_soon(Turnover(party, driver, make, self.drivers, departures).run, link)
                    if stop is not None:
                        await trio.sleep(stop)
                        for driver in self.drivers:
                            driver.client.stop(clock.now())
                            driver.nudge()
            self.ended = (clock.now() - start) / NS
            nursery.cancel_scope.cancel()
        tally, group_end = party.end(clock.now(), 0)
        self.longest_lag_s = tally.lag.max / NS
        return tally.counts(), group_end

    def _link(self, nursery: trio.Nursery) -> Link:
        if self.group.transport == "udp":
            return LossyLink(self.responder, self.weather, nursery, self._peer())
        return StreamLink(self.responder, nursery, breaks_after=10**9, seed=1, peer=self._peer())

    def _peer(self) -> str:
        return f"peer {len(self.links)}"


@pytest.mark.parametrize(("server", "register"), SERVERS)
async def test_an_open_load_is_the_same_with_churn_and_without(
    autojump_clock: trio.testing.MockClock, server: str, register: str
) -> None:
    keys = f"{register}count: 4, arrivals: {{rate: 100/s}}, timeout: 200ms"
    still, nobody = await House(keys, server).run()
    churned, end = await House(f"{keys}, churn: 500ms", server).run()
    assert still == churned == Counts(ok=2000)
    assert nobody.churned == 0
    assert 80 < end.churned < 240  # 160 in the mean, with a deviation of 13


async def test_those_who_leave_are_those_of_the_seed_on_every_transport(autojump_clock: trio.testing.MockClock) -> None:
    keys = "count: 4, arrivals: {rate: 100/s}, churn: 500ms"
    ends = [(await House(keys, server).run())[1].churned for server, register in SERVERS if not register]
    party = House(keys).party
    expected = sum(
        len(list(itertools.takewhile(lambda departure: departure < 20 * NS, party.departures(client))))
        for client in party.clients
    )
    assert ends == [expected, expected]


async def test_closed_clients_go_on_too(autojump_clock: trio.testing.MockClock) -> None:
    still, _ = await House("count: 4, think: 20ms, window: 2, timeout: 200ms").run()
    churned, end = await House("count: 4, think: 20ms, window: 2, timeout: 200ms, churn: 1s").run()
    assert end.churned > 40
    assert churned == Counts(ok=churned.planned)
    assert churned.planned > 0.9 * still.planned


@pytest.mark.parametrize("arrivals", ["arrivals: {rate: 200/s}", "arrivals: closed, window: 3"])
async def test_nothing_disappears_in_bad_weather(autojump_clock: trio.testing.MockClock, arrivals: str) -> None:
    house = House(
        f"count: 4, {arrivals}, timeout: 50ms, churn: 300ms",
        weather=Weather(loss=0.2, duplication=0.2, delay=(0.001, 0.040)),
    )
    counts, end = await house.run()
    assert counts.failed == counts.refused == counts.corrupt == counts.unfinished == 0
    assert counts.sent == sum(link.sent for link in house.links if isinstance(link, LossyLink))
    assert counts.ok > 0
    assert counts.lost > 0
    if "rate" in arrivals:
        assert counts.planned == 4000
        assert counts.skipped == 0
    assert end.churned > 100


async def test_each_newcomer_makes_its_own_link(autojump_clock: trio.testing.MockClock) -> None:
    """What is read on a link besides replies, such as the kernel's stamps, belongs to one client."""
    house = House("count: 4, arrivals: {rate: 100/s}, churn: 500ms")
    first = list(house.party.clients)
    _, end = await house.run()
    assert len(house.dialled) >= end.churned > 0
    assert not any(client() in first for client in house.dialled)  # theirs are made by the test


async def test_those_who_left_are_not_kept(autojump_clock: trio.testing.MockClock) -> None:
    """With garbage collection off, as while measuring: not even a circle of references holds them."""
    house = House("count: 4, arrivals: {rate: 200/s}, timeout: 50ms, churn: 20ms")
    gc.collect()
    gc.disable()
    try:
        counts, end = await house.run()
        alive = sum(isinstance(thing, Client) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert counts == Counts(ok=4000)
    assert end.churned > 3000
    assert house.most < 40
    assert alive < 40
    assert len(house.drivers) <= 4


@pytest.mark.parametrize(("arrivals", "planned"), [("rate: 100/s", 2000), ("every: 4s", 15)])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_full_server_has_room_for_the_newcomer_when_the_one_before_has_left(
    autojump_clock: trio.testing.MockClock, transport: str, arrivals: str, planned: int
) -> None:
    """And it leaves at once, also when it has nothing to do for a long time."""
    house = House(
        f"register: A, count: 3, arrivals: {{{arrivals}}}, churn: 500ms",
        f"service: registry, transport: {transport}, max_clients: 3",
        Weather(delay=(0.005, 0.005)),
    )
    counts, end = await house.run()
    assert end.churned > 60
    assert end.unregistered == 0
    assert counts == Counts(ok=planned)
    assert house.responder.rejected == 0
    assert house.responder.clients_peak == 3


@pytest.mark.parametrize("stop", [0.0, 2.0, 7.3])
async def test_told_to_stop_it_ends_when_the_last_answer_came(
    autojump_clock: trio.testing.MockClock, stop: float
) -> None:
    house = House("count: 4, arrivals: {rate: 100/s}, timeout: 200ms, churn: 3s")
    counts, _ = await house.run(stop=stop)
    assert house.ended < stop + 0.1
    assert counts == Counts(ok=counts.planned)
    assert abs(counts.planned - 100 * stop) <= 2


async def test_without_a_server_what_is_due_is_skipped_and_counted(autojump_clock: trio.testing.MockClock) -> None:
    """The newcomers find no way: no request of the schedule is missing for that."""
    house = House("count: 2, arrivals: {rate: 100/s}, churn: 200ms", "service: echo, transport: tcp")
    dialled = 0
    made: Callable[[trio.Nursery], Link] = house._link

    def link(nursery: trio.Nursery) -> Link:
        nonlocal dialled
        dialled += 1
        if dialled > 2:
            raise ConnectionRefusedError
        return made(nursery)

    house._link = link  # type: ignore[method-assign]
    counts, _ = await house.run()
    assert counts.planned == 2000
    assert counts.ok > 0
    assert counts.skipped == 2000 - counts.ok


def places_of_nobody(house: House) -> int:
    """Places that the registry holds beyond those of the clients that are there."""
    registry = house.responder.service
    assert isinstance(registry, Registry)
    return len(registry._clients) - house.group.count


@pytest.mark.parametrize("loss", [0.0, 0.1])
async def test_in_bad_weather_no_place_is_left_behind_with_nobody_in_it(
    autojump_clock: trio.testing.MockClock, loss: float
) -> None:
    """Good-byes are lost; copies of requests and of registrations come after them."""
    house = House(
        "register: A, count: 5, arrivals: {rate: 250/s}, churn: 1s, timeout: 150ms, window: 64",
        "service: registry, transport: udp, max_clients: 5, idle: 10m",
        Weather(loss=loss, duplication=0.2, delay=(0.001, 0.050)),
    )
    counts, end = await house.run()
    assert end.churned > 60
    assert counts.planned == 5000
    assert counts.corrupt == counts.failed == counts.unfinished == 0
    assert counts.refused < 50
    assert counts.skipped < 1500  # some while a newcomer asks; not all, from some moment on
    assert places_of_nobody(house) <= 0


async def test_a_newcomer_does_not_wait_until_the_one_before_has_listened_for_copies(
    autojump_clock: trio.testing.MockClock,
) -> None:
    house = House(
        "register: A, count: 3, arrivals: {rate: 300/s}, churn: 500ms",
        "service: registry, transport: udp, max_clients: 3",
        Weather(delay=(0.001, 0.001)),
    )
    house.linger = NS
    counts, end = await house.run()
    assert end.churned > 60
    assert counts == Counts(ok=counts.planned)
    assert house.longest_lag_s < 0.020  # for the good-bye, a socket and an answer


@pytest.mark.parametrize("stop", [2.0, 2.05, 2.1, 2.15, 2.2, 2.25, 2.3])
async def test_told_to_stop_while_a_place_changes_hands_nothing_more_is_due(
    autojump_clock: trio.testing.MockClock, stop: float
) -> None:
    house = House(
        "register: A, count: 8, arrivals: {rate: 400/s}, timeout: 200ms, churn: 300ms, window: 64",
        "service: registry, transport: udp, max_clients: 8",
        Weather(delay=(0.040, 0.040)),
    )
    counts, _ = await house.run(stop=stop)
    assert abs(counts.planned - 400 * stop) <= 8
    assert house.ended < stop + 1.5
