"""How much room is asked for, and that it is enough: a real socket takes all that it was sized for."""

from __future__ import annotations

import socket
import sys

import pytest

from sockbench.net.buffers import REPLY_MORE, at_once, client_room, server_room, truesize
from sockbench.net.kernel import provide, receive_buffer, udp_drops
from tests.run.plans import plan_of

HEADER = 60
NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="buffers are counted so by Linux")


@pytest.mark.parametrize(
    ("group", "one", "everyone"),
    [
        ("count: 10", 1, 10),
        ("count: 10, window: 32", 32, 320),
        ("count: 10, arrivals: {every: 1s}, timeout: 1s", 2, 11),
        ("count: 10, arrivals: {every: 100ms}, timeout: 1s", 11, 101),
        ("count: 10, arrivals: {every: 100ms, phase: lockstep}, timeout: 1s", 11, 110),
        ("count: 10, arrivals: {every: 100ms}, timeout: 1s, window: 4", 4, 40),
        ("count: 10, arrivals: {rate: 100/s}, timeout: 500ms", 6, 51),
        ("count: 10, arrivals: {rate: 100/s, pattern: burst, burst: 20}, timeout: 500ms", 7, 70),
        ("count: 10, arrivals: {rate: 1000/s, pattern: poisson}, timeout: 1s", 100 + 60 + 1, 1000 + 190 + 1),
        ("count: 10, arrivals: {stages: [{duration: 1s, rate: 0/s..100/s}]}, timeout: 500ms", 6, 51),
    ],
)
def test_how_many_may_be_under_way_at_once(group: str, one: int, everyone: int) -> None:
    plan = plan_of(f"servers:\n  s: {{service: echo, transport: udp}}\nclients:\n  - {{server: s, {group}}}\n")
    assert at_once(plan.groups[0]) == (one, everyone)


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        ("{size: 1KiB}", 1024),
        ("{digits: 1..30}", 30),
        ("{choice: [a, Olá, bb]}", 4),
        ('{text: "{seq}{random}"}', 13 + 8),
    ],
)
def test_the_longest_message_counts(payload: str, size: int) -> None:
    plan = plan_of(
        "servers:\n  s: {service: echo, transport: udp}\n  t: {service: echo, transport: udp}\nclients:\n"
        f"  - {{name: a, server: s, count: 10, window: 3, payload: {payload}}}\n"
        f"  - {{name: b, server: s, count: 2, payload: {payload}}}\n"
    )
    assert client_room(plan.groups[0]) == 3 * truesize(HEADER + size + REPLY_MORE)
    assert server_room(plan, "s") == (30 + 2) * truesize(HEADER + size)
    assert server_room(plan, "t") == 0


def test_a_text_says_its_code_before() -> None:
    plan = plan_of("clients:\n  - {target: 'udp://127.0.0.1:9', count: 10, register: 'A{index}', payload: {text: x}}\n")
    assert client_room(plan.groups[0]) == truesize(len("(A10) : x") + REPLY_MORE)


@NEEDS_LINUX
@pytest.mark.parametrize("size", [1, 64, 124, 300, 1000, 1400, 4000, 9000])
def test_a_buffer_takes_what_it_was_sized_for(size: int) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        before = receive_buffer(receiver)
        room = 100 * truesize(size)
        provide(receiver, room)
        assert receive_buffer(receiver) >= before
        if receive_buffer(receiver) < room:
            pytest.skip("net.core.rmem_max is too low here")
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        sender.connect(receiver.getsockname())
        for _ in range(100):
            sender.send(bytes(size))
        assert sum(len(receiver.recv(65_535)) for _ in range(100)) == 100 * size
        assert udp_drops(receiver) == 0


@pytest.mark.parametrize("room", [0, 1, 2**31, 10**12])
def test_however_much_is_wanted_the_kernel_gives_what_it_may(room: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        before = receive_buffer(opened)
        provide(opened, room)
        assert receive_buffer(opened) >= before
        assert room > before or receive_buffer(opened) == before
