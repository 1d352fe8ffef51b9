"""The kernel's stamps: parsed from control messages, and taken over real loopback sockets."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import trio

from sockbench.errors import RunError
from sockbench.load.arrivals import NS
from sockbench.load.stamps import LIMIT, Stamps
from sockbench.model.plan import Closed, Every, Group, Rate
from sockbench.net.addresses import Endpoint
from sockbench.net.clock import MonotonicClock
from sockbench.net.links import Link
from sockbench.net.stamps import (
    LOOK_EVERY,
    SKIPPED,
    Ancillary,
    StampedLink,
    connect_stamped,
    keep_stamping,
    receive_stamp,
    require_stamps,
    transmit_stamp,
)
from sockbench.net.tasks import Driver
from sockbench.wire import FORMATS
from tests.net.test_tasks import Lane, group_of, lane, outcomes
from tests.ports import NEEDS_IPV6, free_port

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps are Linux's")
PATIENCE = 20.0
FAMILIES = pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=NEEDS_IPV6)])


# Parsing


def stamp(seconds: int, nanoseconds: int) -> tuple[int, int, bytes]:
    return socket.SOL_SOCKET, 37, struct.pack("@6l", seconds, nanoseconds, 0, 0, 9, 9)


def told(
    number: int, *, error: int = errno.ENOMSG, origin: int = 4, moment: int = 0, kind: tuple[int, int] = (0, 11)
) -> tuple[int, int, bytes]:
    return (*kind, struct.pack("=IBBBBII", error, origin, 0, 0, 0, moment, number) + bytes(16))


@pytest.mark.parametrize(
    ("ancillary", "expected"),
    [
        ([], None),
        ([stamp(3, 14)], 3_000_000_014),
        ([(0, 8, b"\0" * 4), stamp(3, 14)], 3_000_000_014),
        ([stamp(0, 0)], None),  # the kernel had none
        ([(socket.SOL_SOCKET, 37, b"\0" * 8)], None),  # cut short
        ([(0, 37, stamp(3, 14)[2])], None),
    ],
)
def test_when_a_datagram_came(ancillary: Ancillary, expected: int | None) -> None:
    assert receive_stamp(ancillary) == expected


@pytest.mark.parametrize(
    ("ancillary", "expected"),
    [
        ([], None),
        ([stamp(3, 14), told(7)], (7, 3_000_000_014)),
        ([told(7), stamp(3, 14)], (7, 3_000_000_014)),
        ([stamp(3, 14), told(2**32 - 1, kind=(41, 25))], (2**32 - 1, 3_000_000_014)),
        ([stamp(3, 14)], None),
        ([told(7)], None),
        ([stamp(3, 14), told(7, error=errno.ECONNREFUSED, origin=2)], None),  # an ICMP error
        ([stamp(3, 14), told(7, moment=1)], None),  # SCM_TSTAMP_SCHED
        ([stamp(3, 14), (0, 11, b"\0" * 15)], None),
    ],
)
def test_when_a_datagram_left(ancillary: Ancillary, expected: tuple[int, int] | None) -> None:
    assert transmit_stamp(ancillary) == expected


def test_another_system_is_refused_by_name() -> None:
    with pytest.raises(
        RunError, match=r"^group 'a' asks for timestamps: kernel, which needs Linux, and this is darwin"
    ):
        require_stamps("a", "darwin")


@NEEDS_LINUX
def test_this_system_is_not_refused() -> None:
    require_stamps("a")


# Over real sockets

Answer = Callable[[int, bytes], list[bytes]]
"""What is sent back for datagram number n, from 0."""


def echo(number: int, data: bytes) -> list[bytes]:
    return [data]


@contextlib.asynccontextmanager
async def answering(host: str, answer: Answer) -> AsyncIterator[Endpoint]:
    """A server that answers each datagram at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with trio.socket.socket(family, socket.SOCK_DGRAM) as server:
        await server.bind((host, 0))

        async def serve() -> None:
            number = 0
            while True:
                data, peer = await server.recvfrom(70_000)
                for reply in answer(number, data):
                    await server.sendto(reply, peer)
                number += 1

        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(serve)
                yield Endpoint(family, server.getsockname())
                nursery.cancel_scope.cancel()


class Noting(Stamps):
    """Notes when each request was about to be sent, by the clock of the stamps, and when the kernel passed it on.

    And what became of the others: replies that came without a stamp, pairs that do not fit (by how much, and the round
    trip).
    """

    def __init__(self, *arguments: Any) -> None:
        self.sent: dict[int, int] = {}
        self.stamp: dict[int, int] = {}
        self.came: list[bool] = []
        self.unfit: list[tuple[int, int]] = []
        super().__init__(*arguments)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "number":
            self.sent[value] = time.time_ns()
        elif name == "arrived":
            self.came.append(value is not None)
        super().__setattr__(name, value)

    def left(self, number: int, stamp: int) -> None:
        self.stamp[number] = stamp
        super().left(number, stamp)

    def _pair(self, left: int, arrived: int, rtt: int) -> None:
        if not 0 <= arrived - left <= rtt:
            self.unfit.append((arrived - left, rtt))
        super()._pair(left, arrived, rtt)

    def __str__(self) -> str:
        came = self.came[1:]  # the first is none's
        bare = [place for place, has_stamp in enumerate(came) if not has_stamp]
        return (
            f"{len(self.stamp)} requests stamped; {len(came)} replies, {len(bare)} without a stamp, at {bare[:3]} to "
            f"{bare[-1:]}; {self.kept} halves kept; {len(self.unfit)} pairs unfit: {self.unfit[:5]}"
        )


class Pair:
    """A lane, its stamps, and the (kernel's, application's) round trip of each measured request that is ok."""

    def __init__(self, group: Group) -> None:
        self.lane: Lane = lane(group)
        self.kernel: list[int] = []
        ledger = self.lane.client.ledger
        self.stamps = Noting(ledger, self.kernel.append)
        self.application: list[int] = []
        ledger.tell_too(lambda number, rtt: self.application.append(rtt))


class CountingLink(StampedLink):
    """Counts how often a wait for it ended."""

    wakes = 0

    async def readable(self) -> None:
        await super().readable()
        self.wakes += 1


async def drive(pair: Pair, endpoint: Endpoint, duration: float) -> None:
    """Drive the client over a stamped link, to the end of its drain."""
    clock = MonotonicClock(None)
    client = pair.lane.client
    async with trio.open_nursery() as nursery:
        await nursery.start(keep_stamping)
        link = await connect_stamped(endpoint, nursery, pair.stamps)

        async def dial() -> Link:
            raise AssertionError("a UDP link never breaks")

        driver = Driver(client, FORMATS["envelope"], clock, dial, stamps=pair.stamps)
        start = clock.now()
        end = start + round(duration * NS)
        client.begin(start, start, end)
        with trio.CancelScope(deadline=clock.deadline(end) + 1):
            await driver.run(link)
        nursery.cancel_scope.cancel()
    client.finish(clock.now())
    pair.lane.book.flush()


@NEEDS_LINUX
@FAMILIES
async def test_each_request_that_is_ok_has_a_kernel_rtt_within_the_applications(host: str) -> None:
    pair = Pair(group_of(Closed(), window=1, timeout=10))
    responder = pair.lane.responder

    def answer(number: int, data: bytes) -> list[bytes]:
        reply = responder.datagram(data, "peer", 0.0)
        return [] if reply is None else [reply]

    async with answering(host, answer) as endpoint:
        await drive(pair, endpoint, duration=0.3)
    told = f"{len(pair.kernel)} pairs of {len(pair.application)} round trips: {pair.stamps}"
    assert 0 < len(pair.kernel) == len(pair.application), told
    assert 0 <= min(pair.kernel) <= max(pair.kernel) <= max(pair.application)
    assert 0 < sum(pair.kernel) < sum(pair.application)


@NEEDS_LINUX
@FAMILIES
@pytest.mark.parametrize("burst", [1, LOOK_EVERY - 1, 5 * LOOK_EVERY])
async def test_stamps_do_not_wake_whoever_waits_for_replies(host: str, burst: int) -> None:
    """A stamp in the error queue makes a socket ready; it may end one wait, never more."""
    pair = Pair(group_of(Closed(), window=1))
    async with answering(host, lambda number, data: []) as endpoint, trio.open_nursery() as nursery:
        link = CountingLink((await raw(endpoint)), nursery, pair.stamps)
        for _ in range(burst):
            link.send(b"x")
        with trio.move_on_after(0.1):
            while True:
                assert link.poll() is None
                await link.readable()
        assert link.wakes <= burst
        with pytest.raises(BlockingIOError):
            link._socket.recvmsg(0, 256, 0x2000)
        link.close()


async def raw(endpoint: Endpoint) -> socket.socket:
    await trio.lowlevel.checkpoint()
    opened = socket.socket(endpoint.family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.connect(endpoint.address)
    return opened


class Told(Stamps):
    """Keeps the numbers of the requests whose stamps came."""

    def __init__(self) -> None:
        super().__init__(lane(group_of(Closed(), window=1)).client.ledger, lambda rtt: None)
        self.numbers: list[int] = []

    def left(self, number: int, stamp: int) -> None:
        self.numbers.append(number)


def is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except ConnectionRefusedError:
        return True
    return False


@NEEDS_LINUX
@FAMILIES
async def test_a_refused_port_refuses_as_on_any_socket_and_the_numbers_stay_right(host: str) -> None:
    """An ICMP error makes a poll fail, or a send; whether a failed send uses up a number is the kernel's affair."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stamps = Told()
    with socket.socket(family, socket.SOCK_DGRAM) as nobody:
        nobody.bind((host, 0))
        endpoint = Endpoint(family, nobody.getsockname())
    went: list[int] = []
    number = 0
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            link = await connect_stamped(endpoint, nursery, stamps)
            for _ in range(10):
                number += 1
                stamps.number = number
                link.send(b"x")
                went.append(number)
                while not is_refused(link.poll):
                    await link.readable()
                while True:
                    number += 1
                    stamps.number = number
                    if is_refused(lambda: link.send(b"x")):
                        break
                    went.append(number)
                    await trio.lowlevel.checkpoint()
                while len(stamps.numbers) < len(went):
                    is_refused(link.poll)
                    await trio.lowlevel.checkpoint()
                while is_refused(link.poll):
                    pass
            link.close()
    assert stamps.numbers == went


@NEEDS_LINUX
async def test_a_client_of_a_refused_port_ends_as_on_a_plain_link() -> None:
    pair = Pair(group_of(Every(0.02), window=64, timeout=10))
    await drive(pair, Endpoint(socket.AF_INET, ("127.0.0.1", free_port())), duration=0.5)
    assert outcomes(pair.lane) == {"refused": 25}
    assert pair.kernel == []


@NEEDS_LINUX
async def test_once_the_kernel_stamps_what_arrives_everything_has_a_stamp_until_it_is_told_to_end() -> None:
    """On an idle machine the first would have one anyway; on a busy one a thousand had none."""
    with trio.fail_after(PATIENCE):
        for _ in range(3):
            async with trio.open_nursery() as nursery:
                await nursery.start(keep_stamping)
                stamps = [await stamp_of_one() for _ in range(20)]
                nursery.cancel_scope.cancel()
            assert None not in stamps


async def stamp_of_one() -> int | None:
    """The stamp of a datagram to a socket that has just asked for stamps."""
    with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, 37, 1 << 3 | 1 << 4)
        await own.bind(("127.0.0.1", 0))
        await own.sendto(b"x", own.getsockname())
        _, ancillary, _, _ = await own.recvmsg(10, 256)
        return receive_stamp(ancillary)


@NEEDS_LINUX
@FAMILIES
async def test_losses_and_a_wide_window_never_mix_up_the_pairs(host: str) -> None:
    """The server drops one in three, and holds the others back by eight. On loopback a stamp is made while sending."""
    pair = Pair(replace(group_of(Rate(3000.0), window=64), timeout=0.3))
    responder = pair.lane.responder
    held: list[bytes] = []

    def answer(number: int, data: bytes) -> list[bytes]:
        reply = responder.datagram(data, "peer", 0.0)
        if reply is None or number % 3 == 0:
            return []
        held.append(reply)
        return [held.pop(0)] if len(held) > 8 else []

    async with answering(host, answer) as endpoint:
        await drive(pair, endpoint, duration=0.6)
    counts = pair.lane.tally.counts()
    assert counts.lost > 0
    assert len(pair.kernel) == len(pair.application) == counts.ok > 0
    assert all(0 <= kernel <= whole for kernel, whole in zip(pair.kernel, pair.application, strict=True))
    assert pair.stamps.kept <= 2 * LIMIT
    sent, stamp = pair.stamps.sent, pair.stamps.stamp
    assert len(stamp) == counts.sent
    for number, left in stamp.items():
        assert sent[number] <= left <= sent.get(number + 1, left)


@NEEDS_LINUX
async def test_stamps_are_read_while_no_one_polls_and_before_the_end() -> None:
    """The error queue takes its memory from the replies' buffer, and a reply may come before anyone asked for more."""
    stamps = Told()
    async with answering("127.0.0.1", lambda number, data: []) as endpoint, trio.open_nursery() as nursery:
        link = await connect_stamped(endpoint, nursery, stamps)
        for number in range(1, LOOK_EVERY + 6):
            stamps.number = number
            link.send(b"x")
        assert stamps.numbers == list(range(1, LOOK_EVERY + 1))
        link.close()
        link.close()
    assert stamps.numbers == list(range(1, LOOK_EVERY + 6))


class Crowded(socket.socket):
    """A socket without room for some of what is sent: each number in `full` is an attempt that fails.

    `uses_numbers`: as on older kernels, a failed attempt moves the kernel's count on; an empty datagram does it here.
    """

    full: frozenset[int] = frozenset()
    uses_numbers = False
    attempts = 0

    def send(self, data: Any, flags: int = 0) -> int:
        self.attempts += 1
        if self.attempts in self.full:
            if self.uses_numbers:
                super().send(b"")
            raise BlockingIOError
        return super().send(data, flags)


def crowded(endpoint: Endpoint, *full: int) -> Crowded:
    opened = Crowded(endpoint.family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.connect(endpoint.address)
    opened.full = frozenset(full)
    return opened


@NEEDS_LINUX
@pytest.mark.parametrize("uses_numbers", [False, True])
async def test_what_finds_no_room_at_first_goes_in_its_turn_and_is_stamped(uses_numbers: bool) -> None:
    stamps = Told()
    seen: list[int] = []

    def answer(number: int, data: bytes) -> list[bytes]:
        seen.extend(data[:1])
        return []

    async with answering("127.0.0.1", answer) as endpoint, trio.open_nursery() as nursery:
        opened = crowded(endpoint, 3, 4, 9, 13)
        opened.uses_numbers = uses_numbers
        link = StampedLink(opened, nursery, stamps)
        for number in range(1, 21):
            stamps.number = number
            link.send(bytes([number]))
            if number % 7 == 0:
                await trio.lowlevel.checkpoint()
        while len(seen) < 20 or len(stamps.numbers) < 20:
            assert link.poll() is None
            await trio.lowlevel.checkpoint()
        link.close()
    assert seen == stamps.numbers == list(range(1, 21))


@NEEDS_LINUX
async def test_stamps_that_were_lost_before_a_failure_are_not_waited_for_for_ever() -> None:
    """The error queue shares the memory of the receive buffer: where that is full, the kernel drops stamps."""
    stamps = Told()
    async with answering("127.0.0.1", lambda number, data: []) as endpoint, trio.open_nursery() as nursery:
        opened = crowded(endpoint, LOOK_EVERY)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the least there is, 2,304 bytes
        link = StampedLink(opened, nursery, stamps)
        for number in range(1, LOOK_EVERY + 1):
            stamps.number = number
            link.send(b"x")
        while link._backlog:
            await trio.lowlevel.checkpoint()
        lost = LOOK_EVERY - 1 - len(stamps.numbers)
        assert lost > 0
        for number in range(LOOK_EVERY + 1, LOOK_EVERY + 2 * SKIPPED):
            stamps.number = number
            link.send(b"x")
            assert link.poll() is None
        link.close()
    after = [number for number in stamps.numbers if number >= LOOK_EVERY]
    assert 0 < LOOK_EVERY + 2 * SKIPPED - after[0] <= 2 * SKIPPED
    assert after == list(range(after[0], LOOK_EVERY + 2 * SKIPPED))
