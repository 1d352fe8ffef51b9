"""Some hundreds of clients in one process, over both transports at once: every one asks every second, none is lost.

Ten thousand are a benchmark: `python -m benchmarks.scale`.
"""

from __future__ import annotations

import sys

import pytest

from tests.cli.command import result_of, sockbench

CLIENTS = 300
SCENARIO = f"""\
duration: 2s
drain: 20s
servers:
  u: {{service: registry, transport: udp, max_clients: {CLIENTS}}}
  t: {{service: echo, transport: tcp}}
clients:
  - {{name: datagrams, count: {CLIENTS}, server: u, register: "c{{index}}", arrivals: {{every: 1s}}, timeout: 20s}}
  - {{name: connections, count: {CLIENTS}, server: t, arrivals: {{every: 1s}}, timeout: 20s}}
"""


@pytest.mark.parametrize(
    "driver", ["tasks", pytest.param("lanes", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs epoll"))]
)
def test_every_client_asks_every_second(driver: str) -> None:
    done = sockbench("run", "-", "--no-save", "--format", "json", "--driver", driver, stdin=SCENARIO.encode())
    assert done.returncode == 0, done.stderr
    (run,) = result_of(done)["runs"]
    for group in run["groups"]:
        assert (group["planned"], group["ok"], group["unregistered"]) == (2 * CLIENTS, 2 * CLIENTS, 0), group["name"]
    assert [server["clients_peak"] for server in run["servers"]] == [CLIENTS, CLIENTS]
    datagrams, connections = (group["receive_buffer"] for group in run["groups"])
    assert datagrams["size"] >= datagrams["wanted"] > 0
    assert connections is None
