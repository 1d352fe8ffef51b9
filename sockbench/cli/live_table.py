"""The table of `serve --live`: services and their clients, drawn anew twice a second."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sockbench.model.event import ServerView
from sockbench.report import cells, units

SHOWN = 12
"""Clients of one service that are shown, the last heard first."""


def live_table(views: Sequence[ServerView]) -> Table:
    """Services, each above its clients."""
    table = Table(box=None, pad_edge=False)
    table.add_column("service")
    table.add_column("client")
    for heading in ("received", "answered", "rejected", "drops", "idle"):
        table.add_column(heading, justify="right")
    for view in views:
        table.add_row(
            Text(f"{cells.plain(view.name)} {view.transport} {view.address}", style="bold"),
            "",
            units.count(view.received),
            units.count(view.answered),
            units.count(view.rejected),
            units.count(view.kernel_drops),
            "",
        )
        for peer in view.peers[:SHOWN]:
            client = f"{peer.client}: " if peer.client is not None else ""
            table.add_row(
                "",
                Text(f"{client}{peer.address}"),
                units.count(peer.received),
                units.count(peer.answered),
                units.count(peer.rejected),
                "",
                f"{peer.idle_s:.0f} s",
            )
        if len(view.peers) > SHOWN:
            table.add_row("", f"and {len(view.peers) - SHOWN:,} more")
    return table
