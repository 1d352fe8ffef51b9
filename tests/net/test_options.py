"""Options on real sockets: set, read back, refused; and what the kernel tells of a connection."""

from __future__ import annotations

import random
import re
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trio

from sockbench.errors import RunError
from sockbench.model.connection import TcpInfo
from sockbench.model.plan import Transport
from sockbench.model.sockets import PLAIN, SocketOptions
from sockbench.net.addresses import Endpoint
from sockbench.net.kernel import receive_buffer
from sockbench.net.links import Fitting, TcpLink, connect
from sockbench.net.options import congestion_of, receiver, require_options, send_buffer, set_options
from sockbench.net.tcp_info import parse_tcp_info, tcp_info

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells and takes more than others")
PATIENCE = 30.0


@contextmanager
def pair(options: SocketOptions = PLAIN) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection; the first has the options."""
    with socket.socket() as listener, socket.socket() as asker:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        set_options(asker, options, "tcp")
        asker.connect(listener.getsockname())
        with listener.accept()[0] as answerer:
            asker.settimeout(PATIENCE)
            answerer.settimeout(PATIENCE)
            yield asker, answerer


# Options


@pytest.mark.parametrize("nodelay", [True, False])
def test_nodelay(nodelay: bool) -> None:
    with pair(SocketOptions(nodelay=nodelay)) as (asker, _):
        assert bool(asker.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is nodelay


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("size", [16_384, 65_536, 100_000])
def test_a_buffer_is_read_back_as_it_was_asked_for(transport: Transport, size: int) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as opened:
        set_options(opened, SocketOptions(send_buffer=size, receive_buffer=size), transport)
        assert (send_buffer(opened), receive_buffer(opened)) == (size, size)


@NEEDS_LINUX
def test_options_of_tcp_are_not_set_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        set_options(opened, SocketOptions(nodelay=False, quickack=True, congestion="reno"), "udp")
        assert congestion_of(opened) is None


@NEEDS_LINUX
def test_the_congestion_control_is_read_back() -> None:
    with pair(SocketOptions(congestion="reno")) as (asker, answerer):
        assert congestion_of(asker) == "reno"
        assert congestion_of(answerer)


@NEEDS_LINUX
@pytest.mark.parametrize("quickack", [True, False])
def test_quickack_is_set_again_after_each_read(quickack: bool) -> None:
    """What was left there by the kernel, or by anybody, is not what is there after a read."""
    with pair() as (asker, answerer):
        receive = receiver(asker, SocketOptions(quickack=quickack))
        for _ in range(3):
            asker.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, not quickack)
            answerer.send(b"x")
            assert receive(10) == b"x"
            assert bool(asker.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK)) is quickack


def test_without_quickack_a_socket_is_read_as_it_is() -> None:
    with pair() as (asker, _):
        assert receiver(asker, PLAIN) == asker.recv


@pytest.mark.parametrize("options", [PLAIN, SocketOptions(nodelay=False, send_buffer=1, receive_buffer=2**30)])
def test_what_every_system_has_is_required_of_none(options: SocketOptions) -> None:
    require_options("group 'g'", options, "tcp", system="plan9")
    require_options("group 'g'", options, "udp", system="plan9")


def test_quickack_is_of_linux() -> None:
    with pytest.raises(RunError, match=r"^server 's' asks for quickack, which needs Linux, and this is darwin: leave"):
        require_options("server 's'", SocketOptions(quickack=False), "tcp", system="darwin")


@NEEDS_LINUX
def test_a_congestion_control_that_the_kernel_lacks_is_refused_with_those_it_has() -> None:
    wrong = SocketOptions(congestion="hasty")
    with pytest.raises(
        RunError, match=r"^group 'g' asks for congestion: hasty, which this kernel does not have: "
    ) as told:
        require_options("group 'g'", wrong, "tcp")
    assert re.search(r"write one of (\w+, )*(reno|cubic)", str(told.value))
    require_options("group 'g'", SocketOptions(congestion="reno"), "tcp")


# Writing in parts


@NEEDS_LINUX
@pytest.mark.parametrize(("size", "writes", "segments"), [(124, 1, 1), (124, 2, 2), (125, 4, 4), (3, 8, 3), (1, 2, 1)])
async def test_a_request_goes_in_as_many_segments_as_it_is_written_in(size: int, writes: int, segments: int) -> None:
    data = random.Random(size).randbytes(size)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        endpoint = Endpoint(socket.AF_INET, listener.getsockname())
        seen: list[TcpInfo | None] = []
        fitting = Fitting(writes=writes, witness=lambda opened: seen.append(tcp_info(opened)))
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                link = await connect(endpoint, "tcp", nursery, fitting)
                with listener.accept()[0] as answerer:
                    answerer.settimeout(PATIENCE)
                    link.send(data)
                    came = b""
                    while len(came) < size:
                        came += answerer.recv(1000)
                    link.close()
                    link.close()
        assert came == data
        (info,) = seen  # once, however often it is closed
        assert info is not None
        assert info.segments == segments


async def test_options_reach_the_links_of_clients() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        endpoint = Endpoint(socket.AF_INET, listener.getsockname())
        async with trio.open_nursery() as nursery:
            link = await connect(endpoint, "tcp", nursery, Fitting(options=SocketOptions(False, send_buffer=32_768)))
            assert isinstance(link, TcpLink)
            assert link.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
            assert send_buffer(link.socket) == 32_768
            link.close()


# TCP_INFO


WORDS = {68: 50, 72: 20, 32: 1, 100: 3, 148: 8, 156: 40, 192: 41, 216: 2, 220: 5}
ALL = TcpInfo(50_000, 20_000, 8_000, 3, 1, 40, 41, 2, 5)
NONE = TcpInfo(*[None] * 9)


def raw(size: int, **changes: int) -> bytes:
    """A `struct tcp_info` of so many bytes, its other fields full of ones."""
    found = bytearray(b"\xff" * 256)
    for offset, word in (WORDS | {int(key[1:]): word for key, word in changes.items()}).items():
        struct.pack_into("@I", found, offset, word)
    return bytes(found[:size])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (256, ALL),
        (232, ALL),  # Linux 5.4
        (224, ALL),
        (223, ALL._replace(reorderings=None)),
        (200, ALL._replace(reorderings=None, dsack_dups=None)),
        (192, ALL._replace(reorderings=None, dsack_dups=None, delivered=None)),  # 4.10
        (104, TcpInfo(50_000, 20_000, None, 3, 1, None, None, None, None)),  # 2.6
        (100, TcpInfo(50_000, 20_000, None, None, 1, None, None, None, None)),
        (10, NONE),
        (0, NONE),
    ],
)
def test_an_older_kernel_tells_less(size: int, expected: TcpInfo) -> None:
    assert parse_tcp_info(raw(size)) == expected


def test_times_that_were_not_measured() -> None:
    assert parse_tcp_info(raw(256, _68=0, _148=0xFFFFFFFF)) == ALL._replace(rtt=None, min_rtt=None)


@NEEDS_LINUX
def test_what_the_kernel_tells_of_a_connection() -> None:
    with pair() as (asker, answerer):
        for _ in range(5):
            asker.send(b"x" * 100)
            answerer.recv(100)
            answerer.send(b"y")
            asker.recv(100)
        info = tcp_info(asker)
        assert info is not None
        assert 0 < (info.rtt or 0) < PATIENCE * 1e9
        assert 0 < (info.min_rtt or 0) < PATIENCE * 1e9
        assert info.segments == 5 + (info.retransmits or 0)
        answerer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        answerer.close()  # a reset: what is known of the connection stays
        with pytest.raises(ConnectionResetError):
            asker.recv(100)
        assert tcp_info(asker) == info


def test_what_is_no_tcp_socket_tells_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        assert tcp_info(opened) is None
