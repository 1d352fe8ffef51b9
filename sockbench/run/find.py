"""A search made real: the runs that it asks for, one after the other, and the result of what they say.

Each run is one as any other, with processes of its own, of the plan with another value in it. What to try next is
decided in `load.search`, what a run says in `stats.answers`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from sockbench.errors import RunError
from sockbench.load.search import Search, Try
from sockbench.model.environment import Environment
from sockbench.model.experiment import Experiment, Variant
from sockbench.model.find import Answer, Find, Question, Step
from sockbench.model.plan import Plan
from sockbench.model.result import Result, Run
from sockbench.run.drivers import Wish
from sockbench.run.ears import DEAF, Ears, Turn
from sockbench.run.experiment import Finished, Interrupted, Means, Series, conducted, means_of
from sockbench.run.spares import Spares
from sockbench.run.workers import WorkersWish
from sockbench.stats.answers import answer_of
from sockbench.stats.verdict import judge_run
from sockbench.stats.verdicts import judge_runs

OnStep = Callable[[Question, Step, Run | None], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What each run is made with."""

    workers: WorkersWish = 1
    driver: Wish = "auto"


def run_find(
    plan: Plan,
    question: Question,
    wishes: Wishes,
    *,
    new_id: Callable[[], int],
    ears: Ears = DEAF,
    on_step: OnStep | None = None,
    measured: Callable[[], None] | None = None,
    spares: Spares | None = None,
) -> Finished:
    """Make the runs that answer `question` about `plan`. All else, and errors, are as in `run_experiment`."""
    first = _plan_at(plan, question, question.bounds.start)
    means = means_of(Variant({}, first), wishes.workers, wishes.driver)
    return conducted(Finder(plan, question, wishes, means, new_id, ears, on_step, spares), measured)


def _plan_at(plan: Plan, question: Question, value: float) -> Plan:
    """The plan of one run, which is held against the conditions instead of the scenario's own thresholds."""
    return replace(question.aim.put(plan, value), thresholds=question.conditions)


class Finder(Series):
    """The runs of a search, in the order in which it asks for them."""

    def __init__(
        self,
        plan: Plan,
        question: Question,
        wishes: Wishes,
        means: Means,
        new_id: Callable[[], int],
        ears: Ears,
        on_step: OnStep | None,
        spares: Spares | None,
    ) -> None:
        bare = replace(plan, thresholds=())
        super().__init__(Experiment((Variant({}, bare),)), [means], new_id, ears, spares)
        self._plan = bare
        self._question = question
        self._wishes = wishes
        self._on_step = on_step
        self._search = Search(question.bounds)
        self._steps: list[Step] = []
        self._at: dict[float, int] = defaultdict(int)  # runs at a value

    async def _make_runs(self) -> None:
        """Every run, until all is known, the person ends it, or one cannot be made."""
        while (one := self._search.next) is not None:
            abandoned = None
            try:
                step, abandoned = await self._make_step(one)
            except RunError as error:
                if not self._runs:
                    raise
                self._problem = f"run {len(self._steps) + 1:,}: {error}"
                self._about_all.append(("suspect", f"the search could not go on: {self._problem}"))
                return
            if abandoned and not self._runs:
                raise Interrupted(abandoned)
            if step is not None:
                self._steps.append(step)
                if self._on_step is not None:
                    self._on_step(self._question, step, self._runs[step.run] if step.run is not None else None)
            if self._interrupted:
                self._about_all.append(("suspect", "the search was interrupted: what it found is not confirmed"))
                return
            assert step is not None
            self._search.tell(step.answer)

    async def _make_step(self, one: Try) -> tuple[Step | None, str | None]:
        """What one run says; or why there is nothing to keep of it, where the person ended it."""
        aim, number = self._question.aim, len(self._steps) + 1
        self._at[one.value] += 1
        variant = Variant({aim.what: aim.shown(one.value)}, _plan_at(self._plan, self._question, one.value))
        try:
            means = means_of(variant, self._wishes.workers, self._wishes.driver)
        except (
            RunError
        ) as error:  # before anything began: this machine has not the means, which is no fault of the system
            if not self._runs:
                raise
            return Step(one.value, one.purpose, one.again, "tool", str(error)), None
        before = len(self._runs)
        abandoned = await self._make_run(Turn(number, None, variant, self._at[one.value], 2), means)
        if len(self._runs) == before:
            return None, abandoned
        held = tuple(self._held)
        self._held.clear()
        evidence = self._evidence[-1].evidence
        answer, reason = answer_of(held, evidence)
        if self._interrupted:
            answer, reason = "unknown", "interrupted"
        status = judge_run(evidence).status
        return Step(one.value, one.purpose, one.again, answer, reason, status, before, held), None

    def _verdict_so_far(self) -> None:
        """A search goes beyond what can be borne on purpose; its runs say nothing of each other."""

    def _result(self, started: datetime, environment: Environment) -> Result:
        """With what was found; its verdict is that of the runs at the answer."""
        outcome, aim = self._search.outcome, self._question.aim
        find = Find(
            self._question, tuple(self._steps), outcome.value, outcome.confirmed, outcome.limit, outcome.limited_by
        )
        if outcome.limited_by == "tool" and outcome.limit is not None:
            why = next(
                step.reason for step in reversed(find.steps) if step.value == outcome.limit and step.answer == "tool"
            )
            text = f"the tool itself was the limit at {aim.shown(outcome.limit)}: {why}"
            self._about_all.append(("suspect", text))
        at = outcome.value if outcome.value is not None else outcome.limit
        counts = ("kept", "failed") if outcome.value is not None else get_args(Answer)
        told = {step.run for step in find.steps if step.value == at and step.answer in counts}
        evidence = [one for place, one in enumerate(self._evidence) if place in told]
        verdict = judge_runs(evidence, 2, self._about_all, f" at {aim.shown(at)}" if at is not None else "")
        return replace(super()._result(started, environment), find=find, verdict=verdict)
