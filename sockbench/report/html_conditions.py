"""How a result was measured, for its HTML report: the machine and the versions, the plan, and the command that repeats
it. It decides what is shown of them; the values are those of the result.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from sockbench.model.environment import Environment
from sockbench.model.experiment import Variant
from sockbench.model.find import Find
from sockbench.model.plan import ChoicePayload, DigitsPayload, FilePayload, Group, Payload, SizePayload, TextPayload
from sockbench.model.result import Result
from sockbench.report import cells, plan_report, units
from sockbench.report.many_runs import column_of, variant_cell
from sockbench.report.page import Block, Lines
from sockbench.report.plan_report import Estimate
from sockbench.report.table import Cell, Column, Table

Pairs = list[tuple[str, str]]

_MOST_VARIANTS = 12
_NO_ESTIMATE = Estimate(None, 0.0)
_LONGEST = 200


def conditions(result: Result) -> list[tuple[str, Pairs]]:
    """Titles, and names with their values: what is known of the machine, the run and the versions."""
    of = result.environment
    plans = [variant.plan for variant in result.variants] or [result.scenario]
    lengths = dict.fromkeys(units.span(plan.duration) for plan in plans)
    warmups = dict.fromkeys(units.span(plan.warmup) for plan in plans)
    run: list[tuple[str, str | None]] = [
        ("started (UTC)", result.started),
        ("load, a run", ", ".join(lengths)),
        ("warm-up", ", ".join(warmups)),
        ("runs", units.count(len(result.runs))),
        ("seed", str(result.seed)),
        ("client processes", f"{of.workers:,}{' (auto)' if of.workers_auto else ''}"),
        ("driver", of.driver),
        ("garbage collection", of.gc),
        ("interrupted", "yes" if result.interrupted else None),
    ]
    return [("Run", _known(run)), ("Machine", _machine(of)), ("Versions", _versions(result, of))]


def _machine(of: Environment) -> Pairs:
    load = of.load_average
    rows: list[tuple[str, str | None]] = [
        ("processor", of.cpu),
        ("processors", None if of.cpus is None else units.count(of.cpus)),
        ("memory", None if of.memory_bytes is None else units.size(of.memory_bytes)),
        ("system", f"{of.os} {of.kernel}"),
        ("load average before", None if load is None else " ".join(f"{value:.2f}" for value in load)),
        ("other processes used", None if of.other_cpu_share is None else units.share(of.other_cpu_share)),
        ("stolen by the host", None if of.steal_share is None else units.share(of.steal_share)),
        ("wall clock moved by", None if of.clock_step_s is None else units.duration(of.clock_step_s)),
    ]
    if of.calibration is not None:
        floor = of.calibration
        rows.append(
            ("own floor, RTT p50", f"UDP {units.duration(floor.udp.p50_s)}, TCP {units.duration(floor.tcp.p50_s)}")
        )
    return _known(rows) + _known(sorted(of.sysctl.items()))


def _versions(result: Result, of: Environment) -> Pairs:
    return _known([("sockbench", result.sockbench), ("Python", of.python), *sorted(of.libraries.items())])


def _known(rows: Iterable[tuple[str, str | None]]) -> Pairs:
    return [(cells.plain(name), cells.plain(value)) for name, value in rows if value is not None]


def plan_blocks(result: Result) -> list[Block]:
    """Groups, servers, bad links and thresholds, of each variant."""
    variants = list(result.variants[:_MOST_VARIANTS]) or [Variant({}, result.scenario)]
    blocks: list[Block] = [Lines(("The plan",), heading=True)]
    more = len(result.variants) - len(variants)
    if more > 0:
        blocks.append(
            Lines((f"The first {len(variants)} of {len(result.variants)} variants; all are in result.json.",))
        )
    blocks += [_group_table(variants), _server_table(variants)]
    notes = dict.fromkeys(note for variant in variants for note in plan_report.notes(variant.plan))
    impaired = dict.fromkeys(line.strip() for variant in variants for line in plan_report.impaired(variant.plan))
    held = dict.fromkeys(threshold.expression for variant in variants for threshold in variant.plan.thresholds)
    if notes:
        blocks.append(Lines(tuple(notes)))
    if impaired:
        blocks.append(Lines(tuple(f"impaired: {line}" for line in impaired)))
    if held:
        blocks.append(Lines((f"thresholds: {'; '.join(held)}",)))
    return blocks


def _group_table(variants: list[Variant]) -> Table:
    columns = (*plan_report.GROUPS[:-2], _column("payload"), _column("announces"))
    rows: list[tuple[Cell, ...]] = []
    for variant in variants:
        for group in variant.plan.groups:
            row = plan_report.group_row(group, _NO_ESTIMATE)[:-2]
            rows.append((variant_cell(variant.values), *row, payload_words(group.payload), _announced(group)))
    return _of_variants("groups", columns, rows, variants)


def _server_table(variants: list[Variant]) -> Table:
    rows = [(variant_cell(one.values), *row) for one in variants for row in plan_report.server_rows(one.plan)]
    return _of_variants("servers, started by each run", plan_report.SERVERS, rows, variants)


def _of_variants(
    title: str, columns: tuple[Column, ...], rows: list[tuple[Cell, ...]], variants: list[Variant]
) -> Table:
    if not variants[0].values:
        return Table(title, columns, tuple(row[1:] for row in rows))
    return Table(title, (column_of(set(variants[0].values)), *columns), tuple(rows), keys=2)


def _column(name: str) -> Column:
    return Column(name, name, "path")


def payload_words(payload: Payload) -> str:
    """What a request holds, as in a scenario."""
    match payload:
        case TextPayload(template):
            words = f"text: {template}"
        case SizePayload(size):
            words = f"size: {units.size(size)}"
        case DigitsPayload(fewest, most):
            words = f"digits: {fewest}..{most}"
        case ChoicePayload(texts):
            words = f"choice: {', '.join(texts)}"
        case FilePayload(path):
            words = f"file: {path}"
    return cells.cut(cells.plain(words), _LONGEST)


def _announced(group: Group) -> str:
    return units.UNKNOWN if group.register is None else cells.cut(cells.plain(group.register), _LONGEST)


def command(result: Result) -> str:
    """The command that repeats it, for a shell. What `--set` changed is in the plan alone."""
    plans = [variant.plan for variant in result.variants] or [result.scenario]
    words = ["sockbench", "run", result.scenario.source or result.name]
    if len({plan.duration for plan in plans}) == 1:
        words += ["--duration", units.span(plans[0].duration).replace(" ", "").replace(",", "")]
    words += ["--seed", str(result.seed)]
    if result.repeat > 1:
        words += ["--repeat", str(result.repeat)]
    words += ["--workers", "auto" if result.environment.workers_auto else str(result.environment.workers)]
    if result.find is not None:
        words += _search(result.find)
    return " ".join(shlex.quote(cells.plain(word)) for word in words)


def _search(find: Find) -> list[str]:
    question = find.question
    bounds, aim = question.bounds, question.aim
    return [
        *("--find", aim.path, "--while", question.expression),
        *("--from", aim.shown(bounds.start), "--to", aim.shown(bounds.highest)),
        *("--resolution", f"{bounds.resolution * 100:g}%"),
    ]


def command_note(result: Result) -> str:
    """What the command cannot know."""
    source = result.scenario.source
    told = "It takes the scenario as it is now, and --set flags of the run, if there were any, have to be given again."
    if source in ("-", "<stdin>", "standard input"):
        return f"The scenario came from standard input: hand it to the command. {told}"
    return told
