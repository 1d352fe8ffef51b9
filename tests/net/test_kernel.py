"""What the kernel dropped: parsed from its tables, and told by both counters after a real overflow."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from sockbench.net.kernel import namespace_drops, snmp6_drops, snmp_drops, udp_drops
from tests.ports import NEEDS_IPV6

SNMP = """\
Tcp: RtoAlgorithm RtoMin
Tcp: 1 200
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 69 3 0 74 12 0 0 0 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
UdpLite: 0 0 0 0 99 0 0 0 0
"""


@pytest.mark.parametrize(
    ("text", "drops"),
    [
        (SNMP, 12),
        ("", None),
        ("Udp: RcvbufErrors\n", None),
        ("Udp: RcvbufErrors\nUdp: x\n", None),
        ("Udp: RcvbufErrors\nUdp: -1\n", None),
        ("Udp: RcvbufErrors\nUdp:\n", None),
        ("Udp: InDatagrams RcvbufErrors\nUdp: 5\n", None),
        ("Udp: InDatagrams\nUdp: 5\n", None),
    ],
)
def test_the_table_of_ipv4(text: str, drops: int | None) -> None:
    assert snmp_drops(text) == drops


@pytest.mark.parametrize(
    ("text", "drops"),
    [
        ("Udp6InErrors                    \t1\nUdp6RcvbufErrors                \t34\nUdp6SndbufErrors \t0\n", 34),
        ("Udp6RcvbufErrors\t0", 0),
        ("UdpLite6RcvbufErrors\t7\n", None),
        ("Udp6RcvbufErrors\n", None),
        ("Udp6RcvbufErrors x\n", None),
        ("", None),
    ],
)
def test_the_table_of_ipv6(text: str, drops: int | None) -> None:
    assert snmp6_drops(text) == drops


@pytest.mark.skipif(sys.platform != "linux", reason="the counters are Linux's")
@pytest.mark.parametrize(
    ("family", "host"),
    [(socket.AF_INET, "127.0.0.1"), pytest.param(socket.AF_INET6, "::1", marks=NEEDS_IPV6)],
)
def test_a_socket_that_nobody_reads_overflows_and_both_counters_tell(family: socket.AddressFamily, host: str) -> None:
    before = namespace_drops()
    with socket.socket(family, socket.SOCK_DGRAM) as bound, socket.socket(family, socket.SOCK_DGRAM) as sender:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        bound.bind((host, 0))
        for _ in range(200):
            sender.sendto(bytes(1000), bound.getsockname())
        bound.setblocking(False)
        received = 0
        with contextlib.suppress(BlockingIOError):
            while bound.recv(2000):
                received += 1
        drops = udp_drops(bound)
    after = namespace_drops()
    assert drops == 200 - received > 0
    assert before is not None
    assert after is not None
    assert after - before >= drops  # others may have dropped too
