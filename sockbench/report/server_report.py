"""Servers for people: where they listen and how to talk to them, and what they counted. Values in, text out."""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.result import ServerResult
from sockbench.report import page
from sockbench.report.page import Block, Lines
from sockbench.report.table import Column, Table

_LISTENING = (
    Column("service", "name", "name"),
    Column("transport", "transport", "text"),
    Column("listens on", "address", "text"),
    Column("talk to it with", "command", "text"),
)
_COUNTED = (
    Column("service", "name", "name"),
    Column("transport", "transport", "text"),
    Column("address", "address", "text"),
    Column("received", "received", "count"),
    Column("answered", "answered", "count"),
    Column("rejected", "rejected", "count"),
    Column("clients peak", "clients_peak", "count"),
    Column("idled", "idled", "count"),
    Column("kernel drops", "kernel_drops", "count"),
)


def listening(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """(service, transport, address, command) of each server, as text."""
    blocks: list[Block] = [Table("", _LISTENING, tuple(rows)), Lines(("Ctrl-C to stop.",))]
    return page.to_text(blocks)


def totals(servers: Sequence[ServerResult]) -> str:
    """What each server counted, as text."""
    rows = tuple(
        (
            server.name,
            server.transport,
            server.address,
            server.received,
            server.answered,
            server.rejected,
            server.clients_peak,
            server.idled,
            server.kernel_drops,
        )
        for server in servers
    )
    return page.to_text([Table("", _COUNTED, rows)])
