"""`sockbench serve`: what it says, what it logs, and how it stops."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, PATIENCE, SMALL, sockbench
from tests.cli.here import called
from tests.cli.serving import ask, read_all, serving
from tests.cli.terminal import Terminal
from tests.ports import NEEDS_IPV6, free_port, taken_port

pytestmark = pytest.mark.xdist_group("the ports of the services")  # of which there is one each


def test_a_service_says_where_it_listens_and_how_to_talk_to_it() -> None:
    with serving("echo", "--port", "0") as server:
        assert set(server.ports) == {("echo", "tcp"), ("echo", "udp")}
        for (service, transport), command in server.commands.items():
            port = server.ports[service, transport]
            assert command == f"sockbench send {transport}://127.0.0.1:{port}"
            done = sockbench(*command.split()[1:], "-m", "olá")
            assert done.returncode == 0, done.stderr
            assert "reply:  Resposta do servidor: olá" in done.stdout


def test_all_services_listen_on_the_ports_of_the_classroom() -> None:
    """On an address of the loopback network that no other test uses, since the ports are fixed."""
    with serving("--host", "127.77.0.1") as server:
        assert server.ports == {
            ("registry", "udp"): 10125,
            ("echo", "tcp"): 1234,
            ("echo", "udp"): 1234,
            ("upper", "tcp"): 12000,
            ("upper", "udp"): 12000,
            ("number", "tcp"): 8888,
        }


def test_the_services_named_on_the_transport_named() -> None:
    with serving("registry", "--transport", "tcp", "--port", "0") as server:
        assert set(server.ports) == {("registry", "tcp")}
        with server.tcp("registry") as client:
            assert ask(client, b"(A1) : oi") == b"Resposta do servidor para o cliente 1"


@NEEDS_IPV6
def test_ipv6() -> None:
    with serving("upper", "--host", "::1", "--port", "0") as server:
        for transport in ("udp", "tcp"):
            assert "[::1]" in server.commands["upper", transport]
            done = sockbench(*server.commands["upper", transport].split()[1:], "-m", "olá")
            assert "reply:  OLÁ" in done.stdout


def test_the_servers_of_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL)
    with serving("--scenario", tmp_path / "s.yaml") as server, server.udp("echo") as client:
        assert ask(client, b"x") == b"Resposta do servidor: x"


def test_a_server_is_served_without_its_impairment_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("transport: udp}", "transport: udp, impair: {loss: 100%}}"))
    with serving("--scenario", tmp_path / "s.yaml") as server, server.udp("echo") as client:
        assert ask(client, b"x") == b"Resposta do servidor: x"
        server.wait_for_log("the server 'echo' is served without its impair: put `sockbench relay` before it")


def test_a_service_that_is_not_called_like_its_server(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("echo: {", "sala 1: {").replace("server: echo", "server: sala 1"))
    done = subprocess.Popen([COMMAND, "serve", "--scenario", tmp_path / "s.yaml"], stdout=subprocess.PIPE, text=True)
    assert done.stdout is not None
    lines = [done.stdout.readline() for _ in range(3)]
    done.send_signal(signal.SIGINT)
    done.communicate(timeout=PATIENCE)
    assert lines[2].startswith("sala 1 ")
    assert done.returncode == 0


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
def test_a_port_in_use_is_named_with_its_service(transport: str, kind: socket.SocketKind) -> None:
    with taken_port(kind) as port:
        done = sockbench("serve", "echo", "--port", str(port), "--transport", transport)
    assert done.returncode == 106
    assert f"server 'echo' cannot listen on {transport} 127.0.0.1:{port}: the port is already in use" in done.stderr
    assert done.stdout == ""


def test_when_one_port_is_in_use_no_other_is_left_open() -> None:
    """TCP is bound first; UDP on the same number is taken."""
    with taken_port(socket.SOCK_DGRAM) as port:
        done = sockbench("serve", "echo", "--port", str(port))
        assert done.returncode == 106
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", port))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "5000"],
        ["echo", "upper", "--port", "5000"],
        ["echo", "--scenario", "udp10"],
        ["--scenario", "udp10", "--max-clients", "3"],
        ["dance"],
        ["echo", "--idle", "5"],
        ["echo", "--idle", "0s"],
        ["echo", "--max-clients", "0"],
        ["echo", "--live"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    assert called("serve", *arguments).returncode == 2


def test_a_wrong_scenario_is_exit_104(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("count", "cuont"))
    done = called("serve", "--scenario", tmp_path / "s.yaml")
    assert done.returncode == 104
    assert 'did you mean "count"?' in done.stderr


def test_events_are_lines_in_words() -> None:
    with serving("registry", "--port", "0", "--max-clients", "1") as server:
        with server.udp("registry") as first, server.udp("registry") as second:
            ask(first, "(A1) : Olá, servidor!".encode())
            ask(second, b"(B2) : oi")
            address = "{}:{}".format(*first.getsockname())
            other = "{}:{}".format(*second.getsockname())
        server.wait_for_log("no room")
        server.stop()
    times = [line.split(" ", 1) for line in server.log]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d", moment) for moment, _ in times)
    assert [line for _, line in times] == [
        f"registry: new client 1 at {address} (code A1)",
        f"registry: message from client 1 at {address}: Olá, servidor!",
        f"registry: no room for {other} (code B2), answered Servidor cheio: limite de 1 clientes",
    ]


def test_events_for_machines() -> None:
    with serving("number", "--port", "0", "--json-log") as server:
        with server.tcp("number") as client:
            assert read_after(client, b"41") == "ÍMPAR".encode()
        server.wait_for_log('"closed"')
        server.stop()
    events = [json.loads(line) for line in server.log]
    assert [event["event"] for event in events] == ["listening", "connected", "message", "closed"]
    assert all(event["service"] == "number" and event["transport"] == "tcp" for event in events)
    assert (events[2]["text"], events[2]["reply"]) == ("41", "ÍMPAR")


def read_after(client: socket.socket, data: bytes) -> bytes:
    client.send(data)
    return read_all(client)


def test_quiet_writes_no_events() -> None:
    with serving("echo", "--port", "0", "--quiet") as server:
        with server.udp("echo") as client:
            ask(client, b"x")
        out = server.stop()
    assert server.log == []
    assert re.search(r"^echo +udp +\S+ +1 +1 +0 +1 +0 +0$", out, re.MULTILINE)


def test_under_load_a_service_logs_ten_lines_a_second_and_says_how_many_it_left_out() -> None:
    with serving("echo", "--port", "0") as server:
        begun = time.monotonic()
        with server.udp("echo") as client:
            for _ in range(500):
                ask(client, b"x")
        server.stop()
        seconds = time.monotonic() - begun
    written = [line for line in server.log if "message from" in line]
    left_out = [int(re.findall(r"(\d+) more events", line)[0]) for line in server.log if "more events" in line]
    assert len(written) + sum(left_out) == 500
    assert len(written) <= 10 * (seconds + 2)
    assert left_out


def test_control_characters_of_a_peer_do_nothing_to_the_terminal() -> None:
    with serving("echo", "--port", "0") as server:
        with server.udp("echo") as client:
            ask(client, b"\x1b[31mred\nnew: line\x07")
        line = server.wait_for_log("message from")
    assert "\x1b" not in line
    assert "\x07" not in line
    assert "red" in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_prints_totals_and_the_port_is_free_again(number: signal.Signals) -> None:
    port = free_port(socket.SOCK_STREAM)
    for _ in range(2):
        with serving("echo", "--port", str(port)) as server:
            with server.tcp("echo") as client:
                assert ask(client, b"x") == b"Resposta do servidor: x"
                out = server.stop(number)
                assert client.recv(10) == b""
            assert re.search(rf"^echo +tcp +127.0.0.1:{port} +1 +1 +0 +1 +0 +-$", out, re.MULTILINE)


def test_a_reply_under_way_still_goes_out_when_it_stops() -> None:
    """The peer reads nothing at first, so its replies wait in the server when the signal comes."""
    with serving("echo", "--port", "0", "--quiet") as server:
        with server.tcp("echo") as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            piece = b"x" * 60_000
            for _ in range(3):
                client.send(piece)
            first = client.recv(1)
            server.process.send_signal(signal.SIGINT)
            rest = read_all(client)
        assert server.process.wait(PATIENCE) == 0
    assert (first + rest).startswith(b"Resposta do servidor: xxx")


def test_a_live_table_on_a_terminal() -> None:
    port = free_port(socket.SOCK_DGRAM)
    terminal = Terminal("serve", "registry", "--port", str(port), "--live")
    terminal.wait_for("Ctrl-C")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        ask(client, b"(A1) : oi")
        terminal.wait_for("1: {}:{}".format(*client.getsockname()))
    terminal.type("\x03")
    assert terminal.end() == 0
    for heading in ("received", "answered", "rejected", "drops", "idle"):
        assert heading in terminal.screen


def test_a_log_that_nobody_reads_any_more_ends_no_server() -> None:
    with subprocess.Popen(
        [COMMAND, "serve", "echo", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        lines = [process.stdout.readline() for _ in range(4)]
        port = int(lines[2].split()[2].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            for _ in range(3):
                assert ask(client, b"x") == b"Resposta do servidor: x"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.skipif(shutil.which("ncat") is None, reason="ncat is not installed")
@pytest.mark.parametrize(("flags", "transport"), [([], "tcp"), (["-u"], "udp")])
def test_ncat_talks_to_a_server(flags: list[str], transport: str) -> None:
    with serving("upper", "--port", "0") as server:
        address = ["127.0.0.1", str(server.ports["upper", transport])]
        with subprocess.Popen(["ncat", *flags, *address], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ncat:
            assert ncat.stdin is not None
            assert ncat.stdout is not None
            ncat.stdin.write("olá".encode())
            ncat.stdin.flush()
            assert ncat.stdout.read(4).decode() == "OLÁ"
            ncat.kill()


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_socat_talks_to_a_server(transport: str) -> None:
    with serving("echo", "--port", "0") as server:
        done = subprocess.run(
            ["socat", "-t", "1", "-", f"{transport}:127.0.0.1:{server.ports['echo', transport]}"],
            input="Olá".encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.stdout.decode() == "Resposta do servidor: Olá"
