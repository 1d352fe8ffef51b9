"""A result as one HTML file that needs nothing else: the story first, then charts, tables, conditions and definitions.

It decides what the page says and in which order. Whatever comes from outside is text: escaped by the template, or in
JSON without a `<`; and the page's own policy lets no script but its own run, and no request leave.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from sockbench.model.result import Result
from sockbench.report import cells
from sockbench.report.chart import Chart, as_json
from sockbench.report.chart_latency import latency_charts
from sockbench.report.chart_series import MOST_SERIES, all_series
from sockbench.report.chart_time import time_charts
from sockbench.report.chart_totals import swept, total_charts
from sockbench.report.comparison_words import nothing_at_all, sentences
from sockbench.report.find_report import found
from sockbench.report.html_blocks import for_template
from sockbench.report.html_conditions import command, command_note, conditions, plan_blocks
from sockbench.report.page import Block, Lines
from sockbench.report.run_report import blocks_of
from sockbench.report.table import Table
from sockbench.stats.comparison import FEWEST_RUNS
from sockbench.stats.hlog import LogLine

UPLOT_VERSION = "1.6.32"
MOST_REASONS = 3
"""Of a verdict, before a click: the gravest come first."""
_SIGNS = {"valid": "✓", "suspect": "!", "invalid": "✗"}
_ALWAYS = ("How requests end", "Times", "Loss with a direction")
"""Sections of the definitions that charts speak of, too."""


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template shows; every text in it is plain."""

    version: str
    name: str
    description: str
    status: str
    sign: str
    reasons: list[str]
    unfolded: int
    answers: list[str]
    summary: list[str]
    left_out: str
    charts: list[Chart]
    blocks: list[dict[str, Any]]
    conditions: list[tuple[str, list[tuple[str, str]]]]
    plan: list[dict[str, Any]]
    command: str
    command_note: str
    definitions: list[tuple[str, str]]


def render_html(result: Result, log: Sequence[LogLine] = ()) -> str:
    """The page, as text. `log` is what `latency.hlog` holds: without it a few percentiles stand for the histograms."""
    page = _page(result, log)
    style = Markup(_file("uplot/uPlot.min.css") + "\n" + _file("page.css"))
    uplot = Markup(_file("uplot/LICENSE").join(("/*\n", "\n*/\n")) + _file("uplot/uPlot.iife.min.js"))
    script = Markup("\n" + _file("charts.js"))
    return _template().render(
        page=page,
        policy=_policy(style, uplot, script),
        style=style,
        uplot=uplot,
        script=script,
        uplot_version=UPLOT_VERSION,
        data=Markup(embedded([as_json(chart) for chart in page.charts])),
    )


def embedded(value: object) -> str:
    """JSON that may stand in a script element: in ASCII, and nothing in it begins or ends markup."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def charts_of(result: Result, log: Sequence[LogLine] = ()) -> list[Chart]:
    """All charts of a result, in the order in which they are shown."""
    series = all_series(result)
    few = series[:MOST_SERIES]
    totals = total_charts(result, few) if len(few) == len(series) else _with_all(result)
    over_number = [chart for chart in totals if chart.id.startswith(("against-", "found-"))]
    rest = [chart for chart in totals if chart not in over_number]
    latency = latency_charts(few, log) if result.find is None else []
    return [*over_number, *latency, *time_charts(result, few), *rest]


def _with_all(result: Result) -> list[Chart]:
    """A sweep has a point for each variant, however many there are; the bars are of the first ones."""
    series = all_series(result)
    if result.find is not None:
        return total_charts(result, series)
    of_few = [chart for chart in total_charts(result, series[:MOST_SERIES]) if not chart.id.startswith("against-")]
    return [*swept(result, series), *of_few]


def _page(result: Result, log: Sequence[LogLine]) -> Page:
    answers = _answers(result)
    blocks = blocks_of(result, None)
    plan = plan_blocks(result)
    whole = len(all_series(result))
    return Page(
        version=cells.plain(result.sockbench),
        name=cells.plain(result.name),
        description=cells.prose(result.scenario.description),
        status=result.verdict.status,
        sign=_SIGNS[result.verdict.status],
        reasons=[cells.plain(reason) for reason in result.verdict.reasons],
        unfolded=MOST_REASONS if len(result.verdict.reasons) > MOST_REASONS + 1 else len(result.verdict.reasons),
        answers=answers,
        summary=_summary(result, blocks[1]),
        left_out=f"Lines are of the first {MOST_SERIES} of {whole} groups; the tables have all."
        if whole > MOST_SERIES
        else "",
        charts=charts_of(result, log),
        blocks=for_template(blocks[2:], without=answers),
        conditions=conditions(result),
        plan=for_template(plan),
        command=command(result),
        command_note=command_note(result),
        definitions=_definitions([*blocks, *plan]),
    )


def _answers(result: Result) -> list[str]:
    """What a person asked: which side is better, what was found, which thresholds were not met."""
    said: list[str] = []
    if result.find is not None:
        said.append(found(result.find))
    if (comparison := result.comparison) is not None:
        if min(side.runs for side in comparison.sides) < FEWEST_RUNS:
            said.append(nothing_at_all(comparison))
        else:
            said += [sentence for group in comparison.groups for sentence in sentences(comparison, group)]
    if (held := len(result.thresholds)) > 0:
        missed = sum(threshold.ok is not True for threshold in result.thresholds)
        said.append(f"Thresholds: {missed:,} of {held:,} not met." if missed else f"Thresholds: all {held:,} met.")
    return [cells.plain(sentence) for sentence in said]


def _summary(result: Result, what_was_run: Block) -> list[str]:
    """When, and what; of several lines the later ones stand by themselves."""
    try:
        started = datetime.fromisoformat(result.started).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        started = result.started
    lines = what_was_run.lines if isinstance(what_was_run, Lines) else ()
    return [cells.plain(line) for line in (f"{started}: {lines[0]}" if lines else started, *lines[1:])]


def _definitions(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """What the columns of the page mean, in the words of docs/metrics.md; each once."""
    headings = {column.heading for block in blocks if isinstance(block, Table) for column in block.columns}
    known: set[str] = set()
    chosen = []
    for entry in json.loads(_file("definitions.json")):
        names = [name for name in entry["names"] if name not in known]
        if names and (entry["section"] in _ALWAYS or headings.intersection(names)):
            known.update(names)
            chosen.append((", ".join(names), str(entry["text"])))
    return chosen


def _policy(style: str, *scripts: str) -> str:
    """Nothing is fetched, and nothing runs or styles but these texts (Content Security Policy, level 2)."""
    own = " ".join(_hashed(script) for script in scripts)
    return f"default-src 'none'; script-src {own}; style-src {_hashed(style)}; base-uri 'none'; form-action 'none'"


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(_file("page.html"))


@cache
def _file(name: str) -> str:
    return resources.files("sockbench.report").joinpath("web", *name.split("/")).read_text(encoding="utf-8")
