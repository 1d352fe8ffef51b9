"""The relays of a run: what each did to the traffic, and the truth of each request beside what the clients counted."""

from __future__ import annotations

from sockbench.model.plan import Plan
from sockbench.model.relay import GroupTruth, RelayResult
from sockbench.model.result import GroupResult, Run
from sockbench.report import cells, relay_report, table
from sockbench.report.impair_words import words
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table

_COLUMNS = (
    Column("group", "name", "name"),
    Column("counted by", "by", "text"),
    Column("requests", "requests", "count"),
    Column("ok", "ok", "count"),
    Column("late", "late", "count"),
    Column("corrupt", "corrupt", "count"),
    Column("lost up", "lost_up", "count"),
    Column("lost down", "lost_down", "count"),
    Column("lost unknown", "lost_unknown", "count"),
    Column("other", "other", "count"),
    Column("duplicate", "duplicate", "count"),
    Column("reordered", "reordered", "count"),
    Column("stray", "stray", "count"),
)

_REPLIES = ("duplicate", "reordered", "stray")
_PLACES = {"server": "before server", "group": "of group"}


def relay_blocks(plan: Plan, run: Run) -> list[Block]:
    """For each relay its counts each way; for all of them together the truth beside the clients' counts."""
    blocks: list[Block] = []
    for relay in run.relays:
        name = cells.cut(cells.plain(relay.name), table.NAME_COLUMNS)
        title = f"what the relay {_PLACES[relay.before]} {name} did, from start to stop"
        others = relay_report.others(relay.report)
        blocks += [relay_report.way_table(relay.report, title), Lines((*_what_it_does(plan, relay), others))]
    rows = [row for relay in run.relays for truth in relay.groups for row in _rows(truth, run.groups)]
    if rows:
        whole = Table("the relay's truth, and what the clients counted", _COLUMNS, tuple(rows))
        other = next(place for place, column in enumerate(_COLUMNS) if column.field == "other")
        has_others = any(row[other] for row in rows)
        blocks.append(whole.part([place for place in range(len(_COLUMNS)) if place != other or has_others]))
    return blocks


def _what_it_does(plan: Plan, relay: RelayResult) -> tuple[str, ...]:
    holders = plan.servers if relay.before == "server" else plan.groups
    return tuple(words(holder.impair) for holder in holders if holder.name == relay.name and holder.impair is not None)


def _rows(truth: GroupTruth, groups: tuple[GroupResult, ...]) -> list[tuple[Cell, ...]]:
    seen = ("requests", "ok", "late", "corrupt", "lost_up", "lost_down", *_REPLIES)
    by_relay: dict[str, Cell] = {name: getattr(truth, name) for name in seen}
    by_relay |= {"name": truth.group, "by": "relay", "lost_unknown": 0, "other": truth.refused}
    rows = [tuple(by_relay[column.field] for column in _COLUMNS)]
    for counted in (group for group in groups if group.name == truth.group):
        counts = counted.counts
        by_clients: dict[str, Cell] = {name: getattr(counts, name) for name in ("ok", "late", "corrupt")}
        by_clients |= {name: getattr(counted, name) for name in ("lost_up", "lost_down", "lost_unknown", *_REPLIES)}
        by_clients |= {"name": counted.name, "by": "clients", "requests": counts.sent}
        by_clients["other"] = counts.refused + counts.failed + counts.unfinished
        rows.append(tuple(by_clients[column.field] for column in _COLUMNS))
    return rows
