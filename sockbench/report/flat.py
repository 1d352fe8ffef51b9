"""A group as one flat row of plain values: the fields of `result.json`, nested ones joined by `_`.

The names and their order are those of the result's groups: `ok`, `rtt_p50_s`, `jitter_rfc3550_s`, `warmup_ok`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.result import Buffer, Counts, GroupResult, Jitter, Result, Run, Spread, TcpResult, Times
from sockbench.report import cells
from sockbench.report.table import Cell, Column, Kind, Table

_REPLIES = ("duplicate", "reordered", "stray")
_COUNTS = ("planned", "sent", *OUTCOME_NAMES)
_BEFORE = ("name", "server", "transport", "clients")
_WAYS = ("lost_up", "lost_down", "lost_unknown")
_AFTER = (*_REPLIES, *_WAYS, "bytes_sent", "bytes_received", "requests_per_s", "replies_per_s")
_NESTED = ("rtt", "response", "lag", "jitter")
_EXTRA = ("late_rtt",)
_BUFFERS = ("receive_buffer", "send_buffer")
_OF_RUN = ("warmup_s", "duration_s", "elapsed_s", "aborted_by")
_SPREADS = ("rtt", "rttvar")  # of TCP connections
_VARIANT = "variant_"
_UNASKED: dict[str, Cell] = {f"kernel_rtt_{field.name}": None for field in fields(Times)}


def flatten(group: GroupResult) -> dict[str, Cell]:
    """Every number of a group under its flat field name, in the order of `result.json`."""
    row: dict[str, Cell] = {name: getattr(group, name) for name in _BEFORE}
    row.update(_flat_counts(group.counts))
    row.update({name: getattr(group, name) for name in _AFTER})
    for name in _NESTED:
        row.update(_nested(name, getattr(group, name)))
    row["unregistered"] = group.unregistered
    row["churned"] = group.churned
    row.update({f"warmup_{name}": value for name, value in _flat_counts(group.warmup).items()})
    for name in _EXTRA:
        row.update(_nested(name, getattr(group, name)))
    row.update(_UNASKED if group.kernel_rtt is None else _nested("kernel_rtt", group.kernel_rtt))
    row["kernel_drops"] = group.kernel_drops
    row.update(_tcp(group.tcp))
    for name in _BUFFERS:
        buffer: Buffer | None = getattr(group, name)
        row |= {
            f"{name}_{part.name}": None if buffer is None else getattr(buffer, part.name) for part in fields(Buffer)
        }
    row["hints"] = "; ".join(group.hints) or None
    return row


def group_table(result: Result) -> Table:
    """One row a group of every run, with every field, the run's own last; first which run it is, where there are more
    than one.
    """
    keys = dict.fromkeys(key for run in result.runs for key in run.variant)
    several = result.is_of_many or len(result.runs) > 1
    rows = [
        (_which(run, keys) if several else {}) | flatten(group) | {name: getattr(run, name) for name in _OF_RUN}
        for run in result.runs
        for group in run.groups
    ]
    names = tuple(rows[0]) if rows else ()
    return Table(
        title="",
        columns=tuple(Column(name, name, _kind(name)) for name in names),
        rows=tuple(tuple(row.values()) for row in rows),
    )


def _which(run: Run, keys: Iterable[str]) -> dict[str, Cell]:
    values: dict[str, Cell] = {f"{_VARIANT}{cells.plain(key)}": run.variant.get(key) for key in keys}
    return {**values, "repetition": run.repetition}


def count_of(group: GroupResult, name: str) -> int:
    """One of the outcomes or of the further replies."""
    value: int = getattr(group if name in _REPLIES else group.counts, name)
    return value


def _flat_counts(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in _COUNTS}


def _nested(name: str, values: Times | Jitter) -> dict[str, Cell]:
    return {f"{name}_{field.name}": getattr(values, field.name) for field in fields(values)}


def _tcp(tcp: TcpResult | None) -> dict[str, Cell]:
    """The kernel's words about TCP connections; empty cells where there are none."""
    row: dict[str, Cell] = {}
    for field in fields(TcpResult):
        value = None if tcp is None else getattr(tcp, field.name)
        if field.name in _SPREADS:
            row |= {f"tcp_{field.name}_{part.name}": value and getattr(value, part.name) for part in fields(Spread)}
        else:
            row[f"tcp_{field.name}"] = value
    return row


def _kind(name: str) -> Kind:
    if name in ("name", "server", "transport", "tcp_congestion", "hints", "aborted_by") or name.startswith(_VARIANT):
        return "name"
    if name.endswith("_per_s"):
        return "rate"
    return "duration" if name.endswith("_s") else "size" if name.startswith(("bytes_", *_BUFFERS)) else "count"
