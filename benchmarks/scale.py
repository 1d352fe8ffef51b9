"""Ten thousand clients in one process beside a hundred: how soon they stand, what each takes, what a request costs.

Both rows of a pair offer the same load: as many requests a second, or one in flight each as often as it is answered.
The server is put on one core and the worker on another. It starts sockbench and reads what the kernel says of its
processes; it judges nothing. Linux only.

    python benchmarks/scale.py --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEW, MANY = 100, 10_000
SIZE = 64
PATIENCE = 30.0
"""Seconds in which all have to be connected."""
OTHERS = 20
"""Descriptors that a process may have besides its sockets."""
SETTLED = 1.5
"""Seconds after that before anything is measured: until the load has begun."""
LOADS = {"every": ("{every: 10ms}", "{every: 1s}"), "closed": ("closed", "closed")}
ROW = "{:4} {:>7} {:>14} {:>10} {:>9} {:>9} {:>9} {:>10} {:>7} {:>10} {:>9} {:>16} {:>9}\n"
HEADINGS = (
    *("", "clients", "arrivals", "connected", "worker", "each", "server", "us/request", "ratio"),
    *("its server", "requests", "ok of planned", "lag p99"),
)
SCENARIO = """\
warmup: 1s
duration: {seconds}s
drain: 2s
servers: {{s: {{service: echo, transport: {transport}, max_clients: {many}}}}}
clients: [{{name: a, count: {clients}, server: s, payload: {{size: {size}B}}, arrivals: {arrivals}, timeout: 2s}}]
"""


@dataclass(frozen=True)
class Look:
    """A process at one moment: seconds of processor time that it has taken, and bytes that are resident."""

    at: float
    cpu: float
    resident: int


@dataclass(frozen=True)
class Row:
    """What was seen of one run."""

    connected: float  # seconds from the first socket to the last
    worker: tuple[Look, Look]
    server: tuple[Look, Look]
    group: dict[str, Any]
    per_second: float

    def cost(self, looks: tuple[Look, Look]) -> float:
        """Microseconds of processor time that a process took for one request."""
        before, after = looks
        return (after.cpu - before.cpu) / (after.at - before.at) / self.per_second * 1e6


def measured(transport: str, clients: int, arrivals: str, seconds: float, driver: str, cores: tuple[int, int]) -> Row:
    """One run."""
    scenario = SCENARIO.format(
        transport=transport, clients=clients, arrivals=arrivals, seconds=seconds + 2, size=SIZE, many=2 * MANY
    )
    tool = [sys.executable, "-P", "-m", "sockbench", "run", "-", "--no-save", "--quiet", "--format", "json"]
    process = subprocess.Popen([*tool, "--driver", driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(scenario)
    process.stdin.close()
    process.stdin = None
    children = children_of(process, cores)
    holders = [children["worker"], *([children["servers"]] if transport == "tcp" else [])]
    began, until = 0.0, time.monotonic() + PATIENCE
    while (opened := min(map(descriptors, holders))) < clients:
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"{opened} of {clients} sockets were opened")
        began = began or (time.monotonic() if opened > OTHERS else 0.0)
        time.sleep(0.005)
    connected = time.monotonic() - began if began else 0.0
    time.sleep(SETTLED)
    first = [look(children[role]) for role in ("worker", "servers")]
    time.sleep(seconds)
    last = [look(children[role]) for role in ("worker", "servers")]
    text, _ = process.communicate()
    (run,) = json.loads(text)["runs"]
    whole = [row["went_out"] for row in run["intervals"] if row["end_s"] - row["start_s"] == 1.0]
    return Row(connected, (first[0], last[0]), (first[1], last[1]), run["groups"][0], sum(whole) / len(whole))


def children_of(process: subprocess.Popen[str], cores: tuple[int, int]) -> dict[str, int]:
    """The processes of a run by their role, each on its core."""
    found: dict[str, int] = {}
    while not {"worker", "servers"} <= set(found):
        if process.poll() is not None:
            raise SystemExit("it did not start")
        tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
        for child in " ".join(task.read_text() for task in tasks).split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"sockbench.run.child" in words:
                found[words[-2].decode()] = int(child)
        time.sleep(0.002)
    os.sched_setaffinity(found["servers"], {cores[0]})
    os.sched_setaffinity(found["worker"], {cores[1]})
    return found


def descriptors(pid: int) -> int:
    """How many it has open. Since Linux 6.2 the folder's size says so, without a look at each."""
    folder = f"/proc/{pid}/fd"
    return os.stat(folder).st_size or len(os.listdir(folder))


def look(pid: int) -> Look:
    """Its times (proc(5): utime and stime) and its resident set."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return Look(time.monotonic(), cpu, int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def cells(transport: str, clients: int, arrivals: str, row: Row, base: Row | None) -> tuple[str, ...]:
    """A row of the table; `base` is that of a few clients, which that of many is held against."""
    resident, group = row.worker[1].resident, row.group
    each = None if base is None else (resident - base.worker[1].resident) / (clients - FEW) / 1024
    ratio = None if base is None else row.cost(row.worker) / base.cost(base.worker)
    lag = group["lag"]["p99_s"]
    return (
        *(transport, f"{clients:,}", arrivals, f"{row.connected:.2f} s", f"{resident / 1e6:.1f} MB"),
        "-" if each is None else f"{each:.2f} KiB",
        *(f"{row.server[1].resident / 1e6:.1f} MB", f"{row.cost(row.worker):.1f}"),
        "-" if ratio is None else f"{ratio:.2f}",
        *(f"{row.cost(row.server):.1f}", f"{row.per_second:,.0f}/s", f"{group['ok']:,} {group['planned']:,}"),
        "-" if lag is None else f"{lag * 1e6:,.0f} us",
    )


def main() -> None:
    """The whole table."""
    parser = argparse.ArgumentParser(description="10,000 clients beside 100.")
    add = parser.add_argument
    add("--transports", nargs="+", choices=("udp", "tcp"), default=("udp", "tcp"))
    add("--loads", nargs="+", choices=tuple(LOADS), default=tuple(LOADS))
    add("--rounds", type=int, default=1, help="how often the whole table is measured")
    add("--seconds", type=float, default=3.0, help="of each row, that are measured")
    add("--driver", default="lanes", choices=("lanes", "tasks", "auto"))
    add("--many", type=int, default=MANY, help="clients of the second row of each pair, 10,000 at most")
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    found = parser.parse_args()
    cores = (found.server_core, found.client_core)
    sys.stdout.write(ROW.format(*HEADINGS))
    for _ in range(found.rounds):
        for transport in found.transports:
            for load in found.loads:
                base = None
                for clients, arrivals in zip((FEW, found.many), LOADS[load], strict=True):
                    row = measured(transport, clients, arrivals, found.seconds, found.driver, cores)
                    sys.stdout.write(ROW.format(*cells(transport, clients, arrivals, row, base)))
                    sys.stdout.flush()
                    base = row


if __name__ == "__main__":
    main()
