"""The edges that break the classroom's own programs, on real sockets against `sockbench serve`: none ends a server.

After each the server still answers; when all are over it stops with exit code 0 and no traceback.
"""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, sockbench, wait_until
from tests.cli.serving import Serving, ask, read_all, serving

LONG_IDLE = "60s"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """registry (ten places), echo, upper and number, over UDP and TCP, on ports of their own."""
    with serving("--scenario", servers(tmp_path_factory.mktemp("servers"))) as server:
        yield server


@pytest.fixture
def classroom(school: Serving) -> Iterator[Serving]:
    """The same servers for every test, since none ends them; they answer after each as they did before."""
    yield school
    assert school.process.poll() is None
    for service in ("echo", "upper"):
        with school.udp(service) as udp, school.tcp(service) as tcp:
            assert ask(udp, b"alive") == ask(tcp, b"alive") != b""
    with school.udp("number") as client:
        assert ask(client, b"4") == b"PAR"


@pytest.fixture
def empty_classroom(tmp_path: Path) -> Iterator[Serving]:
    """The same, with nobody in its registry."""
    with serving("--scenario", servers(tmp_path)) as server:
        yield server


def servers(folder: Path, idle: str = LONG_IDLE) -> Path:
    path = folder / "servers.yaml"
    lines = ["servers:"]
    for service in ("registry", "echo", "upper", "number"):
        for transport in ("udp", "tcp"):
            name = f"{service}-{transport}"
            lines.append(f"  {name}: {{service: {service}, transport: {transport}, idle: {idle}}}")
    lines += ["clients: [{server: echo-udp}]", ""]
    path.write_text("\n".join(lines))
    return path


# Datagrams


def test_an_empty_datagram(classroom: Serving) -> None:
    with classroom.udp("echo") as client:
        assert ask(client, b"") == b"Resposta do servidor: "
    with classroom.udp("upper") as client:
        assert ask(client, b"") == b""


@pytest.mark.parametrize("data", [b"\xff\xfe\xfd", b"ol\xc3", b"\xc0\x80", b"\xed\xa0\x80"])
def test_invalid_utf8(classroom: Serving, data: bytes) -> None:
    with classroom.udp("echo") as client:
        assert ask(client, data) == b"Resposta do servidor: " + data
    with classroom.udp("upper") as client:
        assert ask(client, b"a" + data) == b"A" + data.upper()
    with classroom.udp("number") as client:
        assert ask(client, data).decode() == "ERRO: não é um número inteiro"


def test_a_datagram_of_65507_bytes(classroom: Serving) -> None:
    with classroom.udp("upper") as client:
        assert ask(client, b"x" * 65_507) == b"X" * 65_507
    with classroom.udp("echo") as client:  # its reply would be longer than any datagram: dropped, and counted
        client.send(b"x" * 65_507)
        assert ask(client, b"next") == b"Resposta do servidor: next"


def test_envelopes_that_are_none(classroom: Serving) -> None:
    with classroom.udp("echo") as client:
        for data in (b"\xf5", b"\xf5S", b"\xf5S\x01\x01" + bytes(15), b"\xf5S\x02\x01" + bytes(16), b"\xf5" * 1000):
            client.send(data)
        assert ask(client, b"next") == b"Resposta do servidor: next"


# Connections


def test_connect_and_close(classroom: Serving) -> None:
    for service in ("registry", "echo", "upper", "number"):
        for _ in range(20):
            classroom.tcp(service).close()
    with classroom.tcp("number") as client:
        client.send(b"7")
        assert read_all(client).decode() == "ÍMPAR"


def test_close_with_unread_data_and_reset(classroom: Serving) -> None:
    for service in ("echo", "upper", "number"):
        for linger in (False, True):
            client = classroom.tcp(service)
            client.send(b"x" * 10_000)
            if linger:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()  # replies may be on their way: the kernel resets
    assert classroom.process.poll() is None


def test_half_a_multibyte_character_at_the_end_of_a_buffer(classroom: Serving) -> None:
    text = "olá".encode()
    with classroom.tcp("upper") as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert ask(client, text[:3]) == b"OL"  # the first byte of the "á" waits for its second
        assert ask(client, text[3:]) == "Á".encode()


def test_a_megabyte_without_an_end(classroom: Serving) -> None:
    with classroom.tcp("upper") as client:
        client.settimeout(PATIENCE)
        received = 0
        for _ in range(16):
            client.sendall(b"x" * 65_536)
            while received < 65_536:
                received += len(client.recv(70_000))
            assert received == 65_536
            received = 0
    with classroom.tcp("number") as client:
        with contextlib.suppress(ConnectionError):  # it is answered after one read, and closed
            client.sendall(b"9" * 1_000_000)
        with contextlib.suppress(ConnectionError):
            read_all(client)


def test_two_hundred_connections_that_say_nothing(classroom: Serving) -> None:
    silent = [classroom.tcp("echo") for _ in range(200)]
    with classroom.tcp("echo") as client:
        assert ask(client, b"x") == b"Resposta do servidor: x"
    for connection in silent:
        connection.close()


def test_a_thousand_connections_are_all_served(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2100:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2100) if soft != resource.RLIM_INFINITY else soft, hard))
    try:
        with serving("echo", "--port", "0", "--quiet") as server:
            clients = [server.tcp("echo") for _ in range(1000)]
            for number, client in enumerate(clients):
                client.send(str(number).encode())
            for number, client in enumerate(clients):
                assert client.recv(100).decode() == f"Resposta do servidor: {number}"
            for client in clients:
                client.close()
            assert " 1,000 " in server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_past_max_clients_a_connection_is_refused_with_a_reason() -> None:
    with serving("echo", "--port", "0", "--max-clients", "2") as server:
        first, second, third = (server.tcp("echo") for _ in range(3))
        assert read_all(third).decode() == "Servidor cheio: limite de 2 clientes"
        assert ask(first, b"a") == b"Resposta do servidor: a"
        first.close()
        server.wait_for_log("closed")
        with server.tcp("echo") as fourth:
            assert ask(fourth, b"b") == b"Resposta do servidor: b"
        second.close()
        third.close()
        server.wait_for_log("no room for")


# Slow peers


def test_a_client_that_reads_nothing_costs_a_bounded_buffer_then_its_connection() -> None:
    with serving("upper", "--port", "0", "--idle", "500ms", "--quiet") as server, server.tcp("upper") as client:
        with pytest.raises((ConnectionError, BrokenPipeError)):
            client.sendall(b"x" * 200_000_000)
        with server.tcp("upper") as other:
            assert ask(other, b"x") == b"X"


def test_a_client_that_sends_a_byte_a_second_is_closed_after_the_idle_time() -> None:
    """In an envelope that never ends: the bytes complete no message. A byte every 0.2 s, half a second of patience."""
    envelope = b"\xf5S\x01\x01" + bytes(12) + b"\x00\x00\x10\x00"
    with serving("echo", "--port", "0", "--idle", "500ms") as server, server.tcp("echo") as client:
        client.settimeout(0.2)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 4000:
                client.send(envelope[sent : sent + 1] or b"x")
                sent += 1
                try:
                    if client.recv(1) == b"":
                        break
                except TimeoutError:
                    continue
        assert 1 < sent < 50
        server.wait_for_log("closed")


# The number service


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("abc", "ERRO: não é um número inteiro"),
        ("", "ERRO: não é um número inteiro"),
        ("1_000", "ERRO: não é um número inteiro"),
        (" 12 ", "ERRO: não é um número inteiro"),
        ("12\n", "ERRO: não é um número inteiro"),
        ("+12", "ERRO: não é um número inteiro"),
        ("１２", "ERRO: não é um número inteiro"),
        ("٣", "ERRO: não é um número inteiro"),
        ("3.0", "ERRO: não é um número inteiro"),
        ("-0", "PAR"),
        ("-7", "ÍMPAR"),
        ("1234567890", "PAR"),
        ("12345678901", "12345678901"),
        ("-123456789", "ÍMPAR"),
        ("-1234567890", "-1234567890"),
        ("9" * 4000, "9" * 4000),
        ("0" * 3999 + "1", "ÍMPAR"),
    ],
)
def test_what_is_a_number_and_what_is_none(school: Serving, text: str, reply: str) -> None:
    with school.udp("number") as client:
        assert ask(client, text.encode()).decode() == reply
    if text:
        with school.tcp("number") as client:
            client.send(text.encode())
            assert read_all(client).decode() == reply


# The registry


def test_an_eleventh_client(empty_classroom: Serving) -> None:
    clients = [empty_classroom.udp("registry") for _ in range(11)]
    answers = [ask(client, f"(A{n}) : oi".encode()).decode() for n, client in enumerate(clients)]
    assert answers[:10] == [f"Resposta do servidor para o cliente {n}" for n in range(1, 11)]
    assert answers[10] == "Servidor cheio: limite de 10 clientes"
    for client in clients:
        client.close()


def test_the_first_client_comes_back_after_the_idle_time() -> None:
    with (
        serving("registry", "--port", "0", "--max-clients", "2", "--idle", "300ms") as server,
        server.udp("registry") as first,
        server.udp("registry") as second,
    ):
        assert ask(first, b"(A) : oi") == b"Resposta do servidor para o cliente 1"
        server.wait_for_log("client 1 at {}:{} gave its place back".format(*first.getsockname()))
        assert ask(second, b"(B) : oi") == b"Resposta do servidor para o cliente 1"  # the place is free for another
        assert ask(first, b"(A) : de novo").startswith(b"Resposta do servidor para o cliente ")
        wait_until(lambda: sum("new client" in line for line in server.log) == 3)


def test_two_clients_behind_one_address(classroom: Serving) -> None:
    with classroom.udp("registry") as one, classroom.udp("registry") as other:
        assert one.getsockname()[0] == other.getsockname()[0]
        first = ask(one, b"(A1) : oi")
        assert ask(other, b"(A1) : oi") != first
        assert ask(one, b"(A1) : de novo") == first


# The client


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 60_000, "１２".encode(), b"\x00\x1b[31m"])
def test_what_a_person_sends_ends_no_client(classroom: Serving, data: bytes) -> None:
    for service, transport in (("echo", "udp"), ("echo", "tcp"), ("number", "tcp")):
        address = f"{transport}://127.0.0.1:{classroom.port(service, transport)}"
        done = sockbench("send", address, stdin=data + b"\n")
        assert done.returncode == 0, (done.stdout, done.stderr)
        assert "reply:  " in done.stdout
