"""Servers and relays that run out of file descriptors while they accept, and a run against one of them."""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, running, saved_result, wait_until
from tests.cli.serving import Serving, ask, serving
from tests.cli.test_relay import relaying
from tests.faults.after import Tag, check_after, descriptors, wait_for_descriptors
from tests.faults.load import HEAVY, silent

FEW = 40
"""Open files that a process may have: a dozen of them are its own."""
ANSWER = b"Resposta do servidor: x"


def few() -> None:
    """Called in a child before it becomes the command."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, FEW))


def processor_time(pid: int) -> float:
    """Seconds that a process has computed."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def fill(server: Serving) -> tuple[list[socket.socket], bytes]:
    """Connect until the server has no descriptor left: who is served, and what it said to who is not."""
    inside: list[socket.socket] = []
    while True:
        client = server.tcp("echo")
        with contextlib.suppress(ConnectionError):  # what it said is there to read all the same
            client.send(b"x")
        if (said := client.recv(100)) != ANSWER:
            client.close()
            return inside, said
        inside.append(client)


def fill_relay(connect: Callable[[], socket.socket]) -> tuple[list[socket.socket], int]:
    """Come `FEW` times: who is served, and how many were not."""
    inside = []
    for _ in range(FEW):
        with contextlib.ExitStack() as unless_served, contextlib.suppress(ConnectionError):
            client = unless_served.enter_context(connect())
            assert ask(client, b"x") == ANSWER
            inside.append(client)
            unless_served.pop_all()
    return inside, FEW - len(inside)


def test_a_server_without_descriptors_turns_away_and_goes_on(tmp_path: Path, tag: Tag) -> None:
    """A run comes while it is full, and is served as soon as there is room."""
    with serving("echo", "--transport", "tcp", "--port", "0", before=few) as server:
        pid = server.process.pid
        inside, said = fill(server)
        assert len(inside) > 3
        assert said.decode() == f"Servidor cheio: limite de {len(inside)} clientes"
        assert ask(inside[0], b"x") == ANSWER
        check_idle(pid)
        url = f"tcp://127.0.0.1:{server.port('echo', 'tcp')}"
        with silent() as (heard, sign):
            scenario = f"{{name: waiting, count: 3, target: '{url}', arrivals: {{rate: 300/s}}, timeout: 200ms}}"
            (tmp_path / "s.yaml").write_text(f"duration: 1s\ndrain: 0s\nclients:\n  - {scenario}\n  - {sign}\n")
            with running("run", tmp_path / "s.yaml", "--results", tmp_path / "results") as run:
                heard.recv(100)
                for client in inside:
                    client.close()
                wait_for_descriptors(pid, FEW - len(inside) + 3)
                run.end(expected=0)
        wait_for_descriptors(pid, FEW - len(inside))
        assert len([line for line in server.log if "out of file descriptors" in line]) == 1
        told = server.stop().split()
    result = saved_result(tmp_path / "results")
    check_after(result, tag)
    waiting = result["runs"][0]["groups"][0]
    assert waiting["ok"] > 0
    assert waiting["skipped"] + waiting["refused"] + waiting["failed"] > 0
    rejected = int(told[told.index("echo") + 5])
    assert rejected >= 4  # one that filled it, and three of the run


@pytest.mark.parametrize("transport", ["tcp", pytest.param("udp", marks=HEAVY)])
def test_a_relay_without_descriptors_says_so_and_goes_on(transport: str) -> None:
    """Over TCP who comes is reset; over UDP who was silent for longest gives its socket."""
    with serving("echo", "--transport", transport, "--port", "0") as server:
        target = f"{transport}://127.0.0.1:{server.port('echo', transport)}"
        with relaying("0", target, before=few) as relay:
            inside, refused = fill_relay(getattr(relay, transport))
            check_idle(relay.process.pid)
            if transport == "tcp":
                inside.pop().close()
                wait_until(lambda: descriptors(relay.process.pid) <= FEW - 2)
                inside.append(relay.tcp())
            assert ask(inside[-1], b"x") == ANSWER
            assert ask(inside[0], b"x") == ANSWER
            for client in inside:
                client.close()
            relay.process.send_signal(signal.SIGINT)
            out, err = relay.process.communicate(timeout=PATIENCE)
    assert relay.process.returncode == 0
    assert err.count("\n") == err.count("sockbench: out of file descriptors: who ") == 1
    counts = out.splitlines()[-1]
    if transport == "tcp":
        assert refused > 3
        assert counts.endswith(f", {refused} without a place")
    else:
        assert (refused, len(inside)) == (0, FEW)
        assert re.fullmatch(r"\d+ client addresses, \d+ forgotten", counts)


def check_idle(pid: int) -> None:
    """It waits, and does not ask again and again: a third of a second costs it next to nothing."""
    before = processor_time(pid)
    time.sleep(0.3)
    assert processor_time(pid) - before < 0.15
