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


def listening(rows: Sequence[tuple[str, str, str, str]], *, has_token: bool = False, width: int = page.WIDTH) -> str:
    """(service, transport, address, command) of each server, as text; whether any answers only who has its token."""
    token = ("Clients need the token: --token @FILE, or the variable SOCKBENCH_TOKEN.",) if has_token else ()
    blocks: list[Block] = [Table("", _LISTENING, tuple(rows)), Lines((*token, "Ctrl-C to stop."))]
    return page.to_text(blocks, width)


def totals(servers: Sequence[ServerResult], width: int = page.WIDTH) -> str:
    """What each server counted, as text."""
    columns = with_unproven(_COUNTED, servers)
    rows = tuple(tuple(getattr(server, column.field) for column in columns) for server in servers)
    return page.to_text([Table("", columns, rows)], width)


def with_unproven(columns: tuple[Column, ...], servers: Sequence[ServerResult]) -> tuple[Column, ...]:
    """The columns of servers, with one more after `rejected` where any of them has a token."""
    if all(server.unproven is None for server in servers):
        return columns
    place = 1 + next(number for number, column in enumerate(columns) if column.field == "rejected")
    return (*columns[:place], Column("unproven", "unproven", "count"), *columns[place:])
