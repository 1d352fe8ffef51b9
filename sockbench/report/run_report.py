"""The report of a result: what `run` prints and `report` prints again, from the saved values alone.

It decides what is said and in which order: the verdict comes first, under the title. Layout is `page`'s.
"""

from __future__ import annotations

from typing import Literal

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.result import Counts, GroupResult, Result, Run
from sockbench.report import cells, flat, many_runs, page, table, units
from sockbench.report.buffer_lines import cut_buffers
from sockbench.report.comparison_report import answers, can_tell, comparison_blocks, told_with_run
from sockbench.report.environment_lines import environment_lines
from sockbench.report.find_report import find_blocks, flat_curve, found
from sockbench.report.floor_line import floor_lines
from sockbench.report.lag_table import lag_table
from sockbench.report.page import Block, Bullets, Fold, Lines
from sockbench.report.server_report import with_unproven
from sockbench.report.table import Cell, Column, Table
from sockbench.report.tcp_table import tcp_tables
from sockbench.report.threshold_table import threshold_table
from sockbench.report.truth_table import relay_blocks
from sockbench.report.way_table import way_table

ReportFormat = Literal["table", "markdown", "csv"]

DRAINED = 1.01  # from this multiple of the duration on, the drain shows in the rates
_ALWAYS = ("ok", "late", "lost")
_RARE = ("refused", "failed", "corrupt", "skipped", "unfinished")
_REPLIES = ("duplicate", "reordered", "stray")
_TIME_COLUMNS = (
    Column("requests/s", "requests_per_s", "rate"),
    Column("RTT p50", "rtt_p50_s", "duration"),
    Column("RTT p90", "rtt_p90_s", "duration"),
    Column("RTT p99", "rtt_p99_s", "duration"),
    Column("RTT max", "rtt_max_s", "duration"),
    Column("response p99", "response_p99_s", "duration"),
)
_KERNEL_COLUMNS = (
    Column("group", "name", "name"),
    Column("n", "kernel_rtt_n", "count"),
    Column("p50", "kernel_rtt_p50_s", "duration"),
    Column("p90", "kernel_rtt_p90_s", "duration"),
    Column("p99", "kernel_rtt_p99_s", "duration"),
    Column("max", "kernel_rtt_max_s", "duration"),
)
_TOOLS_SHARE = Column("tool's share p50", "tool_p50_s", "duration")
_LEGEND = "RTT: from sent to answered. response: from due to answered, so with any wait before it was sent."
_NO_ANSWER = "-: nothing was answered in time, so there are no times to show."
_TOO_FEW = "-: too few samples. A percentile is shown when at least 10 lie beyond it: p50 takes 20, p90 100, p99 1,000."


def render(result: Result, saved: str | None, format: ReportFormat, width: int = page.WIDTH) -> str:
    """The report as text, ending in a newline. `saved` is where the result was saved, if it was. Text
    is made for a terminal of `width` columns.

    `csv` has one row a group, of a search one a run, and plain numbers (seconds, bytes, per second), and nothing else.
    `markdown` is made for a pull request: what decides comes first, and the details are folded.
    """
    if format == "csv":
        return table.to_csv(flat.group_table(result) if result.find is None else flat_curve(result, result.find))
    if format == "markdown":
        return page.to_markdown(_request_blocks(result, saved))
    return page.to_text(blocks_of(result, saved), width)


def remarks(result: Result) -> str:
    """What a format without room for it must not hide: a verdict that is not `valid`, thresholds not met. As text."""
    verdict = result.verdict
    blocks: list[Block] = []
    if verdict.status != "valid":
        blocks.append(Bullets(f"verdict: {verdict.status}", verdict.reasons))
    if any(threshold.ok is not True for threshold in result.thresholds):
        blocks.append(threshold_table(result))
    if result.find is not None:
        blocks.append(Lines((found(result.find),)))
    return page.to_text(blocks) if blocks else ""


def blocks_of(result: Result, saved: str | None) -> list[Block]:
    """All that is said of a result, in order; the verdict under its title is the first of it."""
    blocks: list[Block] = [Bullets(f"verdict: {result.verdict.status}", result.verdict.reasons, heading=_title(result))]
    if result.find is not None:
        blocks += find_blocks(result, result.find)
    elif result.is_of_many or len(result.runs) > 1:
        blocks += [Lines((many_runs.what_was_run(result),)), *many_runs.run_blocks(result)]
        if result.comparison is not None:
            blocks += told_with_run(result.comparison)
    else:
        blocks.append(Lines((_what_was_run(result), *_what_rates_are_over(result))))
        for run in result.runs:
            blocks += _run_blocks(result, run)
    if result.thresholds:
        blocks.append(threshold_table(result))
    if saved is not None:
        blocks.append(Lines((f"saved: {saved}",), whole=True))
    return blocks


def _request_blocks(result: Result, saved: str | None) -> list[Block]:
    """Verdict, the comparison's sentences, thresholds and the main tables; all else is folded below them."""
    blocks: list[Block] = [Bullets(f"verdict: {result.verdict.status}", result.verdict.reasons, heading=_title(result))]
    tables, details = _main_tables(result)
    if result.comparison is not None and result.find is None:
        blocks += [Lines((sentence,)) for sentence in answers(result.comparison)]
    if result.thresholds:
        blocks.append(threshold_table(result))
    blocks += tables
    blocks.append(Fold("details", tuple(details)))
    if result.comparison is not None and result.find is None and can_tell(result.comparison):
        blocks.append(Fold("comparison of the variants", tuple(comparison_blocks(result.comparison))))
    blocks.append(Fold("how it was measured", (Bullets("environment", environment_lines(result)),)))
    if saved is not None:
        blocks.append(Lines((f"saved: {saved}",), whole=True))
    return blocks


def _main_tables(result: Result) -> tuple[list[Block], list[Block]]:
    """What was run and its main tables; and what follows them."""
    if result.find is not None:
        return find_blocks(result, result.find), []
    if result.is_of_many or len(result.runs) > 1:
        line, rest = Lines((many_runs.what_was_run(result),)), many_runs.run_blocks(result)
    else:
        line = Lines((_what_was_run(result), *_what_rates_are_over(result)))
        rest = [block for run in result.runs for block in _run_blocks(result, run)]
    first = next((place for place, block in enumerate(rest) if not isinstance(block, Table)), len(rest))
    return [line, *rest[:first]], rest[first:]


def _title(result: Result) -> str:
    description = cells.prose(result.scenario.description)
    name = cells.cut(cells.plain(result.name), page.WIDTH)
    return f"{name}: {description}" if description else name


def _what_was_run(result: Result) -> str:
    plan = result.scenario
    length = units.span(plan.duration)
    elapsed, cut = sum(run.elapsed_s for run in result.runs), True
    if result.interrupted:
        length = _interrupted(elapsed, plan.duration)
    elif any(run.aborted_by is not None for run in result.runs):
        length = f"ended by a threshold after {elapsed:.1f} s of {units.span(plan.duration)}"
    else:
        cut = False
    if plan.warmup:
        length += f"{',' if cut else ''} after a {units.span(plan.warmup)} warm-up"
    workers = units.counted(result.environment.workers, "worker")
    return f"{length}, seed {result.seed}, {workers}{' (auto)' if result.environment.workers_auto else ''}"


def _interrupted(elapsed: float, duration: float) -> str:
    if not elapsed:
        return f"interrupted before the {units.span(duration)} of the measurement"
    if elapsed > duration:
        waited = f"{elapsed - duration:.1f} s after the load of {units.span(duration)}"
        return f"interrupted while it waited for answers, {waited}"
    return f"interrupted after {elapsed:.1f} s of {units.span(duration)}"


def _what_rates_are_over(result: Result) -> tuple[str, ...]:
    """Rates divide by the time that the drain took, too: said where it can be seen in them."""
    duration = result.scenario.duration
    elapsed = max((run.elapsed_s for run in result.runs), default=0.0)
    if result.interrupted or elapsed <= DRAINED * duration:
        return ()
    drained = elapsed - duration
    return (f"rates are over {elapsed:.1f} s: the load's {units.span(duration)}, and {drained:.1f} s of draining",)


def _run_blocks(result: Result, run: Run) -> list[Block]:
    plan = result.plan_of(run.variant)
    blocks: list[Block] = [*_group_tables(run.groups)]
    notes = [_LEGEND] if any(group.rtt.n for group in run.groups) else []
    answered = [group for group in run.groups if group.rtt.n]
    if len(answered) < len(run.groups):
        notes.append(_NO_ANSWER)
    if any(_times_are_short(group) for group in answered):
        notes.append(_TOO_FEW)
    notes += _client_drops(run.groups)
    notes += cut_buffers(plan, run)
    notes += floor_lines(result.environment.calibration, plan, run.groups)
    notes += _targets(run)
    notes += _churned(run.groups)
    notes += _warmup(run)
    notes += [f"hint: {hint}" for group in run.groups for hint in group.hints]
    blocks.append(Lines(tuple(notes)))
    blocks += _kernel_table(run.groups)
    blocks += [Lines(tuple(lines)) for lines in [_unstamped(run.groups)] if lines]
    blocks += tcp_tables(run.groups)
    blocks += [way_table(run.groups), lag_table(run.groups), *relay_blocks(plan, run)]
    blocks.append(_server_table(run))
    return blocks


def _group_tables(groups: tuple[GroupResult, ...]) -> list[Table]:
    """One table, or two when one would be too wide: what became of the requests; the further replies and the times."""
    seen = {name for name in _RARE + _REPLIES if any(flat.count_of(group, name) for group in groups)}
    ends = [name for name in ("clients", "planned", *_ALWAYS, *_RARE) if name in seen or name not in _RARE]
    replies = [name for name in _REPLIES if name in seen]
    counts = [Column(name, name, "count") for name in ends + replies]
    columns = (Column("group", "name", "name"), *counts, *_TIME_COLUMNS)
    rows: list[tuple[Cell, ...]] = []
    for group in groups:
        values = flat.flatten(group)
        rows.append(tuple(values[column.field] for column in columns))
    whole = Table("", columns, tuple(rows))
    if table.columns_of(whole) <= page.WIDTH:
        return [whole]
    second = len(ends) + 1
    return [whole.part(range(second)), whole.part([0, *range(second, len(columns))])]


def _times_are_short(group: GroupResult) -> bool:
    rtt = group.rtt
    kernel = group.kernel_rtt or rtt
    return None in (rtt.p50_s, rtt.p90_s, rtt.p99_s, group.response.p99_s, kernel.p50_s, kernel.p90_s, kernel.p99_s)


def _kernel_table(groups: tuple[GroupResult, ...]) -> list[Table]:
    """RTTs without the tool's part in them, for the groups that asked for them."""
    rows: list[tuple[Cell, ...]] = []
    for group in groups:
        if group.kernel_rtt is not None:
            values = flat.flatten(group)
            whole, kernel = group.rtt.p50_s, group.kernel_rtt.p50_s
            tools = None if whole is None or kernel is None else whole - kernel
            rows.append((*(values[column.field] for column in _KERNEL_COLUMNS), tools))
    title = "kernel RTT: from the kernel's send to the kernel's receive"
    return [Table(title, (*_KERNEL_COLUMNS, _TOOLS_SHARE), tuple(rows))] if rows else []


def _unstamped(groups: tuple[GroupResult, ...]) -> list[str]:
    """Requests that the kernel's RTTs leave out."""
    lines = []
    for group in groups:
        missing = group.counts.ok - group.kernel_rtt.n if group.kernel_rtt is not None else 0
        if missing > 0:
            lines.append(
                f"without a kernel RTT: {units.count(missing)} of the {units.count(group.counts.ok)} requests of "
                f"{_short(group.name)} that are ok; a stamp did not come, or the clock was set meanwhile"
            )
    return lines


def _client_drops(groups: tuple[GroupResult, ...]) -> list[str]:
    """Replies that reached this machine are no losses of the network."""
    dropped = [
        f"{units.count(group.kernel_drops)} of {_short(group.name)}"
        for group in groups
        if (group.kernel_drops or 0) > 0
    ]
    if not dropped:
        return []
    return [f"dropped at this machine's own sockets, so not by the network: {', '.join(dropped)}"]


def _churned(groups: tuple[GroupResult, ...]) -> list[str]:
    return [
        f"{units.counted(group.churned, 'client')} of {_short(group.name)} left, and others took their places"
        for group in groups
        if group.churned
    ]


def _targets(run: Run) -> list[str]:
    """Whom did groups talk to that this run did not start?"""
    started = {server.name for server in run.servers}
    return [
        f"target of {_short(group.name)}: {cells.cut(cells.plain(group.server), 80)}"
        for group in run.groups
        if group.server not in started
    ]


def _warmup(run: Run) -> list[str]:
    warmups = [group.warmup for group in run.groups]
    planned = sum(counts.planned for counts in warmups)
    if not run.warmup_s and not planned:
        return []
    said = [f"{_total(warmups, name):,} {name}" for name in OUTCOME_NAMES if _total(warmups, name)]
    return [", ".join([f"warm-up: {units.counted(planned, 'request')}", *said, "in none of the numbers above"])]


def _total(all_counts: list[Counts], name: str) -> int:
    return sum(getattr(counts, name) for counts in all_counts)


def _server_table(run: Run) -> Table:
    columns: tuple[Column, ...] = (
        Column("server", "name", "name"),
        Column("transport", "transport", "text"),
        Column("address", "address", "text"),
        Column("received", "received", "count"),
        Column("answered", "answered", "count"),
        Column("rejected", "rejected", "count"),
        Column("clients peak", "clients_peak", "count"),
        Column("kernel drops", "kernel_drops", "count"),
        Column("CPU", "cpu_s", "duration"),
    )
    columns = with_unproven(columns, run.servers)
    rows = tuple(tuple(getattr(server, column.field) for column in columns) for server in run.servers)
    return Table("servers, from start to stop" + (", warm-up included" if run.warmup_s else ""), columns, rows)


def _short(name: str) -> str:
    return cells.cut(cells.plain(name), table.NAME_COLUMNS)
