"""A result as JUnit XML, which every CI server reads: a suite for the verdict, one for each run that has thresholds.

It decides what fails, what is an error and what is skipped. The shape is what the schemas of Ant's reports
(windyroad/JUnit-Schema) and of Jenkins's (xunit-plugin, junit-10.xsd) have in common. What XML cannot hold is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree as Xml

from sockbench.model.experiment import called, run_called
from sockbench.model.plan import Threshold
from sockbench.model.result import Result, Run, ThresholdResult
from sockbench.report import cells, units
from sockbench.report.find_report import found
from sockbench.report.threshold_table import margin_shown, shown_number, thresholds_of
from sockbench.stats.thresholds import WITHHELD

Ending = Literal["failure", "error", "skipped"]
_COUNTED: dict[Ending, str] = {"failure": "failures", "error": "errors", "skipped": "skipped"}
_HOST = "localhost"
"""The schemas ask for a host, and a result does not know its own."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case. `ending` is None where it passed; `kind` is the type of what ended it, `text` all that is known."""

    name: str
    ending: Ending | None = None
    kind: str = ""
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Suite:
    name: str
    time_s: float
    cases: Sequence[_Case]
    properties: Mapping[str, str] = field(default_factory=dict)
    out: str = ""


def junit(result: Result) -> str:
    """The document, ending in a newline. It is ASCII, so that it is right in whatever encoding it is written."""
    suites = [_verdict_suite(result), *(suite for run in result.runs for suite in _run_suite(result, run))]
    root = Xml.Element("testsuites")
    for number, suite in enumerate(suites):
        _written(root, suite, number, result)
    Xml.indent(root)
    body: bytes = Xml.tostring(root, encoding="us-ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body.decode()}\n'


def _verdict_suite(result: Result) -> _Suite:
    cases = [_verdict(result)]
    if result.find is not None:
        text = found(result.find)
        name = f"search: {result.find.question.expression}"
        missed = result.find.value is None
        cases.append(_Case(name, "failure", "search", text, text) if missed else _Case(name))
    environment = result.environment
    properties = {
        "sockbench": result.sockbench,
        "scenario": result.name,
        "started": result.started,
        "seed": str(result.seed),
        "verdict": result.verdict.status,
        "python": environment.python,
        "os": f"{environment.os} {environment.kernel}",
        "cpu": environment.cpu or "",
    }
    told = [f"verdict: {result.verdict.status}", *result.verdict.reasons]
    told += [found(result.find)] if result.find is not None and result.find.value is not None else []
    return _Suite(result.name, 0.0, cases, properties, _paragraph(told))


def _verdict(result: Result) -> _Case:
    """A suspect result passes, and says so in the suite's output; one that was cut short is not whole, so an error."""
    verdict = result.verdict
    why = verdict.reasons[0] if verdict.reasons else "no reason is known"
    text = _paragraph([f"verdict: {verdict.status}", *verdict.reasons])
    if verdict.status == "invalid":
        return _Case("verdict", "failure", "invalid", f"the result is invalid: {why}", text)
    if result.interrupted:
        return _Case("verdict", "error", "interrupted", f"the result is not whole: {why}", text)
    return _Case("verdict")


def _run_suite(result: Result, run: Run) -> list[_Suite]:
    """The suite of a run; none where it has no thresholds."""
    held = [one for one in result.thresholds if one.variant == run.variant and one.repetition == run.repetition]
    if not held:
        return []
    known, which = thresholds_of(result), run_called(run.variant, run.repetition, result.repeat)
    name = f"{result.name} ({which})" if which else result.name
    properties = {**{f"variant.{key}": value for key, value in run.variant.items()}, "repetition": str(run.repetition)}
    out = _paragraph([_ended(run)]) if run.aborted_by is not None else ""
    cases = [_threshold(one, known.get(one.expression), run) for one in held]
    return [_Suite(f"{name}: thresholds", run.warmup_s + run.elapsed_s, cases, properties, out)]


def _threshold(held: ThresholdResult, threshold: Threshold | None, run: Run) -> _Case:
    """A threshold: failed, in error where its percentile was withheld, skipped where nobody can tell."""
    if held.ok:
        return _Case(held.expression)
    actual = units.UNKNOWN if held.actual is None else shown_number(held.actual, threshold)
    lines = [f"expression: {held.expression}", f"actual: {actual}", f"margin: {margin_shown(held, threshold)}"]
    lines += [f"run: {called(run.variant)}"] if run.variant else []
    lines += [f"why: {held.reason}"] if held.reason else []
    told = f"{held.expression}: {held.reason or f'actual {actual}, margin {margin_shown(held, threshold)}'}"
    if held.ok is None:
        return _Case(held.expression, "skipped", "", f"not judged: {held.reason or 'nobody can tell'}")
    if held.actual is None and held.reason.startswith(WITHHELD):
        return _Case(held.expression, "error", "withheld", told, _paragraph(lines))
    if run.aborted_by == held.expression:
        told, lines = f"{told}; {_ended(run)}", [*lines, _ended(run)]
        return _Case(held.expression, "failure", "abort", told, _paragraph(lines))
    return _Case(held.expression, "failure", "threshold", told, _paragraph(lines))


def _ended(run: Run) -> str:
    length = f"after {run.elapsed_s:.1f} s of {units.span(run.duration_s)}"
    return f"the threshold {run.aborted_by} ended the run {length}"


def _paragraph(lines: Sequence[str]) -> str:
    return "\n".join(map(cells.plain, lines))


def _written(root: Xml.Element, suite: _Suite, number: int, result: Result) -> None:
    name = _attribute(suite.name)
    endings = [case.ending for case in suite.cases]
    counts = {word: str(endings.count(ending)) for ending, word in _COUNTED.items()}
    attributes = {"id": str(number), "package": "sockbench", "hostname": _HOST, "timestamp": _timestamp(result.started)}
    element = Xml.SubElement(
        root, "testsuite", {"name": name, "tests": str(len(suite.cases)), **counts, "time": _time(suite.time_s)}
    )
    element.attrib |= attributes
    properties = Xml.SubElement(element, "properties")
    for key, value in suite.properties.items():
        Xml.SubElement(properties, "property", {"name": _attribute(key), "value": cells.plain(value)})
    for case in suite.cases:
        shown = Xml.SubElement(
            element, "testcase", {"name": _attribute(case.name), "classname": name, "time": _time(0.0)}
        )
        if case.ending is not None:
            kind = {"type": case.kind} if case.kind else {}
            ended = Xml.SubElement(shown, case.ending, {"message": _attribute(case.message), **kind})
            ended.text = case.text or None
    Xml.SubElement(element, "system-out").text = suite.out or None
    Xml.SubElement(element, "system-err")


def _attribute(text: str) -> str:
    """Some text, since names may not be empty."""
    return cells.plain(text) or "-"


def _timestamp(started: str) -> str:
    """In UTC, without a zone, which the schemas do not allow; of what is no time, the first second of all."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        moment = datetime.fromtimestamp(0, UTC)
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%dT%H:%M:%S}"


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
