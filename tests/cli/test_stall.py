"""A server that stands still: an open load goes on asking, and the wait is in the numbers (coordinated omission)."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from sockbench.model.outcome import OUTCOME_NAMES
from tests.cli.command import PATIENCE, running, saved_result

STALL = 0.5
SCENARIO = """\
name: stall
duration: 3s
servers:
  echo: {service: echo, transport: udp}
clients:
  - {name: askers, count: 10, server: echo, arrivals: {rate: 1000/s}, timeout: 2s}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server's process in /proc")
def test_requests_behind_a_stall_are_sent_on_time_and_wait_for_it(tmp_path: Path) -> None:
    """A second group asks this test once a second, which tells how far the load is: the stall is in its middle."""
    path, results = tmp_path / "stall.yaml", tmp_path / "results"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as beacon:
        beacon.bind(("127.0.0.1", 0))
        beacon.settimeout(PATIENCE)
        url = f"udp://127.0.0.1:{beacon.getsockname()[1]}"
        path.write_text(SCENARIO + f'  - {{name: beacon, target: "{url}", arrivals: {{every: 1s}}, timeout: 1s}}\n')
        with running("run", path, "--results", results) as command:
            for _ in range(2):
                message, peer = beacon.recvfrom(100)
                beacon.sendto(message, peer)
            server = command.children()["servers"]
            os.kill(server, signal.SIGSTOP)
            time.sleep(STALL)
            os.kill(server, signal.SIGCONT)
            command.end(expected=0)
    run = saved_result(results)["runs"][0]
    askers = next(group for group in run["groups"] if group["name"] == "askers")
    assert askers["planned"] == 3000 == sum(askers[name] for name in OUTCOME_NAMES)
    assert askers["skipped"] == 0
    assert askers["response"]["p99_s"] > STALL / 2
    assert askers["rtt"]["p99_s"] > STALL / 2
    # A tool that waits for answers would have sent a sixth of them late, by a quarter of a second on the average.
    assert askers["lag"]["p90_s"] < STALL / 5
