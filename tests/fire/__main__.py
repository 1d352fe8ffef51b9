"""`python -m tests.fire`: a million random datagrams and 10,000 TCP sessions at one `sockbench serve echo`, by hand.

Ten honest clients (`sockbench run`, five over UDP, five over TCP) measure first a quiet server, then the one under
fire. It prints what they lost, their round trips both times, and how much memory and descriptors the server had.
Exits 1 when a request was lost that no kernel counts as dropped, or a connection of theirs broke.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import trio

from tests.cli.command import COMMAND
from tests.cli.serving import Serving, serving
from tests.fire.attack import fire_datagrams, fire_sessions

IDLE = 5
PAGE = os.sysconf("SC_PAGE_SIZE")
COMMON = "count: 5\n    format: envelope\n    arrivals: {{rate: {rate}/s}}\n    timeout: 5s"
SCENARIO = """
name: honest
duration: {seconds}s
clients:
  - name: udp
    {common}
    target: udp://127.0.0.1:{udp}
  - name: tcp
    {common}
    target: tcp://127.0.0.1:{tcp}
"""


class Gauge:
    """What the server's process has: memory in MB, descriptors."""

    def __init__(self, process: int) -> None:
        self._folder = Path(f"/proc/{process}")
        self.rows: list[tuple[str, float, int]] = []

    def read(self, moment: str) -> None:
        """Note it, and say it."""
        resident = int((self._folder / "statm").read_text().split()[1]) * PAGE / 1e6
        descriptors = len(os.listdir(self._folder / "fd"))
        self.rows.append((moment, resident, descriptors))
        print(f"  {moment}: {resident:.1f} MB resident, {descriptors} descriptors", flush=True)


async def honest(server: Serving, seconds: float, rate: int) -> dict[str, Any]:
    """What ten clients measure in so many seconds, by group."""
    ports = {transport: server.port("echo", transport) for transport in ("udp", "tcp")}
    text = SCENARIO.format(seconds=round(seconds), common=COMMON.format(rate=rate), **ports)
    command = [str(COMMAND), "run", "-", "--no-save", "--quiet", "--format", "json"]
    done = await trio.run_process(command, stdin=text.encode(), capture_stdout=True, stderr=subprocess.DEVNULL)
    return {group["name"]: group for group in json.loads(done.stdout)["runs"][0]["groups"]}


async def under_fire(server: Serving, wish: argparse.Namespace, gauge: Gauge) -> tuple[dict[str, Any], Counter[str]]:
    """The same, with everything fired meanwhile."""
    seconds = max(wish.datagrams / wish.rate, wish.sessions / wish.session_rate)
    found: dict[str, Any] = {}
    counted: Counter[str] = Counter()
    quarters = [round(wish.datagrams * part / 4) for part in (1, 2, 3)]

    def on_batch(sent: int) -> None:
        while quarters and sent >= quarters[0]:
            gauge.read(f"after {quarters.pop(0):,} datagrams")

    async def clients() -> None:
        found.update(await honest(server, seconds + 5, wish.honest))

    async def datagrams() -> None:
        address = ("127.0.0.1", server.port("echo", "udp"))
        counted["datagrams"] = await fire_datagrams(address, wish.datagrams, wish.rate, wish.seed, on_batch=on_batch)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(clients)
        await trio.sleep(2)
        nursery.start_soon(datagrams)
        address = ("127.0.0.1", server.port("echo", "tcp"))
        counted.update(await fire_sessions(address, wish.sessions, wish.session_rate, wish.seed))
    return found, counted


def judge(quiet: dict[str, Any], fired: dict[str, Any], drops: int) -> bool:
    """Print both, and give whether every promise that needs no clock was kept."""
    kept = True
    for name in ("udp", "tcp"):
        before, after = quiet[name], fired[name]
        others = {key: after[key] for key in ("late", "lost", "refused", "failed", "corrupt", "skipped", "unfinished")}
        ratio = after["rtt"]["p99_s"] / before["rtt"]["p99_s"]
        print(f"{name}: {after['planned']:,} requests, {after['ok']:,} ok, {others}")
        for label in ("p50_s", "p99_s", "max_s"):
            times = [f"{found['rtt'][label] * 1e6:,.0f} us" for found in (before, after)]
            print(f"  RTT {label[:-2]}: quiet {times[0]}, under fire {times[1]}")
        print(f"  p99 under fire / quiet: {ratio:.2f}")
        own = after["kernel_drops"] or 0
        allowed = drops + own if name == "udp" else 0
        kept &= after["lost"] <= allowed and not after["failed"] + after["refused"] + after["corrupt"]
    print(f"datagrams that the kernel dropped at the server's socket: {drops:,}")
    return kept


async def main(wish: argparse.Namespace) -> int:
    """All of it."""
    with serving("echo", "--port", "0", "--quiet", "--idle", f"{IDLE}s") as server:
        gauge = Gauge(server.process.pid)
        quiet = await honest(server, wish.quiet, wish.honest)
        gauge.read("before the fire")
        begun = time.monotonic()
        fired, counted = await under_fire(server, wish, gauge)
        print(f"fired in {time.monotonic() - begun:.0f} s: {dict(counted)}")
        await trio.sleep(2 * IDLE)
        gauge.read("after the fire")
        totals = server.stop()
    print(totals)
    row = next(line.split() for line in totals.splitlines() if line.split()[:2] == ["echo", "udp"])
    return 0 if judge(quiet, fired, int(row[-1].replace(",", ""))) else 1


def wishes() -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="python -m tests.fire", description=__doc__)
    parser.add_argument("--datagrams", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=4_000, help="datagrams a second")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--session-rate", type=int, default=40, help="TCP sessions a second")
    parser.add_argument("--honest", type=int, default=200, help="requests a second of each five honest clients")
    parser.add_argument("--quiet", type=int, default=20, help="seconds of the quiet measurement")
    parser.add_argument("--seed", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(trio.run(main, wishes()))
