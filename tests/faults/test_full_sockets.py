"""A socket that takes no more: a slow link behind a small buffer (EAGAIN), a full queue of a device (ENOBUFS), a peer
that reads nothing.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path

from tests.cli.command import COMMAND, saved_result, sockbench
from tests.cli.test_targets import echo_lengths, tcp_server
from tests.faults.after import Tag, check_after
from tests.faults.namespaces import Namespace

SLOW = "qdisc add dev lo root tbf rate 2mbit burst 2000 limit 8000"
"""250 kB a second, and room for seven datagrams of a kilobyte; the replies come the same way."""
LINK = """\
duration: 700ms
drain: 300ms
servers:
  echo: {service: echo, transport: udp}
clients:
  - {name: small, server: echo, payload: {size: 900B}, send_buffer: 4608B, arrivals: {rate: 200/s}, stop: 200ms,
     timeout: 50ms}
  - {name: usual, server: echo, payload: {size: 900B}, arrivals: {rate: 200/s, pattern: burst, burst: 20}, start: 600ms,
     timeout: 300ms}
"""
PEER = """\
duration: 1s
drain: 500ms
clients:
  - {{name: a, target: "{url}", format: length, payload: {{size: 64KiB}}, arrivals: {{rate: 200/s}}, window: 4,
     send_buffer: 64KiB, timeout: 100ms}}
"""


def test_a_slow_link_behind_a_small_buffer_and_without_one(inside: Namespace, tmp_path: Path, tag: Tag) -> None:
    """A small buffer is full before the queue of the device is (EAGAIN), so its requests wait and none is lost. With
    the usual one the queue overflows: the kernel drops, counts (ENOBUFS), and tells nobody, unless asked (IP_RECVERR).
    """
    inside.tc(SLOW)
    (tmp_path / "s.yaml").write_text(LINK)
    command = [*inside.within, str(COMMAND)]
    done = sockbench("run", tmp_path / "s.yaml", "--results", tmp_path / "results", command=command)
    assert done.returncode == 0, done.stderr
    result = saved_result(tmp_path / "results")
    check_after(result, tag)
    small, usual = result["runs"][0]["groups"]
    dropped = inside.queue_drops("lo")
    assert (small["planned"], usual["planned"]) == (40, 20)
    assert small["ok"] + small["late"] == 40
    assert small["late"] > 0
    assert usual["lost"] == dropped > 0
    assert usual["ok"] + usual["late"] + usual["lost"] == 20
    # The kernel counts both here: what found no room in the buffer, and what found none in the queue.
    assert inside.snmp("Udp", "SndbufErrors") > dropped


def stall(connection: socket.socket) -> None:
    """Read nothing for half a second, then answer everything."""
    connection.recv(1, socket.MSG_PEEK)
    time.sleep(0.5)
    echo_lengths(connection)


def test_a_tcp_peer_that_does_not_read(tmp_path: Path, tag: Tag) -> None:
    """What waits to be sent is bounded: more than that fails, whole requests, so that the stream goes on unbroken."""
    with tcp_server(stall) as url:
        scenario = PEER.format(url=url).encode()
        done = sockbench("run", "-", "--results", tmp_path / "results", stdin=scenario)
    assert done.returncode == 0, done.stderr
    result = saved_result(tmp_path / "results")
    check_after(result, tag)
    (a,) = result["runs"][0]["groups"]
    assert a["lost"] == a["corrupt"] == a["stray"] == a["duplicate"] == 0
    assert a["failed"] > 0
    assert a["late"] >= 4  # what was written is answered, as soon as the peer reads
    assert a["late"] + a["ok"] + a["failed"] + a["skipped"] + a["unfinished"] == a["planned"]
