"""The RTTs of a run beside this machine's own floor, where they are of its own loopback. Words only; judges nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from sockbench.model.calibration import Calibration
from sockbench.model.plan import Group, Plan, Transport
from sockbench.model.result import GroupResult
from sockbench.report import cells, units
from sockbench.report.table import NAME_COLUMNS

NAMED = 4
"""So many groups are told one by one; of more, the range."""
_TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")


def floor_lines(calibration: Calibration | None, plan: Plan, groups: Sequence[GroupResult]) -> list[str]:
    """A line for each transport of which RTTs were measured over loopback; none without a calibration."""
    if calibration is None:
        return []
    near = {group.name for group in plan.groups if has_floor(plan, group)}
    return beside_floor(
        calibration, [(group.name, group.transport, group.rtt.p50_s) for group in groups if group.name in near]
    )


def beside_floor(calibration: Calibration, medians: Sequence[tuple[str, Transport, float | None]]) -> list[str]:
    """The same, of (what it is called, its transport, the p50 of its RTT over loopback)."""
    lines = []
    for transport in _TRANSPORTS:
        floor = calibration.rtt(transport).p50_s
        measured = [
            (name, p50_s / floor) for name, over, p50_s in medians if floor and over == transport and p50_s is not None
        ]
        if measured:
            lines.append(
                f"this machine's own floor, {transport.upper()}: RTT p50 {units.duration(floor)} "
                f"(sockbench calibrate, {calibration.measured[:10]}); {_times(measured)}"
            )
    return lines


def has_floor(plan: Plan, group: Group) -> bool:
    """Do its requests pass this machine's loopback alone? Not those that an impaired link holds up."""
    if group.impair is not None:
        return False
    if group.target is not None:
        return _is_loopback(group.target.host)
    # A server of the run is on this machine.
    return any(server.name == group.server and server.impair is None for server in plan.servers)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _times(measured: Sequence[tuple[str, float]]) -> str:
    if len(measured) > NAMED:
        factors = [factor for _, factor in measured]
        return f"the p50s of {len(measured)} groups are {min(factors):,.1f} to {max(factors):,.1f} times that"
    (first, factor), *others = [(_whose(name), factor) for name, factor in measured]
    told = [f"{first} p50 is {factor:,.1f} times that"]
    told += [f"{name} {factor:,.1f} times" for name, factor in others]
    return ", ".join(told)


def _whose(name: str) -> str:
    shown = cells.cut(cells.plain(name), NAME_COLUMNS)
    return shown + ("'" if shown.endswith("s") else "'s")
