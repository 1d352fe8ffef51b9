"""Searches as `run --find` makes them, small enough to read in a golden file."""

from __future__ import annotations

from dataclasses import replace

from sockbench.model.find import Aim, Answer, Bounds, Find, Purpose, Question, Step
from sockbench.model.plan import Threshold
from sockbench.model.result import Counts, Result, Run
from sockbench.stats.thresholds import judge
from tests.report import samples

LOST = Threshold("lost < 1%", None, "lost", None, "<", 0.01, "share")
SLOW = Threshold("students.rtt.p90 < 20ms", "students", "rtt", "p90", "<", 0.02, "seconds")
QUESTION = Question(
    Aim("rate", 0, "students"),
    Bounds(100.0, 0.1, 1e7, 0.02, whole=False),
    "lost < 1% and students.rtt.p90 < 20ms",
    (LOST, SLOW),
)
_LATE = "the tool was late: requests of students left 12.0 ms after they were due at p99; use more --workers"


def step_of(
    place: int, value: float, purpose: Purpose, answer: Answer = "kept", *, again: bool = False, reason: str = ""
) -> tuple[Step, Run]:
    """A run of 10 s, which loses a tenth where it does not keep the conditions."""
    planned = int(value * 10)
    lost = planned // 10 if answer != "kept" else 0
    group = replace(samples.GROUP, counts=Counts(ok=planned - lost, lost=lost), lost_up=lost, lost_down=0)
    run = replace(samples.RUN, variant={"rate": f"{value:g}/s"}, groups=(group,), intervals=(), warmup_s=0.0)
    held = tuple(replace(one, variant=run.variant) for one in judge(QUESTION.conditions, [group], group))
    return Step(value, purpose, again, answer, reason, "valid", place, held), run


def result_of(find: Find, runs: tuple[Run, ...]) -> Result:
    """The result of a search."""
    scenario = replace(samples.PLAN, thresholds=())
    return replace(samples.RESULT, scenario=scenario, thresholds=(), runs=runs, find=find)


_MADE = (
    step_of(0, 100.0, "start"),
    step_of(1, 200.0, "doubling"),
    step_of(2, 400.0, "doubling", "failed"),
    step_of(3, 400.0, "doubling", "tool", again=True, reason=_LATE),
    step_of(4, 300.0, "bisection"),
    step_of(5, 300.0, "confirmation"),
    step_of(6, 300.0, "confirmation"),
)
RUNS = tuple(run for _, run in _MADE)
STEPS = tuple(step for step, _ in _MADE)
TOOL = Find(QUESTION, STEPS, 300.0, True, 400.0, "tool")
RESULT = result_of(TOOL, RUNS)
