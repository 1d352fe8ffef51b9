"""What other machines can reach is said before it starts; of what only this one can, nothing is said."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.command import SMALL, sockbench
from tests.cli.serving import ask, serving
from tests.ports import NEEDS_IPV6

ANNOUNCED = "sockbench: other machines can reach these servers, and whoever does is served:"


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "0.0.0.0"), pytest.param("::", "[::]", marks=NEEDS_IPV6)])
def test_a_public_address_is_announced_with_its_limits(host: str, shown: str) -> None:
    with serving("echo", "--host", host, "--port", "0", "--max-per-address", "7") as server:
        server.wait_for_log("messages up to 4.2 MB")
        assert server.log[0] == ANNOUNCED
        assert server.log[1].startswith(f"  echo: tcp {shown}, a free port (every IPv")
        assert server.log[1].endswith("10,000 connections, 7 of one address, given up after 60 s of silence")
        assert server.log[2].startswith(f"  echo: udp {shown}, a free port")


def test_a_log_for_machines_stays_one() -> None:
    with serving("registry", "--host", "0.0.0.0", "--port", "0", "--json-log") as server:
        server.wait_for_log("listening")
        events = [json.loads(line) for line in server.log]
        assert [event["event"] for event in events] == ["exposed", "listening"]
        assert events[0]["text"] == "10 places, given up after 60 s of silence"


@pytest.mark.parametrize("host", ["localhost", pytest.param("::1", marks=NEEDS_IPV6)])
def test_loopback_announces_nothing(host: str) -> None:
    with serving("echo", "--host", host, "--port", "0") as server:
        server.stop()
        assert server.log == []


def test_the_servers_of_a_run_are_announced_too(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("transport: udp}", "transport: udp, host: 0.0.0.0}"))
    done = sockbench("run", str(tmp_path / "s.yaml"), "--no-save", "--quiet", "--duration", "100ms")
    assert done.stderr.startswith(f"{ANNOUNCED}\n  echo: udp 0.0.0.0, a free port (every IPv4 address of this machine)")


@pytest.mark.parametrize(("listen", "is_public"), [("0.0.0.0:0", True), ("127.0.0.1:0", False)])
def test_a_relay_is_announced(listen: str, is_public: bool) -> None:
    done = sockbench("relay", listen, "tcp://127.0.0.1:9", "--duration", "50ms")
    first = done.stderr.splitlines()[0]
    assert first.startswith("sockbench: other machines can reach tcp 0.0.0.0, a free port") is is_public
    assert (
        "through it tcp://127.0.0.1:9, as if they were this machine: up to 10,000 connections" in first
    ) is is_public


def test_the_limit_of_an_address_is_a_flag_and_refusals_are_in_the_totals() -> None:
    with serving("echo", "--transport", "tcp", "--port", "0", "--max-per-address", "1") as server:
        with server.tcp("echo") as first:
            assert ask(first, b"a") == b"Resposta do servidor: a"
            with server.tcp("echo") as second:
                assert second.recv(100).decode() == "Servidor cheio: limite de 1 clientes por endereço"
        server.wait_for_log("closed")
        counted = server.stop(signal.SIGTERM).splitlines()[-1].split()
        assert counted[3:7] == ["1", "1", "1", "1"]  # received, answered, rejected, clients peak
