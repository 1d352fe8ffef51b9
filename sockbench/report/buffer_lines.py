"""Where the kernel gave a socket less room than the load may need, in words. Judges nothing."""

from __future__ import annotations

from sockbench.model.result import GroupResult, Run, ServerResult
from sockbench.report import cells, table, units


def cut_buffers(run: Run) -> list[str]:
    """Room that the kernel did not give. Drops may follow, and are counted; that they may, only this tells."""
    owners: list[tuple[str, GroupResult | ServerResult]] = [(f"each client of {_short(g.name)}", g) for g in run.groups]
    owners += [(f"server {_short(server.name)}", server) for server in run.servers]
    return [
        f"{whose} has a socket buffer of {units.size(buffer.size)}, and {units.size(buffer.wanted)} may be under way "
        "at once: net.core.rmem_max is lower than this load may need"
        for whose, owner in owners
        if (buffer := owner.receive_buffer) is not None and buffer.is_cut
    ]


def _short(name: str) -> str:
    return cells.cut(cells.plain(name), table.NAME_COLUMNS)
