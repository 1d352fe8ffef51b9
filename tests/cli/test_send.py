"""`sockbench send`: one message, many, a ping, a conversation at a terminal; with our servers and with others'."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from tests.cli.command import COMMAND, PATIENCE, sockbench
from tests.cli.here import called
from tests.cli.serving import Serving, serving
from tests.cli.terminal import Terminal
from tests.cli.test_targets import tcp_server, udp_server
from tests.ports import free_port

pytestmark = pytest.mark.xdist_group("the ports of the services")  # of which there is one each


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """All services of the classroom, on ports of their own, over both transports."""
    services = "".join(
        f"  {service}: {{service: {service}, transport: {transport}}}\n"
        for service, transport in (("registry", "udp"), ("upper", "tcp"), ("number", "tcp"))
    )
    path = tmp_path_factory.mktemp("classroom") / "servers.yaml"
    path.write_text(
        f"servers:\n{services}"
        "  echo: {service: echo, transport: tcp, banner: true}\n"
        "  other: {service: echo, transport: udp}\n"
        "clients: [{server: other}]\n"
    )
    with serving("--scenario", path) as server:
        yield server


def url(server: Serving, service: str) -> str:
    return server.commands[service, "udp" if service in ("registry", "other") else "tcp"].split()[2]


def replies(out: str) -> list[str]:
    """The replies that were printed, without their times."""
    return [re.sub(r"   \([\d.]+ [mu]?s\)$", "", line[8:]) for line in out.splitlines() if line.startswith("reply:  ")]


def test_messages_in_the_order_given(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "upper"), "-m", "olá", "--message", "straße")
    assert done.returncode == 0
    assert replies(done.stdout) == ["OLÁ", "STRASSE"]
    assert re.search(r"^sent:   olá\nreply:  OLÁ   \([\d.]+ [mu]s\)$", done.stdout, re.MULTILINE)


def test_a_registered_client(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "registry"), "--code", "A1", "-m", "Olá, servidor!", "-m", "oi")
    assert done.returncode == 0
    first, second = replies(done.stdout)
    assert re.fullmatch(r"Resposta do servidor para o cliente \d+", first)
    assert second == first
    assert "sent:   (A1) : Olá, servidor!" in done.stdout


def test_messages_from_standard_input_until_exit(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "other"), stdin="olá\n\r\nexit\nnever\n".encode())
    assert done.returncode == 0
    assert replies(done.stdout) == ["Resposta do servidor: olá", "Resposta do servidor: "]
    assert "Message:" not in done.stdout


def test_a_last_line_without_an_ending(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "other"), stdin=b"one\ntwo")
    assert replies(done.stdout) == ["Resposta do servidor: one", "Resposta do servidor: two"]


def test_a_server_that_speaks_first(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "echo"), "--banner", "-m", "Olá, servidor!")
    assert done.returncode == 0
    assert done.stdout.startswith("server: Bem-vindo ao servidor TCP!\n")
    assert replies(done.stdout) == ["Resposta do servidor: Olá, servidor!"]


def test_a_server_that_does_not_speak_first(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "upper"), "--banner", "-m", "x", "--timeout", "100ms")
    assert done.returncode == 106
    assert "did not speak first within 0.1 s" in done.stderr


def test_the_number_generator(classroom: Serving) -> None:
    done = sockbench(
        "send", url(classroom, "number"), "--digits", "1..30", "--count", "20", "--interval", "1ms", "--seed", "3"
    )
    assert done.returncode == 0
    sent = [line[8:] for line in done.stdout.splitlines() if line.startswith("sent:   ")]
    assert len(sent) == 20
    assert len(set(map(len, sent))) > 5
    expected = [n if len(n) > 10 else "ÍMPAR" if int(n) % 2 else "PAR" for n in sent]
    assert replies(done.stdout) == expected
    again = sockbench(
        "send", url(classroom, "number"), "--digits", "1..30", "--count", "20", "--interval", "1ms", "--seed", "3"
    )
    assert [line[8:] for line in again.stdout.splitlines() if line.startswith("sent:   ")] == sent


def test_a_connection_that_the_server_closed_is_made_anew(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "number"), *(f"-m{n}" for n in range(30)))
    assert done.returncode == 0
    assert replies(done.stdout) == ["PAR", "ÍMPAR"] * 15


def test_a_ping_with_its_summary(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "other"), "--count", "5", "--interval", "10ms")
    assert done.returncode == 0
    assert replies(done.stdout) == [f"Resposta do servidor: ping {n}" for n in range(1, 6)]
    last = done.stdout.splitlines()[-1]
    time_ = r"[\d.]+ [mu]s"
    assert re.fullmatch(
        rf"5 sent, 5 answered in time, 0 lost \(0%\); RTT min {time_}, median {time_}, max {time_}", last
    )


def test_a_ping_over_a_server_that_loses_every_second_one() -> None:
    with udp_server(lambda number, data: data if number % 2 else None) as address:
        done = sockbench("send", address, "--count", "4", "--interval", "1ms", "--timeout", "50ms")
    assert done.returncode == 0
    assert done.stdout.count("none:   no reply within 0.05 s") == 2
    assert done.stdout.splitlines()[-1].startswith("4 sent, 2 answered in time, 2 lost (50%); RTT min ")


def test_a_message_that_went_out_twice_is_told_and_counted() -> None:
    """A server that takes the second message and closes without a reply; the next connection answers."""
    connections: list[int] = []

    def answer(connection: socket.socket) -> None:
        connections.append(1)
        connection.send(connection.recv(100))
        if len(connections) == 1:
            connection.recv(100)  # it may have done what it was asked for
            return
        while data := connection.recv(100):
            connection.send(data)

    with tcp_server(answer) as address:
        done = sockbench("send", address, "--count", "3", "--interval", "1ms")
    assert done.returncode == 0
    assert replies(done.stdout) == ["ping 1", "ping 2", "ping 3"]
    assert done.stderr == "sockbench: the connection was closed before the reply; sent again on a new one\n"
    assert "3 sent, 1 of them twice, 3 answered in time, 0 lost (0%)" in done.stdout


def test_refused_is_not_lost() -> None:
    done = sockbench("send", f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}", "--count", "1")
    assert done.returncode == 106
    assert done.stdout.splitlines()[-1] == "1 sent, 0 answered in time, 0 lost (0%), 1 refused"


def test_a_connection_that_is_closed_without_a_reply_has_failed() -> None:
    def close(connection: socket.socket) -> None:
        connection.recv(100)

    with tcp_server(close) as address:
        done = sockbench("send", address, "--count", "1")
    assert done.returncode == 106
    assert done.stdout.splitlines()[-1] == "1 sent, 1 of them twice, 0 answered in time, 0 lost (0%), 1 failed"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nobody_listens(transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    done = sockbench("send", f"{transport}://127.0.0.1:{free_port(kind)}", "-m", "x")
    assert done.returncode == 106
    assert "connection refused" in done.stdout + done.stderr


def test_a_late_reply_over_tcp_belongs_to_its_message_by_order() -> None:
    def serve(connection: socket.socket) -> None:
        first = connection.recv(100)
        second = connection.recv(100)
        connection.send(b"1: " + first)
        time.sleep(0.05)
        connection.send(b"2: " + second)

    with tcp_server(serve) as address:
        done = sockbench("send", address, "-m", "one", "-m", "two", "--timeout", "300ms")
    assert done.returncode == 0
    assert re.search(r"^late:   1: one   \([\d.]+ ms after 'one' was sent\)$", done.stdout, re.MULTILINE)
    assert replies(done.stdout) == ["2: two"]


def test_a_late_reply_over_udp_is_known_by_what_the_service_must_answer() -> None:
    """A slow `upper` on the service's own port, on an address of the loopback network of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as slow:
        slow.bind(("127.77.0.2", 12000))
        slow.settimeout(PATIENCE)

        def serve() -> None:
            first, peer = slow.recvfrom(100)
            second, _ = slow.recvfrom(100)
            slow.sendto(first.upper(), peer)
            slow.sendto(second.upper(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        done = sockbench("send", "udp://127.77.0.2:12000", "-m", "one", "-m", "two", "--timeout", "300ms")
        thread.join()
    assert done.returncode == 0
    assert re.search(r"^late:   ONE   \(\d+ ms after 'one' was sent\)$", done.stdout, re.MULTILINE)
    assert replies(done.stdout) == ["TWO"]


def test_a_reply_that_nobody_asked_for(classroom: Serving) -> None:
    """A banner that the person did not say would come is heard before anything was sent."""
    terminal = Terminal("send", url(classroom, "echo"))
    terminal.wait_for("unexpected: Bem-vindo ao servidor TCP!")
    terminal.wait_for("Message: ")
    terminal.type("olá\n")
    terminal.wait_for("reply:  Resposta do servidor: olá")
    terminal.type("exit\n")
    assert terminal.end() == 0


def test_control_characters_of_a_server_do_nothing_to_the_terminal() -> None:
    with udp_server(lambda number, data: b"\x1b[2J\x07bad\xff") as address:
        done = sockbench("send", address, "-m", "x")
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "bad" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        ["http://127.0.0.1:80"],
        ["udp://127.0.0.1"],
        ["udp://127.0.0.1:99999"],
        ["udp://127.0.0.1:9", "--transport", "udp"],
        ["registry", "--code", " "],
        ["echo", "--timeout", "5"],
        ["echo", "--interval", "0s"],
        ["number", "--digits", "0..3"],
        ["number", "--digits", "5..3"],
        ["number", "--digits", "x"],
        ["echo", "--count", "0"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    done = called("send", *arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr


def test_a_conversation_at_a_terminal() -> None:
    with serving("registry", "--host", "127.77.0.3"):
        terminal = Terminal("send", "udp://127.77.0.3:10125")
        terminal.wait_for("Code: ")
        terminal.type("\n")
        terminal.wait_for("Code: ")
        terminal.type("A1\n")
        terminal.wait_for("Message: ")
        terminal.type("Olá, servidor!\n")
        terminal.wait_for("sent:   (A1) : Olá, servidor!")
        terminal.wait_for("reply:  Resposta do servidor para o cliente 1")
        terminal.wait_for("Message: ")
        terminal.type("exit\n")
        assert terminal.end() == 0


@pytest.mark.parametrize(("key", "code"), [("\x04", 0), ("\x03", 105)], ids=["end of input", "Ctrl-C"])
def test_a_conversation_ends(classroom: Serving, key: str, code: int) -> None:
    terminal = Terminal("send", url(classroom, "upper"))
    terminal.wait_for("Message: ")
    terminal.type("olá\n")
    terminal.wait_for("reply:  OLÁ")
    terminal.wait_for("Message: ")
    terminal.type(key)
    assert terminal.end() == code


def test_an_interrupted_ping_prints_its_summary(classroom: Serving) -> None:
    terminal = Terminal("send", url(classroom, "other"), "--count", "1000", "--interval", "10s")
    terminal.wait_for("reply:  ")
    terminal.type("\x03")
    terminal.wait_for("^C\n1 sent, 1 answered in time, 0 lost (0%)")
    assert terminal.end() == 105


def test_output_that_nobody_reads_any_more_is_no_fault_of_the_server(classroom: Serving) -> None:
    command = f"'{COMMAND}' send {url(classroom, 'other')} --count 200 --interval 1ms | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.stdout, done.stderr) == ("sent:   ping 1\n", "")


def test_an_empty_standard_input_sends_nothing(classroom: Serving) -> None:
    done = sockbench("send", url(classroom, "other"))  # from /dev/null
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_closed_standard_input() -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{COMMAND}' send echo <&-"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_a_ping_goes_on_when_the_server_goes_away() -> None:
    def answer_once(connection: socket.socket) -> None:
        connection.send(connection.recv(100))

    with tcp_server(answer_once) as address:
        command = [str(COMMAND), "send", address, "--count", "3", "--interval", "500ms"]
        ping = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert ping.stdout is not None
        assert [ping.stdout.readline()[:5] for _ in range(2)] == ["sent:", "reply"]
    rest, _ = ping.communicate(timeout=PATIENCE)
    assert ping.returncode == 0
    assert "none:   connection refused" in rest
    assert "3 sent, 1 answered in time, 0 lost (0%), 2 refused" in rest


def test_a_name_that_can_be_no_hosts() -> None:
    done = sockbench("send", "udp://a..b:20", "-m", "x")
    assert done.returncode == 106
    assert "'a..b' cannot be the name of a host" in done.stderr
