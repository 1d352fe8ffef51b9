"""From Ctrl-C under full load to the last request, and to the end of the process.

A closed loop at a server in a process of its own, which answers in envelopes and notes when the last request came to
its socket, as the kernel says. Ctrl-C comes after 4 s. It judges nothing. Linux only.

    python benchmarks/stop.py --rounds 3
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection

from sockbench.net.responder import Responder
from sockbench.services.echo import Echo

LOADS = ((10, 1), (10, 32), (1_000, 1))
"""Clients, and the window of each."""
BEFORE = 4.0
QUIET = 2.0
"""Seconds without a request after which the server tells of the last one."""
SO_TIMESTAMPNS, TIMESPEC = 35, struct.Struct("@qq")  # socket(7)
OUTCOMES = ("ok", "late", "lost", "refused", "failed", "corrupt", "skipped", "unfinished")
SCENARIO = """\
duration: 30s
drain: 1s
clients:
  - {{name: a, count: {count}, target: "udp://127.0.0.1:{port}", format: envelope, arrivals: closed, window: {window}}}
"""


def answer(says: Connection) -> None:
    """The server's process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        says.send(opened.getsockname()[1])
        responder, last = Responder(Echo()), 0
        try:
            while True:
                data, ancillary, _, peer = opened.recvmsg(2048, 64)
                ((_, _, stamp),) = ancillary
                seconds, ns = TIMESPEC.unpack(stamp)
                last = max(last, seconds * 10**9 + ns)
                opened.settimeout(QUIET)
                reply = responder.datagram(data, peer, last / 1e9)
                if reply is not None:
                    opened.sendto(reply, peer)
        except TimeoutError:
            says.send((last, responder.received))


def measured(count: int, window: int) -> tuple[float, float, int]:
    """Milliseconds to the last request that the server heard, and to the end; requests that it heard."""
    hears, says = Pipe(duplex=False)
    server = Process(target=answer, args=(says,), daemon=True)
    server.start()
    scenario = SCENARIO.format(count=count, window=window, port=hears.recv())
    tool = [sys.executable, "-P", "-m", "sockbench", "run", "-", "--no-save", "--quiet", "--format", "json"]
    process = subprocess.Popen(tool, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(scenario)
    process.stdin.close()
    process.stdin = None
    time.sleep(BEFORE)
    stopped = time.time_ns()
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate()
    ended = time.time_ns()
    last, heard = hears.recv()
    server.join()
    (group,) = json.loads(text)["runs"][0]["groups"]
    if process.returncode != 105 or group["planned"] != sum(group[name] for name in OUTCOMES):
        raise SystemExit(f"exit code {process.returncode}: {group}")
    return (last - stopped) / 1e6, (ended - stopped) / 1e6, heard


def main() -> None:
    """Print a line a run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    for count, window in LOADS:
        for _ in range(rounds):
            last, end, heard = measured(count, window)
            sys.stdout.write(
                f"{count:,} clients, window {window}: last request {last:.1f} ms, ended {end:.0f} ms, {heard:,} heard\n"
            )


if __name__ == "__main__":
    main()
