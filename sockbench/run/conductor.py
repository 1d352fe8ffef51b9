"""The conductor: starts the processes of a run, takes it through its phases, and makes a result of what they tell.

It takes no times itself. A first interrupt stops the load and drains for at most a second; a second one ends the run
at once. Whatever happens, no child is left behind.
"""

from __future__ import annotations

import datetime
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial

import trio

from sockbench import __version__
from sockbench.errors import RunError
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Plan
from sockbench.model.result import Result
from sockbench.net.kernel import namespace_drops
from sockbench.run import machine
from sockbench.run.causes import innermost
from sockbench.run.collect import Collection, unheard
from sockbench.run.drivers import DriverName, Wish, drivers_of, named
from sockbench.run.ears import DEAF, Ears, Phase, Progress
from sockbench.run.environment import read_environment
from sockbench.run.evidence import evidence_of
from sockbench.run.limits import provide_descriptors
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
from sockbench.run.process import Child, ChildDied, start_child
from sockbench.run.relays import relays_of
from sockbench.run.spares import Spares
from sockbench.run.workers import Workers, WorkersWish, head_start, usable_cores, workers_for
from sockbench.stats.thresholds import judge
from sockbench.stats.verdict import judge_run

INTERRUPTED_DRAIN = 1.0
"""The longest drain, in seconds, after an interrupt."""


LAST_WORDS = 5.0
"""Seconds after which a child that should have reported is taken for frozen."""
PROGRESS_EVERY = 0.5


class Interrupted(Exception):  # noqa: N818 - what happened, not an error of anyone's
    """The person ended the run before there was anything to save, or would not wait for it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A result, and the histograms of its intervals as lines of `latency.hlog`."""

    result: Result
    histograms: tuple[str, ...]
    started: float  # seconds since the epoch


def run_plan(
    plan: Plan,
    *,
    workers: WorkersWish = 1,
    first_id: int,
    driver: Wish = "auto",
    ears: Ears = DEAF,
    measured: Callable[[], None] | None = None,
    spares: Spares | None = None,
) -> Finished:
    """Run `plan` with `workers` client processes, as many as suit it when `auto`; `ears` hear of it while it goes on.

    `first_id` begins the ids on the wire: another for each run, so that no reply to an earlier one is taken for ours.
    `measured` is called when all is measured, while signals are still heard: from then on none should end the process.
    `spares` are taken before others are started.
    RunError when it cannot run; Interrupted when there is nothing to save.
    """
    crew = workers_for(plan, workers, usable_cores())
    provide_descriptors(plan, crew.count)
    drivers = drivers_of(plan, driver)
    try:
        return trio.run(Conductor(plan, crew, first_id, drivers, ears, spares).conduct, measured)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        if isinstance(cause, RunError | Interrupted):
            raise cause from None
        raise


class Conductor:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        crew: Workers,
        first_id: int,
        drivers: dict[str, DriverName],
        ears: Ears,
        spares: Spares | None = None,
    ) -> None:
        self._plan = plan
        self._crew = crew
        self._first_id = first_id
        self._drivers = drivers
        self._ears = ears
        self._spares = spares
        self._told = 0  # of the intervals that are closed
        self._collection = Collection(plan, crew.count)
        self._clients: list[Child] = []
        self._went = 0.0  # Trio's time of the order to go; 0: not given yet
        self._interrupted = False
        self._abandoned = False
        self._overdue: dict[int, int] = {}
        self._patience = trio.CancelScope()  # with the clients

    async def conduct(self, measured: Callable[[], None] | None = None) -> Finished:
        """The whole run, with its processes."""
        environment = read_environment(self._crew, named(self._drivers))
        drops_before = namespace_drops()
        started = datetime.datetime.now(datetime.UTC)
        before = machine.look() if self._spares is None else self._spares.before
        async with trio.open_nursery() as nursery:
            await nursery.start(self._heed_signals, nursery.cancel_scope)
            nursery.start_soon(self._show_progress)
            await self._run_processes()
            if measured is not None:
                measured()
            nursery.cancel_scope.cancel()
        if self._abandoned:
            raise Interrupted(self._why_nothing())
        collection, plan = self._collection, self._plan
        drops = namespace_drops()
        if drops is not None and drops_before is not None:
            collection.namespace_drops = drops - drops_before
        readings = machine.difference(before, machine.look(), machine.ticks_per_second())
        environment = replace(
            environment,
            other_cpu_share=readings.other_cpu_share,
            steal_share=readings.steal_share,
            clock_step_s=readings.clock_step_s,
            start_late_s=collection.start_late_s,
        )
        run = collection.run()
        self._tell_intervals()
        result = Result(
            sockbench=__version__,
            name=plan.name,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            interrupted=self._interrupted,
            seed=plan.seed,
            verdict=judge_run(evidence_of(plan, collection, run, environment, self._interrupted)),
            environment=environment,
            scenario=plan,
            thresholds=judge(plan.thresholds, run.groups, collection.everything()),
            runs=(run,),
        )
        return Finished(result, tuple(collection.log_lines), started.timestamp())

    # Processes

    async def _run_processes(self) -> None:
        async with AsyncExitStack() as stack:
            start = partial(start_child, spares=self._spares)
            servers = await stack.enter_async_context(start("servers")) if self._plan.servers else None
            for _ in range(self._crew.count):
                self._clients.append(await stack.enter_async_context(start("worker")))
            relays = await stack.enter_async_context(start("relays")) if relays_of(self._plan) else None
            addresses = await self._start_servers(servers) if servers is not None else {}
            ways = await self._start_relays(relays, addresses) if relays is not None else {}
            await self._prepare_clients(addresses, ways)
            async with trio.open_nursery() as nursery:
                if relays is not None:
                    nursery.start_soon(self._follow_relays, relays)
                if servers is not None:
                    nursery.start_soon(self._follow_servers, servers, addresses)
                    await servers.order(Go())
                if relays is not None:
                    await relays.order(Go())
                await self._follow_clients()
                nursery.cancel_scope.deadline = trio.current_time() + LAST_WORDS
                for child in (relays, servers):
                    if child is not None:
                        await child.order(Stop())
            if nursery.cancel_scope.cancelled_caught:
                self._give_up(relays is not None, addresses)

    def _give_up(self, had_relays: bool, addresses: Addresses) -> None:
        """Children did not say their last word in time."""
        frozen = [
            name
            for name, is_silent in (
                ("server", self._plan.servers and not self._collection.servers),
                ("relay", had_relays and not self._collection.relays),
            )
            if is_silent
        ]
        for name in frozen:
            self._collection.deaths.append(f"the {name} process gave no answer for {LAST_WORDS:g} s, and was ended")
        if "server" in frozen:
            self._collection.servers = unheard(self._plan.servers, addresses)

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
                PrepareClients(plan, addresses, ways, index, workers, self._first_id, self._drivers, sampled)
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
        self._went = trio.current_time()
        start = time.perf_counter_ns() + head_start(plan.clients, self._crew.count, usable_cores())
        self._patience.deadline = self._went + plan.warmup + plan.duration + plan.drain + LAST_WORDS
        with self._patience:
            async with trio.open_nursery() as clients:
                for number, child in enumerate(self._clients):
                    await child.order(Go(start))
                    clients.start_soon(self._follow_client, number, child)
        if self._patience.cancelled_caught:
            self._collection.deaths.append(f"a client process gave no answer for {LAST_WORDS:g} s, and was ended")

    async def _follow_client(self, number: int, child: Child) -> None:
        while True:
            try:
                word = await child.hear()
            except ChildDied as death:
                self._collection.deaths.append(f"a client process died ({death}) {self._into_the_run}")
                self._collection.workers -= 1  # nothing more is waited for from it
                return
            if isinstance(word, Beat):
                self._collection.add_beat(word)
                self._overdue[number] = word.overdue
                self._tell_intervals()
            elif isinstance(word, SampleBatch):
                self._tell_samples(word)
            elif isinstance(word, WorkerEnd):
                self._collection.ends.append(word)
                return

    def _tell_intervals(self) -> None:
        if self._ears.interval is not None:
            for interval in self._collection.intervals[self._told :]:
                self._ears.interval(interval)
            self._told = len(self._collection.intervals)

    def _tell_samples(self, batch: SampleBatch) -> None:
        if self._ears.samples is not None:
            for group, samples in batch.samples.items():
                self._ears.samples(group, samples)

    async def _follow_servers(self, servers: Child, addresses: Addresses) -> None:
        try:
            word = await servers.hear()
        except ChildDied as death:
            self._collection.deaths.append(
                f"the server process died ({death}) {self._into_the_run}, which was stopped there"
            )
            self._collection.servers = unheard(self._plan.servers, addresses)
            await self._stop_clients()
            return
        if isinstance(word, ServersEnd):
            self._collection.servers = word.servers
            self._collection.server_busy = word.busy

    async def _follow_relays(self, relays: Child) -> None:
        try:
            word = await relays.hear()
        except ChildDied as death:
            self._collection.deaths.append(
                f"the relay process died ({death}) {self._into_the_run}, which was stopped there"
            )
            await self._stop_clients()
            return
        if isinstance(word, RelaysEnd):
            self._collection.relays = word.relays
            self._collection.relay_busy = word.busy

    async def _stop_clients(self) -> None:
        drain = min(self._plan.drain, INTERRUPTED_DRAIN)
        self._patience.deadline = min(self._patience.deadline, trio.current_time() + drain + LAST_WORDS)
        for child in self._clients:
            await child.order(Stop(drain))

    @property
    def _into_the_run(self) -> str:
        return f"{trio.current_time() - self._went:.1f} s into the run"

    # The person

    async def _heed_signals(
        self, everything: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for _ in signals:
                if self._interrupted or not self._went:
                    self._abandoned = True
                    everything.cancel()
                    return
                self._interrupted = True
                await self._stop_clients()

    def _why_nothing(self) -> str:
        if self._went:
            return "ended at the second interrupt; nothing was saved"
        return "interrupted before the load began; there is nothing to save"

    async def _show_progress(self) -> None:
        watch = self._ears.watch
        if watch is None:
            return
        while True:
            watch(self._progress())
            await trio.sleep(PROGRESS_EVERY)

    def _progress(self) -> Progress:
        plan = self._plan
        elapsed = trio.current_time() - self._went if self._went else 0.0
        total = plan.warmup + plan.duration
        if not self._went:
            phase = Phase.STARTING
        elif self._interrupted:
            phase = Phase.STOPPING
        elif elapsed < plan.warmup:
            phase = Phase.WARMUP
        else:
            phase = Phase.MEASURING if elapsed < total else Phase.DRAINING
        tallies = self._collection.tallies.values()
        return Progress(
            phase=phase,
            elapsed_s=elapsed,
            total_s=total,
            planned=sum(tally.planned for tally in tallies),
            ok=sum(tally.outcomes[Outcome.OK] for tally in tallies),
            overdue=sum(self._overdue.values()),
        )
