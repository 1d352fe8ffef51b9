"""What other machines can reach is said before it starts; of what only this one can, nothing is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sockbench.cli.exposure import warn_of_relay, warn_of_servers
from sockbench.model.plan import Server, Target
from sockbench.model.secret import Secret
from tests.cli.command import SMALL, sockbench
from tests.cli.serving import ask, serving

ANNOUNCED = "sockbench: other machines can reach these servers, and whoever does is served:"


def server(service: str, transport: Any, host: str, **options: Any) -> Server:
    return Server(service, service, transport, host, **{"port": 0, "max_clients": None, "idle": 60.0} | options)


SAID = [
    (
        server("registry", "udp", "0.0.0.0", port=10125),
        "0.0.0.0:10125 (every IPv4 address of this machine): 10 places, ",
    ),
    (
        server("registry", "udp", "::", max_clients=3),
        "[::], a free port (every IPv6 address of this machine): 3 places",
    ),
    (server("echo", "udp", "192.0.2.1", port=7000), "192.0.2.1:7000: 65,536 clients remembered"),
    (server("echo", "tcp", "192.0.2.1", idle=5.0), "10,000 connections, 1,000 of one address, given up after 5 s of"),
    (server("upper", "tcp", "2001:db8::1", max_per_address=9, port=1), "[2001:db8::1]:1: 10,000 connections, 9 of one"),
    (server("number", "tcp", "192.0.2.1"), ": 5 connections at once, the others wait, 1,000 of one address"),
]


@pytest.mark.parametrize(("plan", "said"), SAID)
def test_each_server_is_announced_with_its_limits(plan: Server, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    loopback = server("echo", "tcp", "127.0.0.1", port=7777)
    warn_of_servers([loopback, plan])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{ANNOUNCED}\n  {plan.name}: {plan.transport} ")
    assert said in err
    assert "messages up to 4.2 MB; a server keeps up to 268 MB for its peers" in err
    assert "7777" not in err
    warn_of_servers([plan], as_json=True)
    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["service"], event["transport"]) == ("exposed", plan.service, plan.transport)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.77.0.1", "localhost", "::1", "no-such-host.invalid"])
def test_of_loopback_nothing_is_said(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_servers([server("echo", "tcp", host)])
    warn_of_servers([server("echo", "tcp", host)], as_json=True)
    warn_of_relay(Target("udp", host, 9), Target("udp", "192.0.2.1", 9))
    assert capsys.readouterr() == ("", "")


def test_a_server_with_a_token_is_announced_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_servers([server("echo", "tcp", "0.0.0.0", token=Secret("x" * 20)), server("upper", "tcp", "0.0.0.0")])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == ANNOUNCED
    assert lines[1].startswith("  upper: tcp ")
    assert lines[2] == ANNOUNCED.replace("whoever does", "whoever proves the token")
    assert lines[3].startswith("  echo: tcp ")
    assert "xxx" not in "".join(lines)


def test_a_relay_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_relay(Target("tcp", "0.0.0.0", 0), Target("tcp", "127.0.0.1", 9))
    assert capsys.readouterr().err == (
        "sockbench: other machines can reach tcp 0.0.0.0, a free port (every IPv4 address of this machine), and "
        "through it tcp://127.0.0.1:9, as if they were this machine: up to 10,000 connections, forgotten after 60 s of "
        "silence\n"
    )


def test_serve_announces_what_it_exposes_and_counts_whom_it_refused() -> None:
    flags = ("--host", "0.0.0.0", "--transport", "tcp", "--port", "0", "--max-per-address", "1")
    with serving("echo", *flags) as running:
        running.wait_for_log("messages up to 4.2 MB")
        assert running.log[0] == ANNOUNCED
        with running.tcp("echo") as first:
            assert ask(first, b"a") == b"Resposta do servidor: a"
            with running.tcp("echo") as second:
                assert second.recv(100).decode() == "Servidor cheio: limite de 1 clientes por endereço"
        running.wait_for_log("closed")
        counted = running.stop().splitlines()[-1].split()
        assert counted[3:8] == ["1", "1", "1", "1", "0"]  # received, answered, rejected, clients peak, idled


def test_run_and_relay_announce_theirs(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("transport: udp}", "transport: udp, host: 0.0.0.0}"))
    done = sockbench("run", str(tmp_path / "s.yaml"), "--no-save", "--quiet", "--duration", "100ms")
    assert done.stderr.startswith(f"{ANNOUNCED}\n  echo: udp 0.0.0.0, a free port (every IPv4 address of this machine)")
    done = sockbench("relay", "0.0.0.0:0", "tcp://127.0.0.1:9", "--duration", "50ms")
    assert done.stderr.startswith("sockbench: other machines can reach tcp 0.0.0.0, a free port")
