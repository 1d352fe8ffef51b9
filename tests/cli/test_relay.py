"""`sockbench relay`: what it says, what it counts, how it ends, and every wrong use."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.cli.command import COMMAND, PATIENCE, sockbench
from tests.cli.here import called
from tests.cli.serving import ask, read_all, serving
from tests.cli.terminal import Terminal
from tests.ports import NEEDS_IPV6, free_port, taken_port

LINE = re.compile(r"relaying (udp|tcp) (\S+):(\d+) -> (\S+); (.*); Ctrl-C to stop\n")


class Relaying:
    """A `sockbench relay` that listens at `address`; `words` is what it says of its impairment."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        line = process.stderr.readline()
        found = LINE.fullmatch(line)
        assert found is not None, line + process.stderr.read()
        self.address = (found[2].strip("[]"), int(found[3]))
        self.words = found[5]

    def stop(self, number: signal.Signals = signal.SIGINT) -> list[list[str]]:
        """Interrupt it; the rows that it prints then, and the line below them, in words. It must exit with 0."""
        self.process.send_signal(number)
        return self.rows()

    def rows(self) -> list[list[str]]:
        """What it prints at its end."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, err) == (0, "")
        return [line.split() for line in out.splitlines() if line]

    def udp(self) -> socket.socket:
        """A UDP socket connected to it."""
        client = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(PATIENCE)
        client.connect(self.address)
        return client

    def tcp(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(self.address, PATIENCE)


@contextlib.contextmanager
def relaying(*arguments: str, before: Callable[[], None] | None = None) -> Iterator[Relaying]:
    """Start `sockbench relay` and wait until it listens. `before` is called in the child before it is the command."""
    with subprocess.Popen(
        [COMMAND, "relay", *arguments],
        preexec_fn=before,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Relaying(process)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_udp_from_a_port_to_a_server(number: signal.Signals) -> None:
    with serving("echo", "--port", "0") as server:
        target = f"udp://127.0.0.1:{server.port('echo', 'udp')}"
        with relaying("0", target, "--delay", "5ms", "--up", "duplicate=100%") as relay, relay.udp() as client:
            assert relay.words == "to the server: delay 5 ms, duplicate 100%; to the client: delay 5 ms"
            assert ask(client, b"x") == b"Resposta do servidor: x"
            assert client.recv(100) == b"Resposta do servidor: x"
            rows = relay.stop(number)
    assert rows[0] == [
        "way",
        "received",
        "duplicated",
        "lost",
        "overflowed",
        "unsent",
        "delivered",
        "held",
        "corrupted",
        "reordered",
    ]
    assert rows[2:] == [
        ["to", "the", "server", "1", "1", "0", "0", "0", "2", "0", "0", "0"],
        ["to", "the", "client", "2", "0", "0", "0", "0", "2", "0", "0", "0"],
        ["1", "client", "address"],
    ]


def test_tcp_from_a_url_to_a_server() -> None:
    with serving("upper", "--once", "--port", "0") as server:
        target = f"tcp://127.0.0.1:{server.port('upper', 'tcp')}"
        with relaying("tcp://127.0.0.1:0", target, "--delay", "2ms", "--rate", "10Mbit/s") as relay:
            assert relay.words == "each way: delay 2 ms, 1.25 MB/s"
            with relay.tcp() as client:
                client.send("olá".encode())
                assert read_all(client) == "OLÁ".encode()
            rows = relay.stop()
    assert " ".join(rows[0]) == "way bytes received unsent delivered held"
    assert rows[2:] == [["to", "the", "server", "4", "0", "4", "0"], ["to", "the", "client", "4", "0", "4", "0"],
                        ["1", "connection"]]  # fmt: skip


@NEEDS_IPV6
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_ipv6_before_a_server_on_ipv4(transport: str) -> None:
    with serving("upper", "--port", "0") as server:
        target = f"{transport}://127.0.0.1:{server.port('upper', transport)}"
        with relaying(f"{transport}://[::1]:0", target) as relay, getattr(relay, transport)() as client:
            assert ask(client, b"x") == b"X"
            relay.stop()


def test_it_ends_when_its_time_is_over() -> None:
    with relaying("0", "udp://127.0.0.1:9", "--duration", "100ms") as relay:
        assert relay.words == "unimpaired"
        assert relay.rows()[2][:4] == ["to", "the", "server", "0"]


def ended(client: socket.socket, server: socket.socket) -> bytes:
    """The next datagram; when none comes, the client says that it ended, as often as that is lost."""
    while True:
        try:
            return server.recv(10)
        except TimeoutError:
            client.send(b"end")


def test_the_seed_decides_what_is_lost() -> None:
    passed: list[list[bytes]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.5)
        target = f"udp://127.0.0.1:{server.getsockname()[1]}"
        for seed in ("3", "3", "4"):
            with relaying("0", target, "--loss", "p=20%,r=50%", "--seed", seed) as relay, relay.udp() as client:
                assert relay.words == "each way: loss in bursts (p 20%, r 50%)"
                for number in range(60):
                    client.send(b"%d" % number)
                passed.append(list(iter(lambda: ended(client, server), b"end")))
                relay.stop()
    assert passed[0] == passed[1]
    assert passed[0] != passed[2]


def test_a_connection_is_reset_and_counted() -> None:
    with serving("echo", "--port", "0") as server:
        target = f"tcp://127.0.0.1:{server.port('echo', 'tcp')}"
        with relaying("0", target, "--reset", "200ms", "--stall", "every=1h,for=1s") as relay:
            assert relay.words == "stalls of 1 s every 3,600 s; reset after 200 ms"
            with relay.tcp() as client, pytest.raises(ConnectionResetError):
                client.recv(10)
            assert relay.stop()[-1] == ["1", "connection,", "1", "reset"]


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
def test_a_port_in_use(transport: str, kind: socket.SocketKind) -> None:
    with taken_port(kind) as port:
        done = sockbench("relay", str(port), f"{transport}://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (106, "")
    assert f"the relay cannot listen on {transport} 127.0.0.1:{port}: the port is already in use" in done.stderr


def test_a_host_that_is_not_known() -> None:
    done = sockbench("relay", "0", "udp://no-such-host.invalid:9")
    assert done.returncode == 106
    assert "sockbench: the host 'no-such-host.invalid' is not known" in done.stderr


UDP = ("0", "udp://127.0.0.1:9")
TCP = ("0", "tcp://127.0.0.1:9")
WRONG: list[tuple[tuple[str, ...], str]] = [
    ((), "Missing argument 'LISTEN'"),
    (("9000",), "Missing argument 'TARGET'"),
    (("0", "127.0.0.1:9"), '"127.0.0.1:9" has no transport'),
    (("0", "udp://127.0.0.1"), "has no port"),
    (("0", "udp://127.0.0.1:0"), '"0" is not a port: write a number from 1 to 65535'),
    (("99999", "udp://127.0.0.1:9"), '"99999" is not a port: write a number from 0 to 65535; or HOST:PORT'),
    (("nowhere", "udp://127.0.0.1:9"), '"nowhere" has no transport'),
    (("tcp://127.0.0.1:0", "udp://127.0.0.1:9"), "LISTEN is tcp and TARGET is udp"),
    (("9", "udp://127.0.0.1:9"), "LISTEN and TARGET are both udp://127.0.0.1:9"),
    ((*UDP, "--loss", "5"), '--loss: "5" has no unit: write 5%'),
    ((*UDP, "--loss", "101%"), '--loss: "101%" is more than 100%'),
    ((*UDP, "--loss", "p=1%"), '--loss: the key "r" is missing: write r: 25%'),
    ((*UDP, "--loss", "p=1%,p=2%"), "has 'p' twice: keep one"),
    ((*UDP, "--loss", "p=1%,r"), "'p=1%,r' is not KEY=VALUE"),
    ((*UDP, "--delay", "20"), '--delay: "20" has no unit: write 20s, 20ms or 1m30s'),
    ((*UDP, "--delay", "-1ms"), '--delay: "-1ms" is negative'),
    ((*UDP, "--jitter", "even=1ms"), '--jitter: unknown key "even": the keys here are uniform or normal'),
    ((*UDP, "--duplicate", "x"), '--duplicate: "x" is not a share'),
    ((*UDP, "--reorder", ""), '--reorder: "" is not a share'),
    ((*UDP, "--corrupt", "1/s"), '--corrupt: "1/s" is not a share'),
    ((*UDP, "--rate", "100/s"), '--rate: "100/s" is not a rate of bytes'),
    ((*UDP, "--queue", "64KiB"), '--queue: "queue" goes with a rate'),
    ((*UDP, "--rate", "1MB/s", "--queue", "64"), '--queue: "64" has no unit: write 64B, 64kB or 64KiB'),
    ((*UDP, "--stall", "every=1s,for=1ms"), '--stall: "stall" is for TCP'),
    ((*UDP, "--reset", "1s"), '--reset: "reset" is for TCP'),
    ((*UDP, "--up", "5%"), "'5%' is not KEY=VALUE: write it like delay=20ms,loss={p=1%,r=25%}"),
    ((*UDP, "--up", "loss=5"), '--up: loss: "5" has no unit: write 5%'),
    ((*UDP, "--down", "latency=5ms"), '--down: unknown key "latency"'),
    ((*UDP, "--down", "reset=5s"), '--down: "reset" is not of one way: use --reset'),
    ((*UDP, "--seed", "-1"), "Invalid value for '--seed'"),
    ((*UDP, "--duration", "0s"), "Invalid value for --duration: it must be longer than nothing"),
    ((*UDP, "--duration", "5"), 'Invalid value for --duration: "5" has no unit'),
    ((*TCP, "--loss", "5%"), '--loss: "loss" is for UDP: nothing in user space can lose or change a TCP segment'),
    ((*TCP, "--jitter", "5ms"), '--jitter: "jitter" is for UDP'),
    ((*TCP, "--up", "corrupt=1%"), '--up: "corrupt" is for UDP'),
    ((*TCP, "--up", "stall=5s"), '--up: "stall" is not of one way: use --stall'),
    ((*TCP, "--down", "reset=5s"), '--down: "reset" is not of one way: use --reset'),
    ((*UDP, "--loss", "p=1%;r=25%"), "is not KEY=VALUE: write it like 5% or p=1%,r=25%"),
    ((*UDP, "--up", "delay=1ms", "--up", "delay=2ms"), "has 'delay' twice: keep one"),
    ((*TCP, "--stall", "1s"), "'1s' is not KEY=VALUE: write it like every=5s,for=500ms"),
    ((*TCP, "--stall", "every=1s"), '--stall: the key "for" is missing: write for: 500ms'),
    ((*TCP, "--stall", "every=1s,for=2s"), "a stall of 2 s every 1 s never ends"),
    ((*TCP, "--reset", "0s"), '--reset: "0s" is no time at all'),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_use(arguments: tuple[str, ...], words: str) -> None:
    done = called("relay", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_all_mistakes_come_at_once() -> None:
    done = called("relay", *TCP, "--loss", "5%", "--delay", "20", "--reset", "x")
    assert [line.split(":")[0] for line in done.stderr.replace("Error: ", "").splitlines()[3:]] == [
        "--delay",
        "--loss",
        "--reset",
    ]


@pytest.mark.parametrize(
    ("listen", "target"), [("{}", "udp://localhost:{}"), ("udp://0.0.0.0:{}", "udp://127.0.0.1:{}"),
                           ("tcp://0.0.0.0:{}", "tcp://localhost:{}")]
)  # fmt: skip
def test_it_is_not_pointed_at_itself(listen: str, target: str) -> None:
    port = free_port(socket.SOCK_STREAM if target.startswith("tcp") else socket.SOCK_DGRAM)
    done = sockbench("relay", listen.format(port), target.format(port), "--duration", "100ms")
    assert (done.returncode, done.stdout) == (106, "")
    *warned, last = done.stderr.splitlines(keepends=True)
    assert len(warned) == ("0.0.0.0" in listen)
    assert re.fullmatch(
        rf"sockbench: the relay would lead back to itself: (udp|tcp) 127.0.0.1:{port} is where it listens; .*\n",
        last,
    )


def test_what_is_given_in_parts_is_one_way() -> None:
    flags = ("--up", "delay=1ms", "--up", "duplicate=2%", "--down", "loss={p=1%,r=25%}", "--duration", "10ms")
    with relaying("localhost:0", "udp://127.0.0.1:9", *flags) as relay:
        assert relay.words == "to the server: delay 1 ms, duplicate 2%; to the client: loss in bursts (p 1%, r 25%)"
        relay.rows()


def test_the_help_shows_a_mapping_in_a_way() -> None:
    assert "--up 'loss={p=1%,r=25%}'" in called("relay", "--help").stdout


def test_on_a_terminal_the_counts_begin_below_the_key_that_ended_it() -> None:
    terminal = Terminal("relay", "0", "udp://127.0.0.1:9", size=(80, 24))
    terminal.wait_for("Ctrl-C to stop")
    terminal.type("\x03")
    terminal.wait_for("to the client")
    assert terminal.end() == 0
    assert "^C\nway " in terminal.screen
    assert max(map(len, terminal.screen.split("\n"))) <= 80
