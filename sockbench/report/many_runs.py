"""The runs of several variants or repetitions as one table: a row a variant and group, over all its repetitions.

It decides what is added up and what is a median: requests are counted, so no loss is hidden by runs that had none;
times and rates are the medians of the runs. Nothing is compared here.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

from sockbench.model.experiment import called
from sockbench.model.result import GroupResult, Result, Run
from sockbench.report import cells, flat, page, table, units
from sockbench.report.buffer_lines import cut_buffers
from sockbench.report.floor_line import beside_floor, has_floor
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table
from sockbench.report.tcp_table import TCP_COLUMNS, TCP_TITLE

_ALWAYS = ("planned", "ok", "late", "lost")
_RARE = ("refused", "failed", "corrupt", "skipped", "unfinished", "duplicate", "reordered", "stray")
_TIMES = (
    Column("requests/s", "requests_per_s", "rate"),
    Column("RTT p50", "rtt_p50_s", "duration"),
    Column("RTT p90", "rtt_p90_s", "duration"),
    Column("RTT p99", "rtt_p99_s", "duration"),
    Column("RTT max", "rtt_max_s", "duration"),
    Column("response p99", "response_p99_s", "duration"),
)
_LEGEND = (
    "requests are those of all runs; requests/s (draining included), RTT and response are the medians of the runs.",
    "RTT: from sent to answered. response: from due to answered, so with any wait before it was sent.",
)
_WITHHELD = (
    "-: a run has too few samples, or none. A percentile is shown when at least 10 lie beyond it: p50 takes 20, "
    "p90 100, p99 1,000."
)
_EACH = "each run by itself: --format csv, or json"


def what_was_run(result: Result) -> str:
    """How long, how often and with what."""
    plans = [variant.plan for variant in result.variants] or [result.scenario]
    lengths = sorted({plan.duration for plan in plans})
    length = units.span(lengths[0]) + (f" to {units.span(lengths[-1])}" if len(lengths) > 1 else "") + " a run"
    warmups = sorted({plan.warmup for plan in plans})
    if warmups[-1]:
        length += f" after a warm-up of {units.span(warmups[-1])}{' or less' if len(warmups) > 1 else ''}"
    variants = f"{units.counted(len(result.variants), 'variant')} x " if result.variants else ""
    wanted = max(1, len(result.variants)) * result.repeat
    made = "" if len(result.runs) == wanted else f" of which {len(result.runs):,} were made"
    runs = f"{variants}{units.counted(result.repeat, 'repetition')} = {units.counted(wanted, 'run')}{made}"
    return f"{length}, {runs}, seed {result.seed}, {units.counted(result.environment.workers, 'worker')}"


def run_blocks(result: Result) -> list[Block]:
    """The table of all runs, and what its words mean."""
    rows = [(run.variant, group) for run in result.runs for group in run.groups]
    tables = _tables(result)
    notes = [*_LEGEND, *_beside_floor(result), *_warmup(result.runs)]
    if any(None in (group.rtt.p50_s, group.rtt.p90_s, group.rtt.p99_s, group.response.p99_s) for _, group in rows):
        notes.append(_WITHHELD)
    return [*tables, Lines((*notes, *_of_variants(result), _EACH)), *_tcp_tables(result)]


def _beside_floor(result: Result) -> list[str]:
    """The median RTTs beside this machine's own floor, where that was measured."""
    calibration = result.environment.calibration
    if calibration is None:
        return []
    medians = []
    for values, groups in _grouped(result):
        plan = result.plan_of(values)
        if any(group.name == groups[0].name and has_floor(plan, group) for group in plan.groups):
            name = " ".join(filter(None, [variant_cell(values), groups[0].name]))
            medians.append((name, groups[0].transport, _median([group.rtt.p50_s for group in groups])))
    return beside_floor(calibration, medians)


def _of_variants(result: Result) -> list[str]:
    """What is to be said of some runs: once for each variant that has it, or for all."""
    found: dict[str, tuple[str, list[dict[str, str]]]] = {}
    for run in result.runs:
        cut = cut_buffers(result.plan_of(run.variant), run)
        for note in [*cut, *(f"hint: {hint}" for group in run.groups for hint in group.hints)]:
            alike = re.sub(r"\d+%", "", note)  # runs that differ in a share alone say the same
            _, which = found.setdefault(alike, (note, []))
            if run.variant not in which:
                which.append(run.variant)
    return [
        note if len(which) == max(1, len(result.variants)) else f"{note} ({'; '.join(map(called, which))})"
        for note, which in found.values()
    ]


def _tcp_tables(result: Result) -> list[Table]:
    """What the kernel told of the connections of all runs together; no table where there are none."""
    keys = _keys(result)
    columns = (*keys, *TCP_COLUMNS)
    rows = [
        row_of_runs(values, groups, columns)
        for values, groups in _grouped(result)
        if any(group.tcp is not None for group in groups)
    ]
    title = f"{TCP_TITLE}: counts of all runs, times the medians of the runs"
    return [Table(title, columns, tuple(rows), keys=len(keys))] if rows else []


def _keys(result: Result) -> list[Column]:
    """The columns that tell the rows apart."""
    return [*([variant_column(result)] if _varies(result) else []), Column("group", "name", "name")]


def _tables(result: Result) -> list[Table]:
    """One table, or two when one would be too wide: what became of the requests; the times."""
    seen = {name for name in _RARE for run in result.runs for group in run.groups if flat.count_of(group, name)}
    counts = [Column(name, name, "count") for name in (*_ALWAYS, *(name for name in _RARE if name in seen))]
    keys = _keys(result)
    columns = (*keys, Column("runs", "runs", "count"), *counts, *_TIMES)
    rows = [row_of_runs(values, groups, columns) for values, groups in _grouped(result)]
    whole = Table("", columns, tuple(rows), keys=len(keys))
    if table.columns_of(whole) <= page.WIDTH:
        return [whole]
    second = len(columns) - len(_TIMES)
    return [whole.part(range(second)), whole.part([*range(len(keys)), *range(second, len(columns))])]


def _grouped(result: Result) -> list[tuple[dict[str, str], list[GroupResult]]]:
    """The results of each variant and group, variants in the order of the matrix."""
    order = {called(variant.values): place for place, variant in enumerate(result.variants)}
    found: dict[tuple[str, str], tuple[dict[str, str], list[GroupResult]]] = {}
    for run in sorted(result.runs, key=lambda run: order.get(called(run.variant), len(order))):
        for group in run.groups:
            found.setdefault((called(run.variant), group.name), (run.variant, []))[1].append(group)
    return list(found.values())


def row_of_runs(values: dict[str, str], groups: Sequence[GroupResult], columns: Sequence[Column]) -> tuple[Cell, ...]:
    """All runs of one variant and group: counts added up, times and rates their medians."""
    known: dict[str, Cell] = {"variant": variant_cell(values), "name": groups[0].name, "runs": len(groups)}
    flat_groups = [flat.flatten(group) for group in groups]
    for column in columns:
        if column.field in known:
            continue
        numbers = [row[column.field] for row in flat_groups]
        if column.kind == "name":
            known[column.field] = numbers[0]
            continue
        known[column.field] = _sum(numbers) if column.kind == "count" else _median(numbers)
    return tuple(known[column.field] for column in columns)


def _sum(numbers: Sequence[Cell]) -> int | None:
    """None where a run does not know it."""
    known = [number for number in numbers if isinstance(number, int)]
    return sum(known) if len(known) == len(numbers) else None


def _median(numbers: Sequence[Cell]) -> float | None:
    """None where a run has none: the others' median would be another's."""
    known = [number for number in numbers if isinstance(number, int | float)]
    return statistics.median(known) if len(known) == len(numbers) else None


def _varies(result: Result) -> bool:
    return bool(result.variants) or any(run.variant for run in result.runs)


def variant_column(result: Result) -> Column:
    """The column that says which variant a row is about: called like the key of the matrix where there is but one."""
    return column_of({key for run in result.runs for key in run.variant})


def column_of(keys: set[str]) -> Column:
    """The same, of a matrix with these keys."""
    name = next(iter(keys)) if len(keys) == 1 else "variant"
    return Column(cells.cut(cells.plain(name), table.NAME_COLUMNS), "variant", "text")


def variant_cell(values: dict[str, str]) -> str:
    """What stands in that column: `tcp`, or `transport=tcp, clients=10`."""
    return cells.plain(next(iter(values.values())) if len(values) == 1 else called(values))


def _warmup(runs: Sequence[Run]) -> list[str]:
    planned = sum(group.warmup.planned for run in runs for group in run.groups)
    if not planned:
        return []
    return [f"warm-ups: {units.counted(planned, 'request')}, in none of the numbers above"]
