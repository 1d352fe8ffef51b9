"""The conductor of one run: starts its processes, takes it through its phases, and collects what they tell.

It takes no times itself, and judges nothing. Whatever happens, no child is left behind.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

import trio

from sockbench.errors import RunError
from sockbench.load.profile import NS
from sockbench.model.outcome import Outcome
from sockbench.model.result import Run
from sockbench.run import machine
from sockbench.run.collect import Collection, unheard
from sockbench.run.drivers import DriverName
from sockbench.run.ears import Ears, Phase, Progress, Turn
from sockbench.run.evidence import SoFar
from sockbench.run.live import Onlooker
from sockbench.run.messages import (
    Addresses,
    Beat,
    ClientsReady,
    Failed,
    FromChild,
    Go,
    Listening,
    PrepareClients,
    RelaysEnd,
    RelaysListening,
    SampleBatch,
    ServersEnd,
    StartRelays,
    StartServers,
    Stop,
    WorkerEnd,
)
from sockbench.run.patience import Patience
from sockbench.run.process import Child, ChildDied, start_child
from sockbench.run.relays import relays_of
from sockbench.run.spares import Spares
from sockbench.run.workers import Workers, head_start, usable_cores

INTERRUPTED_DRAIN = 1.0
"""The longest drain, in seconds, after an interrupt."""
LAST_WORDS = 5.0
"""Seconds after which a child that should have reported is taken for frozen."""


class Conductor:
    """One run: the plan of one variant, once. What is told of it is in `collection`."""

    def __init__(
        self,
        turn: Turn,
        crew: Workers,
        first_id: int,
        drivers: dict[str, DriverName],
        ears: Ears,
        spares: Spares | None = None,
    ) -> None:
        self._turn = turn
        self._plan = turn.variant.plan
        self._crew = crew
        self._first_id = first_id
        self._drivers = drivers
        self._ears = ears
        self._spares = spares
        self._told = 0  # of the intervals that are closed
        self._judged = 0  # of them
        self.collection = Collection(self._plan, crew.count, turn.variant.values, turn.repetition)
        self.interrupted = False
        self._is_stopping = False
        self.went = 0.0  # Trio's time at which the load begins; 0: the order to go was not given yet
        self.log_from: float | None = None  # Trio's time at which the log of all runs begins; None: with this one
        self._clients: list[Child] = []
        self._others: dict[str, Child] = {}  # than the clients: servers, relays
        self._others_cpu: dict[str, float | None] = {}  # what they had used when the load began
        self._overdue: dict[int, int] = {}
        self._busy: dict[int, float] = {}
        self.onlooker = Onlooker(self.collection) if ears.live else None
        self._patience = Patience()  # with the clients
        self._last_words = Patience()  # with the servers and the relays, when the clients are done

    async def interrupt(self) -> None:
        """Stop the load, which is under way, and drain for a short time."""
        self.interrupted = True
        await self._stop_clients()

    async def conduct(self) -> None:
        """The whole run, with its processes. RunError when it cannot be."""
        async with AsyncExitStack() as stack:
            start = partial(start_child, spares=self._spares)
            servers = await stack.enter_async_context(start("servers")) if self._plan.servers else None
            for _ in range(self._crew.count):
                self._clients.append(await stack.enter_async_context(start("worker")))
            relays = await stack.enter_async_context(start("relays")) if relays_of(self._plan) else None
            self._others = {name: child for name, child in (("server", servers), ("relay", relays)) if child}
            addresses = await self._start_servers(servers) if servers is not None else {}
            ways = await self._start_relays(relays, addresses) if relays is not None else {}
            await self._prepare_clients(addresses, ways)
            async with self._last_words.limit(), trio.open_nursery() as nursery:
                if relays is not None:
                    nursery.start_soon(self._follow_relays, relays)
                if servers is not None:
                    nursery.start_soon(self._follow_servers, servers, addresses)
                    await servers.order(Go())
                if relays is not None:
                    await relays.order(Go())
                await self._follow_clients()
                self._last_words.deadline = trio.current_time() + LAST_WORDS
                for child in (relays, servers):
                    if child is not None:
                        await child.order(Stop())
            if self._last_words.is_over:
                self._give_up(relays is not None, addresses)

    def finish(self) -> Run:
        """The run, when all is over."""
        run = self.collection.run()
        self._tell_intervals()
        return run

    def _give_up(self, had_relays: bool, addresses: Addresses) -> None:
        """Children did not say their last word in time."""
        frozen = [
            name
            for name, is_silent in (
                ("server", self._plan.servers and not self.collection.servers),
                ("relay", had_relays and not self.collection.relays),
            )
            if is_silent
        ]
        for name in frozen:
            self.collection.deaths.append(f"the {name} process gave no answer for {LAST_WORDS:g} s, and was ended")
        if "server" in frozen:
            self.collection.servers = unheard(self._plan.servers, addresses)

    async def _start_servers(self, servers: Child) -> Addresses:
        await servers.order(StartServers(self._plan))
        word = await self._hear_first(servers, "server")
        assert isinstance(word, Listening)
        return word.addresses

    async def _start_relays(self, relays: Child, addresses: Addresses) -> Addresses:
        await relays.order(StartRelays(self._plan, addresses, self._first_id))
        word = await self._hear_first(relays, "relay")
        assert isinstance(word, RelaysListening)
        return word.addresses

    async def _prepare_clients(self, addresses: Addresses, ways: Addresses) -> None:
        plan, workers, sampled = self._plan, self._crew.count, self._ears.samples is not None
        for index, child in enumerate(self._clients):
            await child.order(
                PrepareClients(
                    plan, addresses, ways, index, workers, self._first_id, self._drivers, sampled, self._ears.live
                )
            )
        for child in self._clients:
            word = await self._hear_first(child, "client")
            assert isinstance(word, ClientsReady)

    async def _hear_first(self, child: Child, kind: str) -> FromChild:
        """The first word of a child. RunError when it could not start."""
        try:
            word = await child.hear()
        except ChildDied as death:
            raise RunError(f"the {kind} process died before the run began ({death})") from None
        if isinstance(word, Failed):
            raise RunError(word.text)
        return word

    async def _follow_clients(self) -> None:
        """Order all to go, and hear them to their end; one that gives no sign long after it is given up."""
        plan = self._plan
        ahead = head_start(plan.clients, self._crew.count, usable_cores())
        self.went, start = trio.current_time() + ahead / NS, time.perf_counter_ns() + ahead
        if self.log_from is not None:
            self.collection.offset_s = self.went + plan.warmup - self.log_from
        self._others_cpu = {name: machine.cpu_of(child.pid) for name, child in self._others.items()}
        self._patience.deadline = self.went + plan.longest + LAST_WORDS
        async with self._patience.limit(), trio.open_nursery() as clients:
            for number, child in enumerate(self._clients):
                await child.order(Go(start))
                clients.start_soon(self._follow_client, number, child)
        if self._patience.is_over:
            self.collection.deaths.append(f"a client process gave no answer for {LAST_WORDS:g} s, and was ended")

    async def _follow_client(self, number: int, child: Child) -> None:
        while True:
            try:
                word = await child.hear()
            except ChildDied as death:
                self.collection.deaths.append(f"a client process died ({death}) {self._into_the_run}")
                self.collection.workers -= 1  # nothing more is waited for from it
                return
            if isinstance(word, Beat):
                self.collection.add_beat(word)
                self._overdue[number], self._busy[number] = word.overdue, word.busy
                if self.onlooker is not None:
                    self.onlooker.hear(word)
                self._tell_intervals()
                await self._abort_if_hopeless()
            elif isinstance(word, SampleBatch):
                self._tell_samples(word)
            elif isinstance(word, WorkerEnd):
                self.collection.ends.append(word)
                still = self.collection.still
                still["client"] = max(still.get("client", 0.0), word.still)
                return

    async def _abort_if_hopeless(self) -> None:
        """Looked at once for each interval that all workers have told of."""
        closed, self._judged = self._judged, len(self.collection.intervals)
        if closed == self._judged or self.interrupted or self.collection.aborted is not None:
            return
        self.collection.aborted = self.collection.hopeless()
        if self.collection.aborted is not None:
            await self._stop_clients()

    def _tell_intervals(self) -> None:
        if self._ears.interval is not None:
            for interval in self.collection.intervals[self._told :]:
                self._ears.interval(interval)
            self._told = len(self.collection.intervals)

    def _tell_samples(self, batch: SampleBatch) -> None:
        if self._ears.samples is not None:
            for group, samples in batch.samples.items():
                self._ears.samples(group, samples)

    async def _follow_servers(self, servers: Child, addresses: Addresses) -> None:
        try:
            word = await servers.hear()
        except ChildDied as death:
            self.collection.deaths.append(
                f"the server process died ({death}) {self._into_the_run}, which was stopped there"
            )
            self.collection.servers = unheard(self._plan.servers, addresses)
            await self._stop_clients()
            return
        if isinstance(word, ServersEnd):
            self.collection.servers = word.servers
            self.collection.server_busy = word.busy
            self.collection.still["server"] = word.still

    async def _follow_relays(self, relays: Child) -> None:
        try:
            word = await relays.hear()
        except ChildDied as death:
            self.collection.deaths.append(
                f"the relay process died ({death}) {self._into_the_run}, which was stopped there"
            )
            await self._stop_clients()
            return
        if isinstance(word, RelaysEnd):
            self.collection.relays = word.relays
            self.collection.relay_busy = word.busy
            self.collection.still["relay"] = word.still

    async def _stop_clients(self) -> None:
        self._is_stopping = True
        drain = min(self._plan.drain, INTERRUPTED_DRAIN)
        self._patience.deadline = min(self._patience.deadline, trio.current_time() + drain + LAST_WORDS)
        for child in self._clients:
            await child.order(Stop(drain))

    @property
    def _into_the_run(self) -> str:
        return f"{self._elapsed:.1f} s into the run"

    @property
    def _elapsed(self) -> float:
        """Seconds since the load began; 0 before."""
        return max(0.0, trio.current_time() - self.went) if self.went else 0.0

    def progress(self) -> Progress:
        """Where it is now."""
        plan = self._plan
        elapsed = self._elapsed
        total = plan.warmup + plan.duration
        if not self.went:
            phase = Phase.STARTING
        elif self._is_stopping:
            phase = Phase.STOPPING
        elif elapsed < plan.warmup:
            phase = Phase.WARMUP
        else:
            phase = Phase.MEASURING if elapsed < total else Phase.DRAINING
        tallies = self.collection.tallies.values()
        return Progress(
            phase=phase,
            elapsed_s=elapsed,
            total_s=total,
            planned=sum(tally.planned for tally in tallies),
            ok=sum(tally.outcomes[Outcome.OK] for tally in tallies),
            overdue=sum(self._overdue.values()),
            turn=self._turn,
        )

    def judge_so_far(self, before: machine.Look) -> None:
        """Have the onlooker judge what is known so far, if it is time; the machine was as `before` at first."""
        now = trio.current_time()
        if self.onlooker is None or not self.went or not self.onlooker.wants_judging(now):
            return
        spent = [machine.cpu_of(child.pid) or 0.0 for child in (*self._clients, *self._others.values())]
        after = machine.look()
        after = replace(after, own_cpu=after.own_cpu + sum(spent))
        known = SoFar(
            interrupted=self.interrupted,
            busy=max(self._busy.values(), default=0.0),
            server_busy=self._busy_other("server"),
            relay_busy=self._busy_other("relay"),
            readings=machine.difference(before, after, machine.ticks_per_second()),
        )
        self.onlooker.judge(now, known)

    def _busy_other(self, name: str) -> float | None:
        """The share of the load's time so far that the servers' or relays' process spent on a processor."""
        child, before = self._others.get(name), self._others_cpu.get(name)
        spent = None if child is None else machine.cpu_of(child.pid)
        if spent is None or before is None or self._elapsed < 1.0:  # a tick is 10 ms
            return None
        return (spent - before) / self._elapsed
