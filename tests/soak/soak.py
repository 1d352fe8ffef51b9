"""A long run under churn and loss, watched from outside: `python -m tests.soak.soak --duration 30m`.

Each process of the run is looked at every few seconds (resident memory, open descriptors), and what the clients
counted is held against what the relay between them and the server saw. It prints a table, and ends with 1 where a
bound is broken. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from sockbench.model.outcome import OUTCOME_NAMES

SCENARIO = """\
name: soak
duration: {duration}
drain: 2s
seed: 8
servers:
  echo: {{service: echo, transport: udp, impair: {{loss: 2%, delay: 2ms, jitter: 2ms, duplicate: 0.5%}}}}
clients:
  - {{name: askers, count: {clients}, server: echo, arrivals: {{rate: {rate}/s}}, timeout: 1s, churn: {churn}}}
"""
SETTLED = 60.0
"""Seconds after which memory should stay what it is. Descriptors should from twice as long on: a relay forgets clients
that left after a minute.
"""
GROWTH = 5 * 1024 * 1024
OPENED = 16
"""Descriptors. Those of a relay are as many as clients that are there or left lately: with lives of two minutes on the
mean the average of a third of half an hour has a standard deviation of some 3.
"""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """One process of the run: what it held, by seconds since the start."""

    what: str
    memory: list[tuple[float, int]] = field(default_factory=list)
    descriptors: list[tuple[float, int]] = field(default_factory=list)

    def look(self, pid: int, at: float) -> None:
        self.memory.append((at, int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE))
        self.descriptors.append((at, len(os.listdir(f"/proc/{pid}/fd"))))

    def growth(self) -> tuple[int, int]:
        """Bytes when it had settled, and the most beyond them later."""
        memory = [held for at, held in self.memory if at >= SETTLED]
        return memory[0], max(memory) - memory[0]

    def opened(self) -> tuple[float, float]:
        """Descriptors on the average of the first and of the last third of the time since they had settled."""
        held = [held for at, held in self.descriptors if at >= 2 * SETTLED]
        third = max(1, len(held) // 3)
        return mean(held[:third]), mean(held[-third:])


@dataclass(frozen=True)
class Soaked:
    """A finished soak: the one run of its result, and its processes."""

    run: dict[str, Any]
    watched: dict[int, Watched]
    exit_code: int
    orphans: list[int]

    def disagreements(self) -> list[str]:
        """What the clients counted otherwise than the relay saw it."""
        (group,), (relay,) = self.run["groups"], self.run["relays"]
        (truth,) = relay["groups"]
        found = []
        if group["planned"] != sum(group[name] for name in OUTCOME_NAMES):
            found.append("planned is not the sum of the outcomes")
        pairs = {name: (truth[name], group[name]) for name in ("ok", "late", "corrupt", "duplicate", "stray")}
        pairs["sent"] = truth["requests"], group["sent"]
        pairs["lost"] = truth["lost_up"] + truth["lost_down"], group["lost"]
        found += [f"{name}: relay {saw}, clients {counted}" for name, (saw, counted) in pairs.items() if saw != counted]
        for name in ("lost_up", "lost_down"):
            if not group[name] <= truth[name] <= group[name] + group["lost_unknown"]:
                found.append(f"{name}: relay {truth[name]}, clients {group[name]}")
        return found


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def soak(*, duration: str, clients: int = 100, rate: int = 1000, churn: str = "2m", every: float = 5.0) -> Soaked:
    """Run the scenario through the real command, and look at its processes `every` so many seconds."""
    watched: dict[int, Watched] = {}
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "soak.yaml")
        scenario.write_text(SCENARIO.format(duration=duration, clients=clients, rate=rate, churn=churn))
        command = [sys.executable, "-m", "sockbench", "run", str(scenario), "--results", folder, "--quiet"]
        with open(Path(folder, "table"), "wb") as table:
            conductor = subprocess.Popen([*command, "--format", "json"], stdout=table)
        began = time.monotonic()
        while conductor.poll() is None:
            at = time.monotonic() - began
            for pid in (conductor.pid, *children_of(conductor)):
                try:
                    what = named(pid, conductor.pid)
                    if what:  # else it has ended, and waits for its parent to hear of it
                        process = watched.setdefault(pid, Watched(what))
                        process.what = what  # just forked, it had its parent's
                        process.look(pid, at)
                except (OSError, IndexError):  # it has ended meanwhile
                    continue
            time.sleep(every)
        orphans = [pid for pid in watched if Path(f"/proc/{pid}").exists()]
        (run,) = json.loads(Path(folder, "table").read_text())["runs"]
    return Soaked(run, watched, conductor.returncode, orphans)


def children_of(conductor: subprocess.Popen[bytes]) -> list[int]:
    try:
        return children(conductor.pid)
    except OSError:
        return []


def named(pid: int, conductor: int) -> str:
    """What the process is, by its command line."""
    if pid == conductor:
        return "conductor"
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").rpartition(b"\0")[2].decode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", default="30m")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rate", type=int, default=1000, help="requests a second of all clients together")
    parser.add_argument("--churn", default="2m", help="the mean life of a client")
    flags = parser.parse_args()
    done = soak(duration=flags.duration, clients=flags.clients, rate=flags.rate, churn=flags.churn)
    (group,), (relay,) = done.run["groups"], done.run["relays"]
    (truth,) = relay["groups"]
    names = ("ok", "late", "corrupt", "lost_up", "lost_down", "duplicate", "reordered", "stray")
    print(f"{flags.duration}, {flags.clients} clients, {group['churned']} of them came anew, {flags.rate}/s")
    print("counted by  requests " + " ".join(f"{name:>9}" for name in names) + "  unknown")
    print(f"relay     {truth['requests']:>10} " + " ".join(f"{truth[name]:>9}" for name in names) + "        -")
    line = " ".join(f"{group[name]:>9}" for name in names)
    print(f"clients   {group['sent']:>10} {line} {group['lost_unknown']:>8}")
    broken = done.disagreements()
    for pid, process in done.watched.items():
        if process.memory[-1][0] < 2 * SETTLED:
            print(f"{process.what:<10} was not watched for long enough")
            continue
        (then, more), (first, last) = process.growth(), process.opened()
        print(
            f"{process.what:<10} {then / 2**20:5.1f} MiB after a minute, at most {more / 2**20:4.2f} MiB more later; "
            f"descriptors {first:.1f} in the first third, {last:.1f} in the last"
        )
        if more > GROWTH:
            broken.append(f"{process.what} ({pid}) grew by {more} bytes")
        if last - first > OPENED:
            broken.append(f"{process.what} ({pid}) has {last - first:.1f} descriptors more")
    broken += [f"process {pid} is left over" for pid in done.orphans]
    print("\n".join(broken) or "all bounds kept")
    return bool(broken) or done.exit_code


if __name__ == "__main__":
    sys.exit(main())
