"""An experiment made real: its runs, one after the other, and the result of what they measured.

Each run has processes of its own. A first interrupt stops the load and drains for at most a second, and no other run
begins; a second one ends the run at once. The runs that were finished before are whole and kept.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import trio

from sockbench import __version__
from sockbench.errors import RunError
from sockbench.load.order import order_of
from sockbench.model.comparison import Comparison
from sockbench.model.environment import Environment
from sockbench.model.experiment import Experiment, Variant
from sockbench.model.result import Result, Run, ThresholdResult, Verdict
from sockbench.net.kernel import namespace_drops
from sockbench.run import machine
from sockbench.run.causes import innermost
from sockbench.run.conductor import Conductor
from sockbench.run.drivers import DriverName, Wish, drivers_of, named
from sockbench.run.ears import DEAF, Ears, Turn
from sockbench.run.environment import read_environment
from sockbench.run.evidence import evidence_of
from sockbench.run.limits import provide_descriptors
from sockbench.run.live import SHARE
from sockbench.run.spares import Spares
from sockbench.run.stops import is_hangup, stop_signals
from sockbench.run.workers import Workers, WorkersWish, usable_cores, workers_for
from sockbench.stats.comparison import compare
from sockbench.stats.evidence import Finding
from sockbench.stats.sides import of_variants
from sockbench.stats.verdicts import RunEvidence, judge_runs

PROGRESS_EVERY = 0.5
MOST_COMPARED = 20
"""Variants that are compared with the first one without being asked to."""


class Interrupted(Exception):  # noqa: N818 - what happened, not an error of anyone's
    """The person ended the experiment before there was anything to save, or would not wait for it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A result, and the histograms of its intervals as lines of `latency.hlog`.

    `problem` is why not all of its runs could be made, as a sentence; None when all were, or the person ended it.
    """

    result: Result
    histograms: tuple[str, ...]
    started: float  # seconds since the epoch
    problem: str | None = None


def run_experiment(
    experiment: Experiment,
    *,
    workers: WorkersWish = 1,
    new_id: Callable[[], int],
    driver: Wish = "auto",
    ears: Ears = DEAF,
    measured: Callable[[], None] | None = None,
    spares: Spares | None = None,
) -> Finished:
    """Make all runs of `experiment` with `workers` client processes, as many as suit each when `auto`; `ears` hear of
    each while it goes on.

    `new_id` gives the first id on the wire of each run: another for each, so that no reply to an earlier one is taken
    for its own. `measured` is called when all is measured, while signals are still heard: from then on none should end
    the process. `spares` are taken before others are started. RunError when the first run cannot be made; Interrupted
    when there is nothing to save.
    """
    means = [means_of(variant, workers, driver) for variant in experiment.variants]
    return conducted(Series(experiment, means, new_id, ears, spares), measured)


def conducted(series: Series, measured: Callable[[], None] | None) -> Finished:
    """What `series` made. RunError and Interrupted come out by themselves."""
    try:
        return trio.run(series.conduct, measured)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        if isinstance(cause, RunError | Interrupted):
            raise cause from None
        raise


@dataclass(frozen=True, slots=True)
class Means:
    """What a variant is run with: its client processes, and what drives each group."""

    crew: Workers
    drivers: dict[str, DriverName]


def means_of(variant: Variant, workers: WorkersWish, driver: Wish) -> Means:
    """What this variant is run with. RunError, before anything begins, when this machine cannot make the run."""
    crew = workers_for(variant.plan, workers, usable_cores())
    try:
        provide_descriptors(variant.plan, crew.count)
        return Means(crew, drivers_of(variant.plan, driver))
    except RunError as error:
        raise RunError(f"{variant.name}: {error}" if variant.values else str(error)) from None


class Series:
    """The runs of an experiment, in their order."""

    def __init__(
        self, experiment: Experiment, means: list[Means], new_id: Callable[[], int], ears: Ears, spares: Spares | None
    ) -> None:
        self._experiment = experiment
        self._means = means  # of each variant
        self._new_id = new_id
        self._ears = ears
        self._spares = spares
        used = {f"{place}.{group}": name for place, one in enumerate(means) for group, name in one.drivers.items()}
        self._environment = read_environment(max((one.crew for one in means), key=lambda crew: crew.count), named(used))
        self._start_late_s: list[float] = []
        self._now: Conductor | None = None  # of the run that goes on
        self._scope = trio.CancelScope()  # of that run
        self._interrupted = False
        self._began = 0.0  # Trio's time
        self._runs: list[Run] = []
        self._evidence: list[RunEvidence] = []
        self._held: list[ThresholdResult] = []
        self._log_lines: list[str] = []
        self._about_all: list[Finding] = []
        self._problem: str | None = None
        self._machine_before = machine.look()  # the run that goes on
        self._after_s: float | None = None  # what the runs after it take at most; None: nobody knows
        self._so_far: Verdict | None = None  # of the runs that were made, where somebody looks on

    async def conduct(self, measured: Callable[[], None] | None = None) -> Finished:
        """All runs, and their result."""
        started = datetime.datetime.now(datetime.UTC)
        self._began = trio.current_time()
        before = self._look(first=True)
        async with trio.open_nursery() as nursery:
            await nursery.start(self._heed_signals)
            nursery.start_soon(self._show_progress)
            await self._make_runs()
            if measured is not None:
                measured()
            nursery.cancel_scope.cancel()
        readings = machine.difference(before, machine.look(), machine.ticks_per_second())
        environment = _read_out(self._environment, readings, max(self._start_late_s, default=None))
        return Finished(self._result(started, environment), tuple(self._log_lines), started.timestamp(), self._problem)

    def _result(self, started: datetime.datetime, environment: Environment) -> Result:
        experiment, plan = self._experiment, self._experiment.plan
        result = Result(
            sockbench=__version__,
            name=plan.name,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            interrupted=self._interrupted,
            seed=plan.seed,
            verdict=judge_runs(self._evidence, experiment.repeat, self._about_all),
            environment=environment,
            scenario=plan,
            thresholds=tuple(self._held),
            runs=tuple(self._runs),
            variants=experiment.variants if experiment.variants[0].values else (),
            repeat=experiment.repeat,
        )
        return replace(result, comparison=_comparison(result))

    # One run after the other

    async def _make_runs(self) -> None:
        """Every run, until one is interrupted or cannot be made. Raises where there is nothing to keep."""
        experiment = self._experiment
        order = order_of(len(experiment.variants), experiment.repeat, experiment.plan.seed)
        for number, (place, repetition) in enumerate(order, start=1):
            turn = Turn(number, len(order), experiment.variants[place], repetition, experiment.repeat)
            self._after_s = sum(experiment.variants[later].plan.longest for later, _ in order[number:])
            try:
                abandoned = await self._make_run(turn, self._means[place])
            except RunError as error:
                text = f"{turn.announced}: {error}" if len(order) > 1 else str(error)
                if not self._runs:
                    raise RunError(text) from None
                self._problem = text
                self._about_all.append(("invalid", f"{_not_made(len(order) - len(self._runs))}: {text}"))
                return
            if abandoned and not self._runs:
                raise Interrupted(abandoned)
            aborted_by = self._runs[-1].aborted_by
            if self._interrupted or aborted_by is not None:
                if missing := len(order) - len(self._runs):
                    why = "interrupted" if self._interrupted else f'ended by the threshold "{aborted_by}"'
                    self._about_all.append(("suspect", f"{why} in run {number}; {_not_made(missing)}"))
                return

    async def _make_run(self, turn: Turn, means: Means) -> str | None:
        """One run. Why there is nothing to keep of it, where the person ended it."""
        conductor = Conductor(turn, means.crew, self._new_id(), means.drivers, self._ears, self._spares)
        if not turn.is_alone:
            conductor.log_from = self._began
        if self._ears.turn is not None:
            self._ears.turn(turn)
        drops_before, before = namespace_drops(), self._look(first=turn.number == 1)
        self._machine_before = before
        self._now, self._scope = conductor, trio.CancelScope()
        try:
            with self._scope:
                await conductor.conduct()
        except (RunError, BaseExceptionGroup) as error:
            cause = innermost(error)
            if not isinstance(cause, RunError):
                raise
            raise cause from None
        finally:
            self._now = None
        if self._scope.cancelled_caught:
            return _why_nothing(conductor)
        drops = namespace_drops()
        if drops is not None and drops_before is not None:
            conductor.collection.namespace_drops = drops - drops_before
        self._keep(turn, conductor, machine.difference(before, machine.look(), machine.ticks_per_second()))
        return None

    def _keep(self, turn: Turn, conductor: Conductor, readings: machine.Readings) -> None:
        """What one run measured, and what follows from it."""
        run, collection, plan = conductor.finish(), conductor.collection, turn.variant.plan
        self._runs.append(run)
        self._log_lines += collection.log_lines
        if collection.start_late_s is not None:
            self._start_late_s.append(collection.start_late_s)
        here = _read_out(self._environment, readings, collection.start_late_s)
        evidence = evidence_of(plan, collection, run, here, conductor.interrupted)
        self._evidence.append(RunEvidence(turn.variant.values, turn.repetition, evidence))
        held = collection.held(run)
        self._held += [replace(one, variant=run.variant, repetition=run.repetition) for one in held]
        if self._ears.live:
            self._so_far = self._verdict_so_far()

    def _verdict_so_far(self) -> Verdict | None:
        """Of the runs that were made; None where they are not judged together."""
        return judge_runs(self._evidence, self._experiment.repeat, self._about_all)

    def _look(self, *, first: bool) -> machine.Look:
        """The machine before a run; before the first one, before its spare children were started."""
        return self._spares.before if first and self._spares is not None else machine.look()

    # The person

    async def _heed_signals(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        with trio.open_signal_receiver(*stop_signals()) as signals:
            task_status.started()
            async for number in signals:
                if self._interrupted and is_hangup(number):
                    continue
                again, self._interrupted = self._interrupted, True
                if self._now is None:
                    continue  # between two runs: there will be no other
                if again or not self._now.went:
                    self._scope.cancel()
                else:
                    await self._now.interrupt()

    async def _show_progress(self) -> None:
        watch = self._ears.watch
        if watch is None:
            return
        while True:
            spent = 0.0
            if (now := self._now) is not None:
                now.judge_so_far(self._machine_before)
                began = time.process_time()
                live = now.onlooker.run(self._so_far, len(self._runs)) if now.onlooker is not None else None
                watch(replace(now.progress(), live=live, after_s=self._after_s))
                spent = time.process_time() - began
            await trio.sleep(max(PROGRESS_EVERY, spent / SHARE))  # the processors are there for the load


def _read_out(environment: Environment, readings: machine.Readings, start_late_s: float | None) -> Environment:
    """The environment, with what happened meanwhile."""
    return replace(
        environment,
        other_cpu_share=readings.other_cpu_share,
        steal_share=readings.steal_share,
        clock_step_s=readings.clock_step_s,
        start_late_s=start_late_s,
    )


def _comparison(result: Result) -> Comparison | None:
    """The variants against the first; None where there is nothing to compare, or too much for one page."""
    if not 1 < len(result.variants) <= MOST_COMPARED:
        return None
    try:
        return compare(of_variants(result).sides)
    except ValueError:  # one variant was measured only, or they have no group in common
        return None


def _not_made(runs: int) -> str:
    return "1 run was not made" if runs == 1 else f"{runs:,} runs were not made"


def _why_nothing(conductor: Conductor) -> str:
    if conductor.went:
        return "ended at the second interrupt; nothing was saved"
    return "interrupted before the load began; there is nothing to save"
