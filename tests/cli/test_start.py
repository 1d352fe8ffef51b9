"""`run` starts its processes while it reads the scenario: whatever that turns out to be, none is left behind."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.command import COMMAND, PATIENCE, SMALL, Running, is_running, wait_until

TARGET = SMALL.replace("servers:\n  echo: {service: echo, transport: udp}\n", "").replace(
    "server: echo", 'target: "udp://127.0.0.1:9"'
)
"""Without a server of its own; nobody listens at the discard port of a loopback."""


@contextlib.contextmanager
def reading() -> Iterator[tuple[subprocess.Popen[bytes], dict[str, int]]]:
    """`sockbench run -`, which waits for its scenario, and its children by their roles."""
    with subprocess.Popen(
        [COMMAND, "run", "-", "--no-save", "--duration", "200ms"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            command = Running(process)
            wait_until(lambda: len(command.children()) == 2)
            yield process, command.children()
        finally:
            if process.poll() is None:
                process.kill()


def test_the_children_that_wait_are_those_that_run() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, reading() as (process, children):
        assert sorted(children) == ["servers", "worker"]
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(PATIENCE)
        group = f'{{name: ignored, target: "udp://127.0.0.1:{silent.getsockname()[1]}", timeout: 5s}}'
        assert process.stdin is not None
        process.stdin.write(f"{SMALL}  - {group}\n".encode())
        process.stdin.close()
        silent.recv(100)
        assert Running(process).children() == children
        assert process.wait(PATIENCE) == 0
        assert not any(map(is_running, children.values()))


@pytest.mark.parametrize(
    ("scenario", "code"), [(b"duration: soon\n", 104), (b"", 104), (TARGET.encode(), 0), (b"clients: [}", 104)]
)
def test_whom_no_scenario_needs_is_ended(scenario: bytes, code: int) -> None:
    with reading() as (process, children):
        _, err = process.communicate(scenario, timeout=PATIENCE)
        assert process.returncode == code, err.decode()
        assert b"Traceback" not in err
        assert not any(map(is_running, children.values()))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 105), (signal.SIGTERM, 105), (signal.SIGKILL, -9)])
def test_whatever_ends_it_ends_them(number: signal.Signals, code: int) -> None:
    said = b"sockbench: interrupted: nothing was measured\n" if code == 105 else b""
    with reading() as (process, children):
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        wait_until(lambda: not any(map(is_running, children.values())))
        assert process.stderr is not None
        assert process.stderr.read() == said
