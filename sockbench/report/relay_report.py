"""A relay for people: where it stands and what it does, and what became of all that came. Values in, text out."""

from __future__ import annotations

from sockbench.model.plan import Impairment
from sockbench.model.relay import RelayReport, WayCounts
from sockbench.report import impair_words, page, units
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table

_WAY = Column("way", "way", "text")
_DATAGRAMS = (
    _WAY,
    Column("received", "received", "count"),
    Column("duplicated", "duplicated", "count"),
    Column("lost", "lost", "count"),
    Column("overflowed", "overflowed", "count"),
    Column("unsent", "unsent", "count"),
    Column("delivered", "delivered", "count"),
    Column("held", "held", "count"),
    Column("corrupted", "corrupted", "count"),
    Column("reordered", "reordered", "count"),
)
_BYTES = (
    _WAY,
    Column("bytes received", "received", "count"),
    Column("unsent", "unsent", "count"),
    Column("delivered", "delivered", "count"),
    Column("held", "held", "count"),
)


def relaying(relay: RelayReport, impairment: Impairment) -> str:
    """One line that says where it listens, where it leads, and what happens in between."""
    return f"relaying {relay.transport} {relay.address} -> {relay.target}; {impair_words.words(impairment)}"


def counted(relay: RelayReport, width: int = page.WIDTH) -> str:
    """What was counted, as text."""
    blocks: list[Block] = [way_table(relay, ""), Lines((others(relay),))]
    return page.to_text(blocks, width)


def way_table(relay: RelayReport, title: str) -> Table:
    """What became of what came each way."""
    columns = _DATAGRAMS if relay.transport == "udp" else _BYTES
    rows = tuple(
        _row(name, counts, columns) for name, counts in (("to the server", relay.up), ("to the client", relay.down))
    )
    return Table(title, columns, rows)


def _row(name: str, counts: WayCounts, columns: tuple[Column, ...]) -> tuple[Cell, ...]:
    return (name, *(getattr(counts, column.field) for column in columns[1:]))


def others(relay: RelayReport) -> str:
    """The counts that belong to no way; those of what did not happen are left out."""
    if relay.transport == "udp":
        parts = [units.counted(relay.flows, "client address").replace("addresss", "addresses")]
        more = [
            (relay.forgotten, "forgotten"),
            (relay.turned_away, "datagrams without a place"),
            (relay.own, "of its own dropped"),
            (relay.refused, "refused by the target"),
            (relay.kernel_drops or 0, "dropped by the kernel"),
        ]
    else:
        parts = [units.counted(relay.flows, "connection")]
        more = [
            (relay.forgotten, "silent for too long"),
            (relay.turned_away, "without a place"),
            (relay.refused, "refused by the target"),
            (relay.resets, "reset"),
        ]
    return ", ".join([*parts, *(f"{number:,} {words}" for number, words in more if number)])
