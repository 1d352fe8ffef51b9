"""`sockbench run` against servers that other people wrote: plain sockets, with their faults."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.command import result_of
from tests.cli.here import called
from tests.ports import NEEDS_IPV6

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def udp_server(answer: Callable[[int, bytes], bytes | None]) -> Iterator[str]:
    """A UDP server that answers datagram number n, from 0, with what `answer` says; its URL."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))

        def serve() -> None:
            number = 0
            while True:
                data, peer = bound.recvfrom(70_000)
                if data == b"stop":
                    return
                reply = answer(number, data)
                number += 1
                if reply is not None:
                    bound.sendto(reply, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"udp://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"stop", bound.getsockname())
            thread.join()


@contextlib.contextmanager
def tcp_server(serve: Serve) -> Iterator[str]:
    """A TCP server with a thread for each connection; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def converse(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(20)
                serve(connection)

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if stopping:
                    connection.close()
                    return
                threads.append(threading.Thread(target=converse, args=(connection,)))
                threads[-1].start()

        stopping: list[bool] = []
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopping.append(True)
            socket.create_connection(listener.getsockname()).close()
            for thread in (acceptor, *threads):
                thread.join()


def run(url: str, **keys: Any) -> dict[str, Any]:
    """The one group of a short run against `url`."""
    settings = {"arrivals": "{every: 50ms}", "timeout": "200ms"} | keys
    duration = settings.pop("duration", "1s")
    group = ", ".join(f"{key}: {value}" for key, value in settings.items())
    scenario = f'duration: {duration}\nclients:\n  - {{name: a, target: "{url}", {group}}}\n'
    done = called("run", "-", "--no-save", "--format", "json", stdin=scenario.encode())
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = result_of(done)["runs"][0]["groups"][0]
    return result


def echo_lines(connection: socket.socket) -> None:
    with connection.makefile("rwb") as stream:
        for line in stream:
            stream.write(line.upper())
            stream.flush()


def echo_lengths(connection: socket.socket) -> None:
    with connection.makefile("rwb") as stream:
        while head := stream.read(4):
            (length,) = struct.unpack("!I", head)
            stream.write(head + stream.read(length))
            stream.flush()


def echo_reads(connection: socket.socket) -> None:
    while data := connection.recv(1024):
        connection.send(b"ok: " + data)


def answer_once(connection: socket.socket) -> None:
    connection.send(b"once: " + connection.recv(1024))


def hang_up(connection: socket.socket) -> None:
    connection.recv(1024)


def reset(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("serve", "keys"),
    [
        pytest.param(echo_lines, {"format": "line", "window": 8, "arrivals": "closed"}, id="line"),
        pytest.param(echo_lengths, {"format": "length", "window": 8, "arrivals": "closed"}, id="length"),
        pytest.param(echo_reads, {}, id="text"),
        pytest.param(answer_once, {"connect": "per-request"}, id="text, a connection a request"),
    ],
)
def test_formats_of_other_peoples_tcp_servers(serve: Serve, keys: dict[str, str]) -> None:
    with tcp_server(serve) as url:
        group = run(url, duration="500ms", **keys)
    assert group["ok"] == group["planned"] > 0
    assert (group["stray"], group["duplicate"]) == (0, 0)


def test_one_lost_datagram_in_three_never_stalls_a_client() -> None:
    with udp_server(lambda number, data: None if number % 3 == 2 else data) as url:
        group = run(url, arrivals="closed", timeout="100ms", count=1, duration="1s")
    assert group["lost"] > 3  # a stalled client would have lost one
    assert 2 * group["lost"] <= group["ok"] <= 2 * group["lost"] + 2
    assert group["planned"] == group["ok"] + group["lost"]


def test_a_reply_to_every_datagram_twice_is_counted_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(20)

        def serve() -> None:
            for _ in range(5):
                data, peer = bound.recvfrom(2000)
                bound.sendto(data, peer)
                bound.sendto(data, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        group = run(
            f"udp://127.0.0.1:{bound.getsockname()[1]}", format="envelope", arrivals="{every: 100ms}", duration="500ms"
        )
        thread.join()
    # The copies come back in an envelope of the kind REQUEST, with the client's id and number: each names its request.
    assert (group["ok"], group["duplicate"], group["stray"]) == (5, 5, 0)


@pytest.mark.parametrize(("serve", "outcome"), [(hang_up, "failed"), (reset, "refused")])
@pytest.mark.parametrize("connect", ["once", "per-request"])
def test_connections_that_break_before_the_reply(serve: Serve, outcome: str, connect: str) -> None:
    with tcp_server(serve) as url:
        group = run(url, connect=connect, duration="500ms")
    assert group["planned"] == 10
    assert group[outcome] + group["skipped"] == 10
    assert group[outcome] >= 3  # between attempts without any answer the client waits, longer each time


def test_a_late_reply_is_late_and_not_the_next_ones() -> None:
    """Over TCP replies come in order, so a late one is known for what it is."""

    def serve(connection: socket.socket) -> None:
        first = connection.recv(1024)
        second = connection.recv(1024)
        connection.send(b"1:" + first + b"\n")
        connection.send(b"2:" + second)
        while data := connection.recv(1024):
            connection.send(b"n:" + data)

    with tcp_server(serve) as url:
        group = run(
            url, format="line", arrivals="{every: 200ms}", timeout="100ms", duration="1s", payload='{text: "x"}'
        )
    assert group["late"] == 1
    assert group["ok"] == 4
    assert group["late_rtt"]["min_s"] > 0.1
    assert group["rtt"]["max_s"] < 0.1


@NEEDS_IPV6
def test_a_target_on_ipv6() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as bound:
        bound.bind(("::1", 0))
        group = run(f"udp://[::1]:{bound.getsockname()[1]}", duration="200ms", timeout="20ms")
    assert group["lost"] == group["planned"] == 4
