"""Two tasks of one thread that each serve a readiness set of their own: neither keeps the other from its sockets."""

from __future__ import annotations

import socket
import sys

import pytest
import trio

from sockbench.net.attendant import Attendant
from sockbench.net.turns import ReadySet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs epoll")
LONG = 60_000_000_000
"""Nanoseconds: whoever waits in the kernel for so long has not been called."""


def pair() -> tuple[socket.socket, socket.socket]:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    here.setblocking(False)
    return here, there


async def test_a_wait_in_the_kernel_ends_for_a_neighbours_socket() -> None:
    mine, neighbours = ReadySet(), ReadySet()
    here, there = pair()
    with here, there:
        neighbours.sockets.register(here)
        there.send(b"x")
        assert mine.wait_here(LONG)
        assert not mine.sockets.poll(0)
        here.recv(1)
        neighbours.sockets.unregister(here)
        assert not mine.wait_here(0)
    neighbours.close()
    mine.close()


async def test_who_has_left_is_called_no_more() -> None:
    attendant = Attendant()
    calls: list[str] = []
    with trio.fail_after(20):
        here, there = pair()
        with here, there:
            called = trio.Event()

            def first() -> None:
                calls.append(here.recv(9).decode())
                called.set()

            attendant.attend(here.fileno(), first)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(attendant.run)
                there.send(b"one")
                await called.wait()
                attendant.leave(here.fileno())
                attendant.leave(here.fileno())
                there.send(b"two")
                for _ in range(10):
                    await trio.lowlevel.checkpoint()
                assert calls == ["one"]
                called = trio.Event()
                attendant.attend(here.fileno(), first)
                await called.wait()
                assert calls == ["one", "two"]
                nursery.cancel_scope.cancel()


async def test_a_busy_attendant_lets_others_have_their_turn() -> None:
    attendant = Attendant()
    here, there = pair()
    with trio.fail_after(20), here, there:
        there.send(b"always ready")
        attendant.attend(here.fileno(), lambda: None)  # it never reads, so it is called for ever
        async with trio.open_nursery() as nursery:
            nursery.start_soon(attendant.run)
            for _ in range(20):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
