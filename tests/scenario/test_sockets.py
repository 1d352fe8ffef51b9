"""Options of sockets in a scenario: what they become, and every mistake of theirs."""

from __future__ import annotations

import pytest

from sockbench.model.sockets import PLAIN, SocketOptions
from tests.scenario.helpers import SERVERS, group, group_mistakes, mistakes, plan

GROUP = "clients: [{target: udp://h:1}]\n"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", PLAIN),
        (", nodelay: true", SocketOptions()),
        (", nodelay: false", SocketOptions(nodelay=False)),
        (", quickack: true", SocketOptions(quickack=True)),
        (", quickack: false", SocketOptions(quickack=False)),
        (", send_buffer: 64KiB, receive_buffer: 1MB", SocketOptions(send_buffer=65_536, receive_buffer=1_000_000)),
        (", congestion: reno", SocketOptions(congestion="reno")),
        (", congestion: bbr2_x", SocketOptions(congestion="bbr2_x")),
    ],
)
def test_options(keys: str, expected: SocketOptions) -> None:
    assert group(f"{{server: echo{keys}}}").socket == expected
    assert plan(f"servers: {{s: {{service: echo, transport: tcp{keys}}}}}\n{GROUP}").servers[0].socket == expected


def test_buffers_are_of_udp_too() -> None:
    wanted = SocketOptions(send_buffer=4_096, receive_buffer=8_192)
    assert group("{server: wild, send_buffer: 4KiB, receive_buffer: 8KiB}").socket == wanted


def test_writes() -> None:
    assert group("{server: echo}").writes == 1
    assert group("{server: echo, writes: 2}").writes == 2
    assert group("{server: echo, writes: 1, format: text}").writes == 1
    assert group("{target: tcp://h:1, writes: 3, format: line}").writes == 3


def test_a_matrix_may_vary_them() -> None:
    text = f"{SERVERS}clients:\n  - {{server: echo, nodelay: '${{slow}}'}}\nmatrix: {{slow: [false]}}\n"
    assert plan(text).groups[0].socket == SocketOptions(nodelay=False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{server: wild, nodelay: false}", 'clients[0]: "nodelay" is for TCP only, and this is UDP (UDP holds no '
         "datagram back): leave it out"),
        ("{server: wild, nodelay: true}", 'clients[0]: "nodelay" is for TCP only, and this is UDP (UDP holds no '
         "datagram back): leave it out"),
        ("{target: udp://h:1, quickack: true}", 'clients[0]: "quickack" is for TCP only, and this is UDP (UDP '
         "acknowledges nothing): leave it out"),
        ("{server: wild, congestion: reno}", 'clients[0]: "congestion" is for TCP only, and this is UDP (UDP controls '
         "no congestion): leave it out"),
        ("{server: wild, writes: 2}", 'clients[0]: "writes" is for TCP only, and this is UDP (a datagram is written '
         "whole): leave it out"),
        ("{server: echo, nodelay: yes}", 'clients[0].nodelay: "yes" is not true or false'),
        ("{server: echo, nodelay: 0}", 'clients[0].nodelay: "0" is not true or false'),
        ("{server: echo, quickack: }", "clients[0].quickack: has no value: write true or false"),
        ("{server: echo, quick_ack: true}", 'clients[0]: unknown key "quick_ack", did you mean "quickack"?'),
        ("{server: echo, send_buffer: 64}", 'clients[0].send_buffer: "64" has no unit: write 64B, 64kB or 64KiB'),
        ("{server: echo, send_buffer: 0B}", 'clients[0].send_buffer: "0B" is out of range: '
         "write a size from 1B to 1GiB"),
        ("{server: echo, receive_buffer: 2GiB}", 'clients[0].receive_buffer: "2GiB" is out of range: '
         "write a size from 1B to 1GiB"),
        ("{server: echo, congestion: 5}", 'clients[0].congestion: "5" is a number, not text: write it in quotes'),
        ("{server: echo, congestion: Cubic!}", 'clients[0].congestion: "Cubic!" is not the name of a congestion '
         "control: write one like cubic or reno"),
        ("{server: echo, writes: 0}", 'clients[0].writes: "0" is out of range: write a whole number from 1 to 64'),
        ("{server: echo, writes: 65}", 'clients[0].writes: "65" is out of range: write a whole number from 1 to 64'),
        ("{target: tcp://h:1, writes: 2}", 'clients[0].writes: "2" is too many: in the text format one write is one '
         "message; write 1, or format: envelope"),
    ],
)  # fmt: skip
def test_a_mistake_of_a_group(line: str, expected: str) -> None:
    assert group_mistakes(line) == [expected]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("{service: echo, transport: udp, nodelay: false}", '1:46: servers.s: "nodelay" is for TCP only, and this is '
         "UDP (UDP holds no datagram back): leave it out"),
        ("{service: echo, transport: udp, quickack: true}", '1:46: servers.s: "quickack" is for TCP only, and this is '
         "UDP (UDP acknowledges nothing): leave it out"),
        ("{service: echo, transport: tcp, writes: 2}", '1:46: servers.s: unknown key "writes": it belongs in clients'),
    ],
)  # fmt: skip
def test_a_mistake_of_a_server(server: str, expected: str) -> None:
    assert mistakes(f"servers: {{s: {server}}}\n{GROUP}") == [expected]
