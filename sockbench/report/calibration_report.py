"""What `sockbench calibrate` prints: this machine's own floor as a table and two lines."""

from __future__ import annotations

from sockbench.model.calibration import Calibration
from sockbench.model.result import Times
from sockbench.report import page
from sockbench.report.page import Block, Lines
from sockbench.report.table import Cell, Column, Table

_COLUMNS = (
    Column("floor", "floor", "text"),
    Column("n", "n", "count"),
    Column("min", "min_s", "duration"),
    Column("p50", "p50_s", "duration"),
    Column("p99", "p99_s", "duration"),
    Column("max", "max_s", "duration"),
)


def render_calibration(calibration: Calibration, saved: str | None, width: int = page.WIDTH) -> str:
    """The report as text, ending in a newline. `saved` is where it was saved, if it was."""
    rows = [
        _row("RTT, UDP", calibration.udp),
        _row("RTT, TCP", calibration.tcp),
        _row("woken late, tasks", calibration.trio_lateness),
    ]
    if calibration.lane_lateness is not None:
        rows.append(_row("woken late, lanes", calibration.lane_lateness))
    when = f"{calibration.measured[:10]} {calibration.measured[11:16]} UTC"
    machine = f"{calibration.cpu or 'unknown processor'}; {calibration.kernel}; {calibration.python}"
    blocks: list[Block] = [
        Lines((f"this machine's own floor, {when}", machine), heading=True),
        Table("", _COLUMNS, tuple(rows)),
        Lines(
            (
                "RTT: plain blocking sockets over loopback, 64 B, one request in flight, no accounting.",
                f"a value into a histogram: {_ns(calibration.record_s)} alone, {_ns(calibration.record_many_s)} in a "
                f"batch; reading the clock: {_ns(calibration.clock_read_s)}, resolution "
                f"{_ns(calibration.clock_resolution_s)}",
            )
        ),
    ]
    if saved is not None:
        blocks.append(Lines((f"saved: {saved}",), whole=True))
    return page.to_text(blocks, width)


def _row(name: str, times: Times) -> tuple[Cell, ...]:
    return name, times.n, times.min_s, times.p50_s, times.p99_s, times.max_s


def _ns(seconds: float) -> str:
    return f"{seconds * 1e9:,.0f} ns"
