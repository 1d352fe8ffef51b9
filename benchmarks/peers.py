"""sockbench beside two C programs in the same minute, a row a transport and number of clients.

They are a plain epoll loop without accounting, the floor (`FLOOR server|client udp|tcp PORT [CLIENTS SECONDS]`), and
google/neper (`udp_rr` and `tcp_rr`): one request in flight a client, 64 bytes each way, the server pinned to one core
and whoever asks to another. It starts programs and reads what they print; it judges nothing. Linux only.

    python benchmarks/peers.py --floor FLOOR --neper DIRECTORY
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIZE = 64
HOST = "127.0.0.1"
PORTS = 18_700
"""The floor's port; sockbench's is the next, and neper's are those from ten above on, of which it has one a flow."""
STARTED = 5.0
"""Seconds in which a server has to listen."""
ROW = "{:4} {:>7} {:>9} {:>9} {:>9} {:>6} {:>11} {:>7} {:>7}\n"
HEADINGS = ("", "clients", "floor/s", "neper/s", "sockbench", "worker", "us/request", "/floor", "/neper")
SCENARIO = """\
duration: {seconds}s
clients: [{{name: a, count: {clients}, target: "{transport}://{host}:{port}", format: envelope,
           payload: {{size: {size}B}}, arrivals: closed, window: {window}}}]
"""


@dataclass(frozen=True)
class Wanted:
    """What is measured, and where."""

    floor: str | None
    neper: Path | None
    python: str
    server_core: int
    client_core: int
    seconds: float
    window: int
    driver: str


@dataclass(frozen=True)
class Share:
    """sockbench's part: requests a second, and the share of a core that the worker took."""

    per_second: float
    worker: float


def floor(wanted: Wanted, transport: str, clients: int) -> float:
    """Requests a second of the plain loop."""
    server = [str(wanted.floor), "server", transport, str(PORTS)]
    with serving(wanted, server, transport, PORTS):
        asked = [str(wanted.floor), "client", transport, str(PORTS), str(clients), f"{wanted.seconds:g}"]
        return float(asking(wanted, asked))


def neper(wanted: Wanted, transport: str, clients: int) -> float:
    """Transactions a second, as neper says them."""
    assert wanted.neper is not None
    control, data = PORTS + 10, PORTS + 11
    command = [str(wanted.neper / f"{transport}_rr"), "--nolog"]  # which it would write into this folder
    command += ["-4", "-H", HOST, "-C", str(control), "-P", str(data)]
    command += ["-F", str(clients), "-T", "1", "-Q", str(SIZE), "-R", str(SIZE), "-I", "0.5"]
    command += ["-l", str(max(1, round(wanted.seconds))), "-s", str(round(wanted.seconds) + 20)]  # it counts in seconds
    with serving(wanted, command, "tcp", control):
        found = re.search(r"^throughput=([\d.]+)", asking(wanted, [*command, "-c"]), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{command[0]} told no throughput")
    return float(found[1])


def sockbench(wanted: Wanted, transport: str, clients: int) -> Share:
    """Our own `echo` and our own clients, everything counted."""
    port = PORTS + 1
    tool = [wanted.python, "-P", "-m", "sockbench"]  # not a folder of that name that happens to be here
    serve = [*tool, "serve", "echo", "--quiet", "--transport", transport, "--port", str(port)]
    run = [*tool, "run", "-", "--no-save", "--quiet", "--format", "json", "--driver", wanted.driver]
    scenario = SCENARIO.format(
        seconds=wanted.seconds,
        clients=clients,
        transport=transport,
        host=HOST,
        port=port,
        size=SIZE,
        window=wanted.window,
    )
    with serving(wanted, serve, transport, port):
        process = pinned(wanted.client_core, run, stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(scenario)
        process.stdin.close()
        process.stdin = None
        worker = share_of_worker(process, wanted.seconds)
        text, _ = process.communicate()
    result = json.loads(text)
    return Share(sum(group["requests_per_s"] for group in result["runs"][0]["groups"]), worker)


def share_of_worker(process: subprocess.Popen[str], seconds: float) -> float:
    """The share of a core that the busiest child of `process` took while it was the busiest, for most of `seconds`."""
    many = max(1, int(seconds * 8))  # of ten looks a second
    taken: dict[str, list[tuple[float, float]]] = {}
    while process.poll() is None:
        with contextlib.suppress(OSError):
            tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
            for child in " ".join(task.read_text() for task in tasks).split():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                ticks = int(fields[11]) + int(fields[12])  # utime and stime, see proc(5)
                taken.setdefault(child, []).append((time.monotonic(), ticks / os.sysconf("SC_CLK_TCK")))
        time.sleep(0.1)
    shares = [0.0]
    for looks in taken.values():
        for (before, spent_before), (after, spent) in zip(looks, looks[many:], strict=False):
            shares.append((spent - spent_before) / (after - before))
    return max(shares)


@contextlib.contextmanager
def serving(wanted: Wanted, command: list[str], transport: str, port: int) -> Iterator[None]:
    """While the server runs. SystemExit when it does not listen in time."""
    server = pinned(wanted.server_core, command)
    try:
        until = time.monotonic() + STARTED
        while not is_bound(transport, port):
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"it does not listen on port {port}: {' '.join(command)}")
            time.sleep(0.02)
        yield
    finally:
        server.terminate()
        server.communicate()


def is_bound(transport: str, port: int) -> bool:
    """Whether somebody has the port, without knocking at it: some programs would take that for their client."""
    listening = "0A" if transport == "tcp" else "07"
    rows = (line.split() for line in Path(f"/proc/net/{transport}").read_text().splitlines()[1:])
    return any(int(row[1].rpartition(":")[2], 16) == port and row[3] == listening for row in rows)


def asking(wanted: Wanted, command: list[str]) -> str:
    """What a client prints, once it has ended. SystemExit when it fails."""
    client = pinned(wanted.client_core, command)
    text, _ = client.communicate()
    if client.returncode != 0:
        raise SystemExit(f"exit code {client.returncode}: {' '.join(command)}")
    return text


def pinned(core: int, command: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Start it on one core."""
    command = ["taskset", "--cpu-list", str(core), *command]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def row(wanted: Wanted, transport: str, clients: int) -> str:
    """One row of the table."""
    least = floor(wanted, transport, clients) if wanted.floor is not None else None
    peer = neper(wanted, transport, clients) if wanted.neper is not None else None
    ours = sockbench(wanted, transport, clients)
    each = ours.worker / ours.per_second * 1e6 if ours.per_second else None
    cells = (
        *(whole(least), whole(peer), whole(ours.per_second), f"{ours.worker:.0%}", decimal(each)),
        *(decimal(ours.per_second / other if other else None) for other in (least, peer)),
    )
    return ROW.format(transport, clients, *cells)


def whole(value: float | None) -> str:
    """A rate, or a dash where it was not measured."""
    return "-" if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """A ratio, or a dash."""
    return "-" if value is None else f"{value:.2f}"


def main() -> None:
    """The whole table."""
    parser = argparse.ArgumentParser(description="sockbench beside the floor and neper; without them, by itself.")
    add = parser.add_argument
    add("--floor", help="the program of the floor")
    add("--neper", type=Path, help="the folder of udp_rr and tcp_rr")
    add("--python", default=sys.executable, help="the Python that has sockbench; this one, if not said")
    add("--transports", nargs="+", choices=("udp", "tcp"), default=("udp", "tcp"))
    add("--clients", nargs="+", type=int, default=(10, 100, 1_000))
    add("--rounds", type=int, default=1, help="how often the whole table is measured")
    add("--seconds", type=float, default=2.0, help="of each of the three measurements of a row; neper takes whole ones")
    add("--window", type=int, default=1, help="requests in flight a client of sockbench; the others have one")
    add("--driver", default="lanes", choices=("lanes", "tasks", "auto"))
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    add("--no-headings", action="store_true")
    found = vars(parser.parse_args())
    transports, counts, rounds = found.pop("transports"), found.pop("clients"), found.pop("rounds")
    if not found.pop("no_headings"):
        sys.stdout.write(ROW.format(*HEADINGS))
    wanted = Wanted(**found)
    for _ in range(rounds):
        for transport in transports:
            for clients in counts:
                sys.stdout.write(row(wanted, transport, clients))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
