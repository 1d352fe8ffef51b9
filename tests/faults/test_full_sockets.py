"""A socket that takes no more: a slow link behind a small buffer (EAGAIN), a full queue of a device (ENOBUFS), a peer
that reads nothing.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from pathlib import Path

from tests.cli.command import COMMAND, PATIENCE, saved_result, sockbench
from tests.cli.serving import serving
from tests.cli.test_targets import echo_lengths, tcp_server
from tests.faults.after import Tag, check_after, descriptors, wait_for_descriptors
from tests.faults.load import load
from tests.faults.namespaces import FAR, Pair

URL = f"udp://{FAR}:5000"
SLOW = "qdisc add dev cable root tbf rate 1mbit burst 2000 limit 8000"
"""125 kB a second, and room for seven datagrams of a kilobyte."""


def test_a_slow_link_behind_a_small_buffer_and_without_one(ends: Pair, tmp_path: Path, tag: Tag) -> None:
    """A small buffer is full before the queue of the device is (EAGAIN), so its requests wait and none is lost. With
    the usual one the queue overflows: the kernel drops, counts (ENOBUFS), and tells nobody, unless asked (IP_RECVERR).
    """
    ends.near.tc(SLOW)
    (tmp_path / "s.yaml").write_text(
        "duration: 800ms\ndrain: 500ms\nclients:\n"
        f'  - {{name: small, target: "{URL}", format: envelope, payload: {{size: 900B}}, send_buffer: 4608B,\n'
        "     arrivals: {rate: 200/s}, stop: 200ms, timeout: 50ms}\n"
        f'  - {{name: usual, target: "{URL}", format: envelope, payload: {{size: 900B}},\n'
        "     arrivals: {rate: 200/s, pattern: burst, burst: 20}, start: 700ms, timeout: 400ms}\n"
    )
    with serving("echo", "--transport", "udp", "--host", FAR, "--port", "5000", "--quiet", within=ends.far.within):
        command = [*ends.near.within, str(COMMAND)]
        done = sockbench("run", tmp_path / "s.yaml", "--results", tmp_path / "results", command=command)
    assert done.returncode == 0, done.stderr
    result = saved_result(tmp_path / "results")
    check_after(result, tag)
    small, usual = result["runs"][0]["groups"]
    shown = subprocess.run(
        ("tc", "-n", ends.near.name, "-s", "-j", "qdisc", "show", "dev", "cable"),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    (queue,) = json.loads(shown.stdout)
    assert (small["planned"], usual["planned"]) == (40, 20)
    assert small["ok"] + small["late"] == 40
    assert small["late"] > 0
    assert usual["lost"] == queue["drops"] > 0
    assert usual["ok"] + usual["late"] + usual["lost"] == 20
    # The kernel counts both here: what found no room in the buffer, and what found none in the queue.
    assert ends.near.snmp("Udp", "SndbufErrors") > queue["drops"]


def test_a_tcp_peer_that_does_not_read(tmp_path: Path, tag: Tag) -> None:
    """What waits to be sent is bounded: more than that fails, whole requests, so that the stream goes on unbroken."""
    reads = threading.Event()

    def stall(connection: socket.socket) -> None:
        reads.wait(PATIENCE)
        echo_lengths(connection)

    with tcp_server(stall) as url:
        group = (
            f'{{name: a, target: "{url}", format: length, payload: {{size: 64KiB}}, window: 4,'
            " arrivals: {rate: 200/s}, send_buffer: 64KiB, timeout: 200ms}"
        )
        with load(tmp_path, group) as run:
            run.wait_for("failed", 5)
            worker = run.command.children()["worker"]
            before = descriptors(worker)
            reads.set()
            run.wait_for("ok", 20)
            wait_for_descriptors(worker, before)
            run.stop()
    check_after(run.result, tag)
    a = run.group("a")
    assert run.story("a")[0] == "late"  # what was written is answered, as soon as the peer reads
    assert a["lost"] == a["corrupt"] == a["stray"] == a["duplicate"] == 0
    assert a["failed"] >= 5
    assert a["late"] + a["ok"] + a["failed"] + a["skipped"] + a["unfinished"] == a["planned"]
