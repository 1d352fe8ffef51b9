"""A search as JSON values, and back. What does not fit is a ResultError that says where."""

from __future__ import annotations

from typing import get_args

from sockbench.model.find import Aim, Answer, Bounds, Find, LimitedBy, Purpose, Question, Sought, Step
from sockbench.model.plan import Threshold
from sockbench.model.result import ThresholdResult, VerdictStatus
from sockbench.store.reading import Json, Reader, ResultError
from sockbench.store.threshold_json import decode_held, decode_threshold, encode_held

_SOUGHT: tuple[Sought, ...] = get_args(Sought)
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_ANSWERS: tuple[Answer, ...] = get_args(Answer)
_LIMITS: tuple[LimitedBy, ...] = get_args(LimitedBy)
_STATUSES: tuple[VerdictStatus, ...] = get_args(VerdictStatus)


def encode_find(find: Find) -> dict[str, Json]:
    """All of it. A step names its run by its place among the result's runs."""
    aim, bounds = find.question.aim, find.question.bounds
    return {
        "what": aim.what,
        "path": aim.path,
        "group": aim.name,
        "while": find.question.expression,
        "start": bounds.start,
        "lowest": bounds.lowest,
        "highest": bounds.highest,
        "resolution": bounds.resolution,
        "value": find.value,
        "confirmed": find.confirmed,
        "limit": find.limit,
        "limited_by": find.limited_by,
        "steps": [_encode_step(step, find.question.conditions) for step in find.steps],
    }


def _encode_step(step: Step, conditions: tuple[Threshold, ...]) -> dict[str, Json]:
    known = {condition.expression: condition for condition in conditions}
    return {
        "value": step.value,
        "purpose": step.purpose,
        "again": step.again,
        "answer": step.answer,
        "reason": step.reason,
        "status": step.status,
        "run": step.run,
        "thresholds": [encode_held(held, known.get(held.expression)) for held in step.held],
    }


def decode_find(raw: Reader, runs: int) -> Find:
    """What `encode_find` wrote, of a result with so many runs."""
    what, path = raw.one_of("what", _SOUGHT), raw.text("path").split(".")
    if len(path) < 2 or not path[1].isdigit():
        raise ResultError(f"{raw.path}.path is not a path")
    aim = Aim(what, int(path[1]), raw.text("group"))
    bounds = Bounds(
        start=raw.number("start"),
        lowest=raw.number("lowest"),
        highest=raw.number("highest"),
        resolution=raw.number("resolution"),
        whole=what == "clients",
    )
    rows = raw.rows("steps")
    held = {one.text("expression"): one for row in rows for one in row.rows("thresholds")}
    conditions = tuple(decode_threshold(one) for one in held.values() if "metric" in one)
    return Find(
        Question(aim, bounds, raw.text("while"), conditions),
        steps=tuple(_step(row, runs) for row in rows),
        value=raw.maybe_number("value"),
        confirmed=raw.truth("confirmed"),
        limit=raw.maybe_number("limit"),
        limited_by=raw.one_of("limited_by", _LIMITS),
    )


def _step(raw: Reader, runs: int) -> Step:
    held: tuple[ThresholdResult, ...] = tuple(map(decode_held, raw.rows("thresholds")))
    run = raw.maybe_whole("run")
    if run is not None and not 0 <= run < runs:
        raise ResultError(f"{raw.path}.run names no run")
    return Step(
        value=raw.number("value"),
        purpose=raw.one_of("purpose", _PURPOSES),
        again=raw.truth("again"),
        answer=raw.one_of("answer", _ANSWERS),
        reason=raw.text("reason"),
        status=None if raw.is_null("status") else raw.one_of("status", _STATUSES),
        run=run,
        held=held,
    )
