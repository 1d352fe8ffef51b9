"""The clients of one worker, in one Trio nursery, in a process of their own.

Phases: open and register; warm-up; measurement; drain. Two scopes end the load: after the first nothing more is due,
after the second nothing is waited for. Garbage is not collected while it runs.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import trio

from sockbench.errors import RunError
from sockbench.load.arrivals import NS
from sockbench.load.client import Client
from sockbench.load.span import span_of
from sockbench.model.plan import Group
from sockbench.net.addresses import Endpoint, explain, resolve
from sockbench.net.alarm import open_alarm
from sockbench.net.buffers import backlog_room, client_room
from sockbench.net.build import server_says
from sockbench.net.clock import MonotonicClock, sleep_until
from sockbench.net.lanes import Lane, LaneDriver
from sockbench.net.links import Fitting, Link, TcpLink, UdpLink, connect, find
from sockbench.net.options import require_options
from sockbench.net.stamps import connect_stamped, keep_stamping, require_stamps
from sockbench.net.tasks import Dial, Driver
from sockbench.run.churn import Turnover
from sockbench.run.leash import Conductor
from sockbench.run.messages import Beat, ClientsReady, Go, PrepareClients, SampleBatch, Stop, WorkerEnd
from sockbench.run.party import Party
from sockbench.run.still import StillMeter
from sockbench.run.workers import is_mine

OPENING_AT_ONCE = 64
CONNECT_PATIENCE = 5.0
REGISTER_PATIENCE = 2.0
"""Seconds that the start of the load waits for; a client without a place goes on asking."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def run_worker(conductor: Conductor) -> None:
    """Prepare the clients, drive them through the plan, report. RunError when a server cannot be reached."""
    order = await conductor.hear()
    assert isinstance(order, PrepareClients)
    async with trio.open_nursery() as nursery:
        worker = Worker(order, conductor, nursery)
        await worker.prepare()
        gc.collect()
        gc.freeze()
        await conductor.say(ClientsReady())
        if isinstance(go := await conductor.hear(), Go):
            gc.disable()
            await worker.drive(go.start)
            gc.enable()
        else:
            await conductor.say(WorkerEnd({}, 0.0))  # told to stop before it was told to go
        nursery.cancel_scope.cancel()


class Worker:
    """The clients of `order`, with their drivers and links."""

    def __init__(self, order: PrepareClients, conductor: Conductor, nursery: trio.Nursery) -> None:
        self._order = order
        self._plan = order.plan
        self._conductor = conductor
        self._nursery = nursery  # of the links, which may write in the background
        alarm = open_alarm()
        if alarm is not None:
            nursery.start_soon(alarm.run)
        self._clock = MonotonicClock(alarm)
        self._lane: Lane | None = None  # of all groups that are driven so
        self._prepared: list[tuple[Party, Driver, Link | None]] = []
        self._makers: dict[str, Callable[[Client], Driver]] = {}  # by group
        self._drivers: set[Driver] = set()  # all that are driving, or may yet
        self._beats = 0
        self._spent_before = 0.0  # seconds of processor time, before the load began
        self._waiting = trio.CancelScope()  # until the drain ends
        self._is_stamping = False
        self._late: float | None = None  # seconds after the agreed start
        self._still = StillMeter()
        self._parties: list[Party] = []
        before = 0
        for group in self._plan.groups:
            mine = partial(self._is_mine, before)
            self._parties.append(Party(self._plan, group, mine, order.first_id + before, order.sampled))
            before += group.count

    def _is_mine(self, before: int, index: int) -> bool:
        return is_mine(before + index, self._order.index, self._order.workers)

    # Preparing

    async def prepare(self) -> None:
        """Open every client's link and ask for its place. RunError when a server cannot be reached."""
        problems: list[RunError] = []
        limit = trio.CapacityLimiter(OPENING_AT_ONCE)
        if "lanes" in self._order.drivers.values():
            # Before any link: it waits with select(2), which counts to 1,023.
            self._lane = Lane(self._clock, self._ease)
        async with trio.open_nursery() as nursery:
            for party in self._parties:
                if party.clients:
                    nursery.start_soon(self._prepare_party, party, limit, problems)
        if problems:
            raise problems[0]

    async def _prepare_party(self, party: Party, limit: trio.CapacityLimiter, problems: list[RunError]) -> None:
        group = party.group
        try:
            if group.timestamps == "kernel":
                require_stamps(group.name)
                if not self._is_stamping:
                    self._is_stamping = True
                    await self._nursery.start(keep_stamping)
            require_options(f"group {group.name!r}", group.socket, group.transport)
            endpoint = await self._endpoint(group)
        except RunError as problem:
            problems.append(problem)
            return
        witness = party.see_off if group.transport == "tcp" else None
        fitting = Fitting(client_room(group), backlog_room(group), group.socket, group.writes, witness)
        dial = partial(connect, endpoint, group.transport, self._nursery, fitting)  # one for all of them
        stamped = partial(connect_stamped, endpoint, self._nursery, fitting=fitting)
        make = partial(self._driver, party, stamped, dial, server_says(self._plan, group))
        self._makers[group.name] = make
        if group.connect == "per-request":
            self._prepared += [(party, make(client), None) for client in party.clients]
            return
        waiting = iter(party.clients)
        async with trio.open_nursery() as nursery:
            for _ in range(OPENING_AT_ONCE):  # a task for each client, all at once, would take 20 MB of 10,000
                nursery.start_soon(self._open_clients, party, make, waiting, limit, problems, nursery)

    async def _open_clients(
        self,
        party: Party,
        make: Callable[[Client], Driver],
        waiting: Iterator[Client],
        limit: trio.CapacityLimiter,
        problems: list[RunError],
        nursery: trio.Nursery,
    ) -> None:
        """Open the links of those that are `waiting`, one after the other; places are asked for all at once."""
        async with limit:
            for client in waiting:
                driver = make(client)
                link = None if problems else await self._open(party, driver, problems)
                if link is None:
                    return
                if isinstance(link, UdpLink | TcpLink):
                    party.note_buffers(link.socket)
                if client.needs_place:
                    nursery.start_soon(self._register, party, driver, link)
                else:
                    await self._register(party, driver, link)

    def _driver(
        self, party: Party, stamped: Callable[..., Awaitable[Link]], dial: Dial, greeting: bytes, client: Client
    ) -> Driver:
        group, stamps = party.group, party.stamps_of(client)
        if stamps is not None:
            dial = partial(stamped, stamps=stamps)
        if self._lane is not None and self._order.drivers[group.name] == "lanes":
            driver: Driver = LaneDriver(self._lane, client, client.wire, self._clock, dial, greeting)
        else:
            driver = Driver(client, client.wire, self._clock, dial, greeting, stamps)
        if group.name in self._order.relays and group.transport == "udp":
            driver.linger = round(self._plan.drain * NS)  # copies that a relay makes come after the last answer, too
        return driver

    async def _open(self, party: Party, driver: Driver, problems: list[RunError]) -> Link | None:
        failure = f"no answer within {CONNECT_PATIENCE:g} s"
        with trio.move_on_after(CONNECT_PATIENCE):
            try:
                return await driver.dial()
            except OSError as error:
                failure = explain(error)
        problems.append(RunError(f"cannot connect to {self._url(party.group)}: {failure}"))
        return None

    async def _register(self, party: Party, driver: Driver, link: Link) -> None:
        if await driver.prepare(link, REGISTER_PATIENCE):
            self._prepared.append((party, driver, link))
        else:
            link.close()
            self._prepared.append((party, driver, None))

    async def _endpoint(self, group: Group) -> Endpoint:
        """Where the clients of `group` find their server. RunError when a target cannot be reached."""
        if (relay := self._order.relays.get(group.name)) is not None:
            return (await resolve(*relay, group.transport))[0]
        if group.target is None:
            host, port = self._order.addresses[group.server or ""]
            return (await resolve(_EVERYWHERE.get(host, host), port, group.transport))[0]
        endpoints = await resolve(group.target.host, group.target.port, group.transport)
        if group.transport == "udp" or (len(endpoints) == 1 and group.connect == "once"):
            return endpoints[0]
        return await find(endpoints, group.transport, group.target.url, CONNECT_PATIENCE)

    def _url(self, group: Group) -> str:
        return group.target.url if group.target is not None else f"server {group.server!r}"

    # Driving

    async def drive(self, start: int) -> None:
        """Warm up from `start` on, measure, drain, and tell the conductor what became of every request."""
        clock, plan = self._clock, self._plan
        self._spent_before = time.process_time()
        measure_from = start + round(plan.warmup * NS)
        end = measure_from + round(plan.duration * NS)
        spans = {party: self._span(party.group, start) for party in self._parties}  # one of a group, not of a client
        for party, driver, _ in self._prepared:
            begin, end_of_group, renew_at = spans[party]
            driver.client.begin(begin, measure_from, end_of_group, renew_at)
            self._drivers.add(driver)
        self._waiting.deadline = clock.deadline(end + round((plan.drain + plan.grace) * NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._note_lateness, start)
            nursery.start_soon(self._beat, start, measure_from)
            nursery.start_soon(self._obey)
            nursery.start_soon(self._still.watch)
            with self._waiting:
                async with trio.open_nursery() as clients:
                    if self._lane is not None:
                        clients.start_soon(self._lane.run, self._boarding())
                    for party, driver, link in self._prepared:
                        if isinstance(driver, LaneDriver):
                            continue
                        if party.group.connect == "per-request":
                            clients.start_soon(driver.run_per_request)
                        elif party.group.churn is not None:
                            clients.start_soon(self._turnover(party, driver, start).run, link)
                        else:
                            clients.start_soon(driver.run, link)
            nursery.cancel_scope.cancel()
        await self._report(measure_from, (self._settled_at() - measure_from) / NS, self._busy(start))

    def _busy(self, start: int) -> float:
        """The share of the time since `start` that this process spent on a processor."""
        spent = time.process_time() - self._spent_before
        return spent * NS / max(1, self._clock.now() - start)

    def _ease(self) -> bool:
        """In an idle moment of the lane: do some of what would be to do in a busy one. Gives whether there was any."""
        return any(party.ease() for party in self._parties)  # one at a time: the moment is short

    def _span(self, group: Group, start: int) -> tuple[int, int, int | None]:
        """When its load begins and ends, and when its clients ask for their places again."""
        span = span_of(self._plan, group)
        return start + span.begin, start + span.end, None if span.renew is None else start + span.renew

    def _boarding(self) -> list[tuple[LaneDriver, Link | None]]:
        return [(driver, link) for _, driver, link in self._prepared if isinstance(driver, LaneDriver)]

    def _settled_at(self) -> int:
        """When the last request had its outcome; now, where some have none."""
        times = [driver.finished_at for driver in self._drivers]
        known = [time_ for time_ in times if time_ is not None]
        return max(known) if known and len(known) == len(times) else self._clock.now()

    def _turnover(self, party: Party, driver: Driver, start: int) -> Turnover:
        begin = start + span_of(self._plan, party.group).begin
        departures = (begin + offset for offset in party.departures(driver.client))
        return Turnover(party, driver, self._makers[party.group.name], self._drivers, departures)

    async def _obey(self) -> None:
        """Stop when the conductor says so: nothing more is due, and the drain is short."""
        order = await self._conductor.hear()
        assert isinstance(order, Stop)
        now = self._clock.now()
        for driver in self._drivers:
            driver.client.stop(now)
            driver.nudge()
        self._waiting.deadline = min(self._waiting.deadline, trio.current_time() + order.drain)

    async def _note_lateness(self, start: int) -> None:
        self._clock.alarm(start)
        await sleep_until(self._clock, start)
        self._late = max(0, self._clock.now() - start) / NS

    async def _beat(self, start: int, measure_from: int) -> None:
        """Tell the conductor, once a second, what was settled; of the warm-up only the samples, if any. Where somebody
        looks on, half a second is told, too, and then its rest: together they are what the second is otherwise.
        """
        parts = 2 if self._order.watched else 1
        for part in itertools.count(1 - parts * int(self._plan.warmup)):
            await sleep_until(self._clock, measure_from + part * NS // parts)
            is_half = part % parts != 0
            with trio.CancelScope(shield=True):  # half a message would be none, and the tallies with it
                await self._tell_samples(measure_from)
                if part <= 0:
                    continue
                tallies = {party.group.name: party.beat() for party in self._parties}
                overdue = sum(party.overdue for party in self._parties)
                await self._conductor.say(Beat(self._beats, tallies, overdue, is_half, self._busy(start)))
            self._beats += not is_half

    async def _tell_samples(self, measure_from: int) -> None:
        found = {party.group.name: party.take_samples(measure_from) for party in self._parties}
        kept = {name: samples for name, samples in found.items() if samples}
        if kept:
            await self._conductor.say(SampleBatch(kept))

    async def _report(self, measure_from: int, elapsed: float, busy: float) -> None:
        now = self._clock.now()
        tallies, ends = {}, {}
        for party in self._parties:
            counted = [driver.kernel_drops for driver in self._drivers if driver.client in party.clients]
            known = [drops for drops in counted if drops is not None]
            drops = sum(known) if len(known) == len(counted) else None
            tallies[party.group.name], ends[party.group.name] = party.end(now, drops)
        await self._tell_samples(measure_from)
        await self._conductor.say(Beat(self._beats, tallies, 0))
        await self._conductor.say(WorkerEnd(ends, max(0.0, elapsed), busy, self._late, self._still.longest))
