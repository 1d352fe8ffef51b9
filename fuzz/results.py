"""What was saved: a result, a histogram log or a calibration that is damaged is read and shown, or is a ResultError."""

from __future__ import annotations

import base64
import copy
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from fuzz.draw import Draw
from sockbench.model.result import Result
from sockbench.report import comparison_report, history_table, run_report, trend_report
from sockbench.report.calibration_report import render_calibration
from sockbench.report.comparison_doubts import doubts
from sockbench.report.floor_line import floor_lines
from sockbench.report.html_report import render_html
from sockbench.report.junit import junit
from sockbench.scenario.conditions import parse_figure
from sockbench.stats import hlog
from sockbench.stats.comparison import compare
from sockbench.stats.histogram import Histogram
from sockbench.stats.sides import Match, of_results, of_variants
from sockbench.stats.trend import trends
from sockbench.store import ResultError, calibration, folder, listing
from sockbench.store.comparison_json import encode_outcome
from sockbench.store.trend_json import encode_trends
from tests.report import samples, searches
from tests.report.experiments import COMPARED, MATRIX

_ALL = replace(
    samples.RESULT,
    scenario=samples.EVERY_KIND,
    environment=replace(samples.ENVIRONMENT, calibration=samples.CALIBRATION),
    runs=(replace(samples.RUN, groups=(samples.STREAMS, samples.KERNEL), relays=(samples.RELAY,)),),
)
WRITTEN: tuple[Any, ...] = tuple(
    json.loads(folder.dumps(result)) for result in (samples.RESULT, _ALL, MATRIX, COMPARED, searches.RESULT)
)
"""Results as they are saved, of every kind of plan and of run."""
CALIBRATED: Any = json.loads(calibration.dumps(samples.CALIBRATION))

FORMATS: tuple[Literal["table", "markdown", "csv"], ...] = ("table", "markdown", "csv")

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 9, 1000, 2**31, 2**53, 2**63, 2**64, 10**19, 10**40, 10**400, -(10**40)),
    *(0.0, -0.0, 0.5, -0.5, 1e-9, 5e-324, 1e9, 1e18, 1e300, -1e300, float("inf"), float("nan")),
    *("", "a", "x" * 300, "\x00", "\x1b[31m", "\u202e", "\ud800", "\n", "|", "</script>"),
    *("2026-11-21T06:50:00", "0001-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
    *("udp", "tcp", "echo", "lost < 1%", "rtt.p99 < 1ms", "rate", "clients.0.count", "-"),
    *([], {}, [[]], [1], ["a"], {"": ""}, [{}], {"a": {}}, [0.0, 0.0], [1e300, -1]),
)  # fmt: skip
"""Values that no field expects."""


def edited(document: Any, draw: Draw) -> Any:
    """The document with some of its fields changed, taken out, doubled, or moved to where another was."""
    document = copy.deepcopy(document)
    for _ in range(1 + draw.number() % 6):
        holder, key = _place(document, draw)
        if holder is None:
            continue
        match draw.number() % 8:
            case 0:
                del holder[key]
            case 1 | 2 | 3 | 4:
                holder[key] = copy.deepcopy(draw.pick(NASTY))
            case 5:
                other, name = _place(document, draw)
                holder[key] = copy.deepcopy(other[name]) if other is not None else None
            case 6:
                holder[key] = holder[key] * 3 if isinstance(holder[key], list | str) else [holder[key]]
            case _:
                holder[key] = draw.number(4) if draw.number() % 2 else draw.piece().decode(errors="surrogateescape")
    return document


def _place(document: Any, draw: Draw) -> tuple[Any, Any]:
    """A container in the document and a key of it; None where it has none. Each step down is a choice."""
    holder, key = None, None
    here = document
    while isinstance(here, dict | list) and here:
        keys: Sequence[Any] = list(here) if isinstance(here, dict) else range(len(here))
        holder, key = here, keys[draw.number() % len(keys)]
        here = here[key]
        if draw.number() % 8 == 0:
            break
    return holder, key


def result(data: bytes) -> None:
    """A result with some fields changed: one that is read can be shown in every way."""
    draw = Draw(data)
    document = edited(draw.pick(WRITTEN), draw)
    show = draw.pick(SHOWN)
    read = _read(json.dumps(document).encode())
    if read is not None:
        show(read)


def document(data: bytes) -> None:
    """Any bytes as `result.json`."""
    _read(data)


def _read(data: bytes) -> Result | None:
    try:
        found = folder.loads(data)
        folder.loads(data, intervals=False)
        listing.started(found)
    except ResultError as error:
        assert str(error)
        return None
    return found


def _text(found: Result) -> None:
    run_report.render(found, "results/x", "table")
    run_report.remarks(found)


def _compared(found: Result) -> None:
    """With itself, and its variants with each other."""
    _compare([("A", found), ("B", found)], lambda: of_results([("A", found), ("B", found)]))
    _compare([("A", found)], lambda: [of_variants(found)])


def _compare(results: Sequence[tuple[str, Result]], matched: Callable[[], list[Match]]) -> None:
    sections = []
    try:
        matches = matched()
        for match in matches:
            sides = [(side.label, runs) for side, runs in match.sides]
            sections.append(comparison_report.Section(match.title, compare(match.sides, [], 0.05), sides))
    except ValueError as error:  # which is told
        assert str(error)
        return
    labels, paths, found = [label for label, _ in results], ["x"] * len(results), [result for _, result in results]
    about = doubts(labels, found, matches)
    heading = comparison_report.heading_of(labels, paths, found)
    for format in FORMATS:
        comparison_report.render(heading, about, sections, [], format)
    titled = [(section.title, section.comparison) for section in sections]
    json.dumps(encode_outcome(list(zip(labels, paths, strict=True)), about, titled, []))


def _history(found: Result) -> None:
    entries = [(Path("results/x"), found)] * 3
    for format in FORMATS:
        history_table.render(entries, format)
    json.dumps(history_table.as_rows(entries))


def _trend(found: Result) -> None:
    entries = [(f"results/{number}", found) for number in range(12)]
    groups = [group.name for run in found.runs for group in run.groups]
    for text in ("rtt.p99", "lost", "requests_per_s"):
        name, figure = None, parse_figure(text, groups)[1]
        try:
            drawn = trends(entries, figure, name, 0.05)
        except ValueError:
            continue
        for format in FORMATS:
            trend_report.render(found.name, drawn, format)
        json.dumps(encode_trends(found.name, drawn))


def _html(found: Result) -> None:
    render_html(found, [hlog.LogLine("students", 0.0, 1.0, Histogram.from_counts([(5, 100), (900, 10)]))])


SHOWN: tuple[Callable[[Result], object], ...] = (
    _text,
    lambda found: run_report.render(found, None, "markdown"),
    lambda found: run_report.render(found, None, "csv"),
    folder.dumps,
    junit,
    _html,
    _compared,
    _history,
    _trend,
)
"""Every way in which a saved result is shown again."""


def latencies(data: bytes) -> None:
    """Any text as `latency.hlog`, and lines whose inside is made up."""
    draw = Draw(data)
    text = draw.rest().decode(errors="surrogateescape") if draw.number() % 2 else "".join(_lines(draw))
    try:
        lines = list(hlog.parse(text))
    except ValueError as error:
        assert len(str(error)) < 300
        return
    for line in lines:
        assert line.histogram.n >= 0
        hlog.dump_line(line)
    assert [line.tag for line in hlog.parse(hlog.dump(lines, 0.0))] == [line.tag for line in lines]


def _lines(draw: Draw) -> list[str]:
    """Lines of a log; most of the lengths and sums in them are right."""
    lines = []
    for _ in range(draw.number() % 4):
        tag = draw.pick(["", "Tag=a,", "Tag=%20,", "Tag=%FF,", "Tag=,", "Tag=a"])
        times = ",".join(draw.pick(["0.000", "1", "999999999999999", "-1", "1e9", ""]) for _ in range(3))
        body = draw.take(draw.number() % 64) * draw.pick([1, 1, 2, 100, 10_000])
        length = draw.pick([len(body), len(body), 0, 2**32 - 1])
        digits, lowest = draw.pick([3, 3, 3, 2]), draw.pick([1, 1, 1, 0, 2**63])
        inner = hlog._INNER.pack(hlog._INNER_COOKIE, length, draw.pick([0, 0, 1]), digits, lowest, 2**40, 1.0) + body
        packed = zlib.compress(inner)
        outer = hlog._OUTER.pack(hlog._OUTER_COOKIE, draw.pick([len(packed), len(packed), 0])) + packed
        lines.append(f"{tag}{times},{base64.b64encode(outer).decode()}\n")
    return lines


def calibrated(data: bytes) -> None:
    """Any bytes as `calibration.json`, and one with some fields changed."""
    draw = Draw(data)
    text = draw.rest() if draw.number() % 4 == 0 else json.dumps(edited(CALIBRATED, draw)).encode()
    try:
        found = calibration.loads(text)
    except ResultError as error:
        assert str(error)
        return
    render_calibration(found, "x")
    calibration.dumps(found)
    floor_lines(found, samples.PLAN, samples.RUN.groups)
