"""Where the kernel gave a socket less room than the load may need, or than was asked for, in words. Judges nothing."""

from __future__ import annotations

from sockbench.model.plan import Plan
from sockbench.model.result import Buffer, GroupResult, Run, ServerResult
from sockbench.model.sockets import SocketOptions
from sockbench.report import cells, table, units


def cut_buffers(plan: Plan, run: Run) -> list[str]:
    """Room that the kernel did not give. Drops may follow, and are counted; that they may, only this tells."""
    asked: dict[str, SocketOptions] = {group.name: group.socket for group in plan.groups}
    asked_of_server: dict[str, SocketOptions] = {server.name: server.socket for server in plan.servers}
    lines: list[str] = []
    for group in run.groups:
        lines += _lines(f"each client of {_short(group.name)}", group, asked.get(group.name))
    for server in run.servers:
        lines += _lines(f"server {_short(server.name)}", server, asked_of_server.get(server.name))
    return lines


def _lines(whose: str, owner: GroupResult | ServerResult, asked: SocketOptions | None) -> list[str]:
    received, sent = owner.receive_buffer, owner.send_buffer
    lines = []
    if received is not None and received.is_cut and asked is not None and asked.receive_buffer is not None:
        lines.append(_less(whose, "receive", received, "net.core.rmem_max"))
    elif received is not None and received.is_cut:
        lines.append(
            f"{whose} has a socket buffer of {units.size(received.size)}, and {units.size(received.wanted)} may be "
            "under way at once: net.core.rmem_max is lower than this load may need"
        )
    if sent is not None and sent.is_cut:
        lines.append(_less(whose, "send", sent, "net.core.wmem_max"))
    return lines


def _less(whose: str, which: str, buffer: Buffer, limit: str) -> str:
    return (
        f"{whose} has a {which} buffer of {units.size(buffer.size)}, not the {units.size(buffer.wanted)} that were "
        f"asked for: {limit} is lower"
    )


def _short(name: str) -> str:
    return cells.cut(cells.plain(name), table.NAME_COLUMNS)
