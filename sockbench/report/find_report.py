"""A search for people: what was found, as a sentence, and the curve that it walked, as a table by load.

It decides what is said of it; the numbers of a run are its result's.
"""

from __future__ import annotations

from sockbench.model.find import Aim, Find, Question, Step
from sockbench.model.plan import Threshold
from sockbench.model.result import Result, Run
from sockbench.report import units
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table
from sockbench.report.threshold_table import shown_number

_MOST_NOTES = 5
_SHOWN = ("rtt.p50", "rtt.p99", "lost")
_NUMBERS = (
    Column("offered/s", "offered_per_s", "rate"),
    Column("RTT p50", "rtt_p50_s", "duration"),
    Column("RTT p99", "rtt_p99_s", "duration"),
    Column("lost", "lost_share", "share"),
)
_LAST = (Column("verdict", "verdict", "text"), Column("kept", "answer", "text"))
_WHY = Column("why", "why", "text")
_ANSWERS = {"kept": "\u2713 kept", "failed": "\u2717 not kept", "tool": "? the tool's limit", "unknown": "? unknown"}


def find_blocks(result: Result, find: Find) -> list[Block]:
    """What was searched, what was found, and the curve."""
    question = find.question
    bounds, aim = question.bounds, question.aim
    plan = result.scenario
    length = f"{units.span(plan.duration)} a run" + (
        f" after a {units.span(plan.warmup)} warm-up" if plan.warmup else ""
    )
    ends = f"{_shown(question, bounds.lowest)} and {_shown(question, bounds.highest)}"
    return [
        Lines(
            (
                f"searched: the highest {aim.path} ({aim.name}) that keeps {question.expression}, between {ends}, to "
                f"{bounds.resolution * 100:g}%",
                f"{length}, {units.counted(len(find.steps), 'run')}, seed {result.seed}",
            )
        ),
        Lines((found(find),)),
        curve(result, find),
        *[Lines(tuple(lines)) for lines in [notes(find)] if lines],
    ]


def found(find: Find) -> str:
    """The answer, as a sentence."""
    question, value, limit = find.question, find.value, find.limit
    if value is None and limit is None:
        return "found: nothing, since no run was finished"
    last = next((step for step in reversed(find.steps) if step.value == limit and step.answer != "kept"), None)
    reason = why(question, last) if last is not None else ""
    if value is None:
        return _nothing(find, limit or 0.0, reason)
    runs = [step for step in find.steps if step.value == value]
    kept = sum(step.answer == "kept" for step in runs)
    often = f"{kept:,} of {units.counted(len(runs), 'run')}"
    text = f"found: {_shown(question, value)} {_keep(question, value)} {question.expression}, in {often}"
    if not find.confirmed:
        text += ", which is not confirmed"
    if limit is None:
        return text + ("; it is the most that was asked for" if value == question.bounds.highest else "")
    if find.limited_by == "tool":
        above = f"at {_shown(question, limit)} the tool itself was the limit, so the system may take more"
        return f"{text}; {above}"  # the verdict says why
    return f"{text}; {_shown(question, limit)} {_not(question, limit)}: {reason}"


def _keep(question: Question, value: float) -> str:
    return "keeps" if question.aim.what == "rate" or value == 1 else "keep"


def _not(question: Question, value: float) -> str:
    return "does not" if question.aim.what == "rate" or value == 1 else "do not"


def _nothing(find: Find, value: float, reason: str) -> str:
    question, lowest = find.question, _shown(find.question, value)
    if find.limited_by == "unknown":
        return f"found: nothing. At {lowest} nobody can tell: {reason}; use a longer --duration, or a higher --from"
    if find.limited_by == "tool":
        return f"found: nothing. Even at {lowest} the tool itself was the limit: {reason}"
    return f"found: nothing. Even {lowest} {_not(question, value)} keep {question.expression}: {reason}; {_lower(find)}"


def _lower(find: Find) -> str:
    return "give a lower --from" if find.question.bounds.lowest > 1 else "the conditions may be too strict"


def why(question: Question, step: Step) -> str:
    """Why a run did not keep the conditions; empty where it did."""
    if step.reason or step.answer == "kept":
        return step.reason
    known = {threshold.expression: threshold for threshold in question.conditions}
    told = []
    for held in step.held:
        if held.ok is not True:
            number = held.reason if held.actual is None else shown_number(held.actual, known.get(held.expression))
            told.append(f"{held.expression}: {number}")
    return "; ".join(told)


def curve(result: Result, find: Find) -> Table:
    """One row a run, by load: what was offered, what it took, and whether it kept the conditions."""
    conditions = [one for one in find.question.conditions if _heading(one, find.question.aim) not in _SHOWN]
    own = [Column(_heading(one, find.question.aim), one.expression, "text") for one in conditions]
    columns = (*_first_columns(find), *_NUMBERS, *own, *_LAST)
    rows: list[tuple[Cell, ...]] = []
    for number, step in _ordered(find):
        told = [_told(step, condition) for condition in conditions]
        numbers = _numbers(find.question, _run_of(step, result))
        rows.append((*_first(find, number, step), _purpose(step), *numbers, *told, step.status, _ANSWERS[step.answer]))
    return Table("", columns, tuple(rows))


def flat_curve(result: Result, find: Find) -> Table:
    """The same for machines, in the order of the runs: plain words and numbers, and why a run kept nothing."""
    again, answer, why_not = Column("again", "again", "text"), Column("kept", "answer", "text"), _WHY
    columns = (*_first_columns(find), again, *_NUMBERS, _LAST[0], answer, why_not)
    rows: list[tuple[Cell, ...]] = []
    for number, step in enumerate(find.steps, start=1):
        numbers = _numbers(find.question, _run_of(step, result))
        words = (step.status, step.answer, why(find.question, step))
        rows.append((*_first(find, number, step), step.purpose, "yes" if step.again else "no", *numbers, *words))
    return Table("", columns, tuple(rows))


def notes(find: Find) -> list[str]:
    """Why runs did not keep the conditions, where their numbers do not say it; without what to do about it."""
    told = [
        f"run {number:,}, at {_shown(find.question, step.value)}: {_short(step.reason)}"
        for number, step in enumerate(find.steps, start=1)
        if step.reason
    ]
    more = len(told) - _MOST_NOTES
    return told if more <= 0 else [*told[:_MOST_NOTES], f"and {units.counted(more, 'more run')}"]


def _first_columns(find: Find) -> tuple[Column, ...]:
    value = (
        Column("rate", "rate", "rate") if find.question.aim.what == "rate" else Column("clients", "clients", "count")
    )
    return (value, Column("run", "run", "count"), Column("step", "purpose", "text"))


def _first(find: Find, number: int, step: Step) -> tuple[Cell, Cell]:
    return step.value if find.question.aim.what == "rate" else int(step.value), number


def _ordered(find: Find) -> list[tuple[int, Step]]:
    return sorted(enumerate(find.steps, start=1), key=lambda one: (one[1].value, one[0]))


def _heading(threshold: Threshold, aim: Aim) -> str:
    """The figure of a condition, as it is written; `lost` and the RTTs of the group that is searched have columns."""
    name = ".".join(filter(None, (threshold.metric, threshold.statistic)))
    return name if threshold.group in (None, aim.name) else f"{threshold.group}.{name}"


def _told(step: Step, condition: Threshold) -> str:
    actual = next((held.actual for held in step.held if held.expression == condition.expression), None)
    return units.UNKNOWN if actual is None else shown_number(actual, condition)


def _run_of(step: Step, result: Result) -> Run | None:
    return result.runs[step.run] if step.run is not None else None


def _purpose(step: Step) -> str:
    return "tried again" if step.again else step.purpose


def _numbers(question: Question, run: Run | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Requests per second while requests were due, RTT p50 and p99, and the share lost, of the group searched."""
    group = next((group for group in run.groups if group.name == question.aim.name), None) if run is not None else None
    if group is None or run is None:
        return None, None, None, None
    lost = group.counts.lost / group.counts.sent if group.counts.sent else None
    length = min(run.duration_s, run.elapsed_s)
    return group.counts.sent / length if length > 0 else None, group.rtt.p50_s, group.rtt.p99_s, lost


def _short(reason: str) -> str:
    """What was seen, without the advice."""
    return reason.partition(";")[0]


def _shown(question: Question, value: float) -> str:
    return f"{value:,.10g}/s" if question.aim.what == "rate" else units.counted(int(value), "client")


def step_line(question: Question, number: int, step: Step, run: Run | None) -> str:
    """One run, as soon as it is over."""
    offered, _, p99, lost = _numbers(question, run)
    what = (
        f"offered {units.rate(offered)}/s, p99 {units.duration(p99)}, lost {units.share(lost)}, {step.status}"
        if run is not None
        else "not made"
    )
    reason = _short(step.reason) or why(question, step)
    return f"run {number:,}, {_purpose(step)}: {_shown(question, step.value)}: {what}: {_ANSWERS[step.answer]}" + (
        f" ({reason})" if reason else ""
    )
