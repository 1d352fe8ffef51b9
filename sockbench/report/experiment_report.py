"""An experiment for people: what `sockbench check` prints. It decides what is said of several variants and repetitions.

Of one variant that is run once it says what `plan_report` does.
"""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.experiment import Experiment, Variant
from sockbench.report import cells, page, plan_report, units
from sockbench.report.many_runs import column_of, variant_cell
from sockbench.report.page import Block, Lines
from sockbench.report.plan_report import GROUPS, SERVERS, Estimate
from sockbench.report.table import Cell, Column, Table

Estimates = Sequence[Sequence[Estimate]]


def render_experiment(experiment: Experiment, estimates: Estimates, width: int = page.WIDTH) -> str:
    """The experiment as text, ending in a newline; for each variant an estimate of each of its groups."""
    plan = experiment.plan
    if len(experiment.variants) == 1 and experiment.repeat == 1 and not experiment.variants[0].values:
        return plan_report.render_plan(plan, estimates[0], width)
    blocks: list[Block] = [
        plan_report.heading(plan),
        Lines((*_how_many(experiment), *_how_much(experiment, estimates))),
    ]
    blocks.append(_group_table(experiment.variants, estimates))
    if any(estimate.requests is None for one in estimates for estimate in one):
        blocks.append(Lines((plan_report.AS_MANY,)))
    notes = [(variant, plan_report.notes(variant.plan)) for variant in experiment.variants]
    impaired = [(variant, plan_report.impaired(variant.plan)) for variant in experiment.variants]
    thresholds = [
        (variant, [plan_report.threshold_line(threshold) for threshold in variant.plan.thresholds])
        for variant in experiment.variants
    ]
    blocks += [Lines(tuple(lines)) for lines in [_shared(notes)] if lines]
    blocks.append(_server_table(experiment.variants))
    blocks += [Lines(("impaired", *lines)) for lines in [_shared(impaired)] if lines]
    blocks += [Lines(("thresholds, of each run", *lines)) for lines in [_shared(thresholds)] if lines]
    return page.to_text(blocks, width)


def _how_many(experiment: Experiment) -> tuple[str, ...]:
    variants, repetitions = len(experiment.variants), experiment.repeat
    runs = f"{units.counted(variants, 'variant')} x {units.counted(repetitions, 'repetition')} = "
    order = "" if variants == 1 else ", all variants once and then again, in an order shuffled by the seed"
    longest = _longest(experiment.variants)
    a_run = (f"a run takes at most {units.span(longest)}",) if longest is not None else ()
    return (
        f"{runs}{units.counted(experiment.runs, 'run')}{order}; seed {experiment.plan.seed}",
        f"takes at most {units.span(experiment.longest)}, and what the processes of {experiment.runs:,} runs take to "
        "start",
        *a_run,
    )


def _longest(variants: Sequence[Variant]) -> float | None:
    """What a run takes at most, where all variants are alike."""
    first = variants[0].plan.longest
    return first if all(variant.plan.longest == first for variant in variants) else None


def _how_much(experiment: Experiment, estimates: Estimates) -> tuple[str, ...]:
    """Requests and bytes of all runs together, where they are known."""
    requests, size = 0, 0.0
    for estimate in (estimate for one in estimates for estimate in one):
        if estimate.requests is None:
            return ()
        requests += estimate.requests
        size += estimate.requests * estimate.bytes
    repeat = experiment.repeat
    return (f"all runs together: {requests * repeat:,} requests, {units.size(round(size * repeat))}",)


def _group_table(variants: Sequence[Variant], estimates: Estimates) -> Table:
    differ = _longest(variants) is None
    rows: list[tuple[Cell, ...]] = []
    for variant, all_of in zip(variants, estimates, strict=True):
        for group, estimate in zip(variant.plan.groups, all_of, strict=True):
            takes = (units.span(variant.plan.longest),) if differ else ()
            rows.append((variant_cell(variant.values), *plan_report.group_row(group, estimate), *takes))
    takes_column = (Column("a run takes", "longest_s", "text"),) if differ else ()
    columns = (column_of(set(variants[0].values)), *GROUPS, *takes_column)
    return _of_variants("", columns, rows, variants)


def _server_table(variants: Sequence[Variant]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for variant in variants:
        rows += [(variant_cell(variant.values), *row) for row in plan_report.server_rows(variant.plan)]
    columns = (column_of(set(variants[0].values)), *SERVERS)
    return _of_variants("servers, started by each run", columns, rows, variants)


def _of_variants(
    title: str, columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]], variants: Sequence[Variant]
) -> Table:
    """A table whose first two columns tell its rows apart; only the second where there is no matrix."""
    whole = Table(title, columns, tuple(rows), keys=2)
    return whole if variants[0].values else Table(title, columns[1:], tuple(row[1:] for row in rows))


def _shared(lines_of: Sequence[tuple[Variant, list[str]]]) -> list[str]:
    """Lines that are the same in all variants once, others with the variant that they are of."""
    if all(lines == lines_of[0][1] for _, lines in lines_of):
        return lines_of[0][1]
    return [f"{line} ({cells.plain(variant.name)})" for variant, lines in lines_of for line in lines]
