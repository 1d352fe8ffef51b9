"""The UDP relay on real loopback sockets: what goes in equals what comes out, with losses and times as asked for."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from sockbench.errors import RunError
from sockbench.model.plan import Impairment, Jitter, RandomLoss, Way
from sockbench.model.relay import WayCounts
from sockbench.net.addresses import reaches
from sockbench.net.relay import Relay, RelayOrder, bind_relay
from sockbench.net.relay_udp import UdpRelay
from tests.impair.links import Notes, adds_up
from tests.net.relays import descriptors_left, echo_datagrams, endpoint, relaying, udp_socket, until
from tests.ports import NEEDS_IPV6, free_port, taken_port

SECOND = 1_000_000_000


@contextlib.asynccontextmanager
async def echo(impairment: Impairment, host: str = "127.0.0.1", **options: Any) -> AsyncIterator[Relay]:
    """A relay before a server that sends everything back."""
    with await udp_socket(bound_to=(host, 0)) as server:
        async with (
            relaying("udp", server.getsockname(), impairment, host, **options) as relay,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo_datagrams, server)
            yield relay
            nursery.cancel_scope.cancel()


async def exchange(relay: Relay, datagrams: list[bytes]) -> list[bytes]:
    """Send all from one socket, and give what comes back until both ways have settled."""
    with await udp_socket(connected_to=relay.address) as client:
        back: list[bytes] = []

        async def listen() -> None:
            while True:
                back.append(await client.recv(70_000))

        def settled() -> bool:
            report = relay.report()
            ways = (report.up, report.down)
            return (
                report.up.received == len(datagrams)
                and not any(way.held for way in ways)
                and report.down.received == report.up.delivered
                and len(back) == report.down.delivered
            )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            for number, data in enumerate(datagrams):
                await client.send(data)
                if number % 50 == 0:
                    await until(lambda sent=number: relay.report().up.received > sent)
            await until(settled)
            nursery.cancel_scope.cancel()
        return back


async def test_datagrams_go_straight_through_a_good_link() -> None:
    datagrams = [b"", b"one", "olá".encode(), bytes(65_507)]
    async with echo(Impairment()) as relay:
        assert await exchange(relay, datagrams) == datagrams
        report = relay.report()
    assert report.up == report.down == WayCounts(received=4, delivered=4)
    assert (report.flows, report.refused, report.turned_away, report.forgotten) == (1, 0, 0, 0)
    assert report.kernel_drops in (0, None)


@NEEDS_IPV6
async def test_ipv6() -> None:
    async with echo(Impairment(), "::1") as relay:
        assert await exchange(relay, [b"one"]) == [b"one"]
        assert relay.report().address.startswith("[::1]:")


async def test_each_client_hears_its_own_replies() -> None:
    async with echo(Impairment(Way(delay=0.005), Way(delay=0.005))) as relay:
        clients = [await udp_socket(connected_to=relay.address) for _ in range(20)]
        for number, client in enumerate(clients):
            await client.send(b"%d" % number)
        assert [int(await client.recv(100)) for client in clients] == list(range(20))
        assert relay.report().flows == 20
        for client in clients:
            client.close()


async def test_a_delay_holds_each_way_and_nothing_comes_early() -> None:
    delay = 0.02
    async with echo(Impairment(Way(delay=delay), Way(delay=delay / 2))) as relay:
        with await udp_socket(connected_to=relay.address) as client:
            for _ in range(5):
                sent = time.perf_counter_ns()
                await client.send(b"x")
                await client.recv(10)
                assert time.perf_counter_ns() - sent >= 1.5 * delay * SECOND


@pytest.mark.parametrize(("up", "down"), [(0.05, 0.0), (0.0, 0.3), (0.1, 0.1), (1.0, 0.0)])
async def test_losses_are_as_many_as_asked_for_and_all_are_counted(up: float, down: float) -> None:
    number = 2000
    async with echo(Impairment(Way(RandomLoss(up)), Way(RandomLoss(down)))) as relay:
        back = await exchange(relay, [b"%d" % index for index in range(number)])
        report = relay.report()
    assert adds_up(report.up)
    assert adds_up(report.down)
    assert len(back) == number - report.up.lost - report.down.lost
    assert abs(report.up.lost - number * up) <= 5 * math.sqrt(number * up * (1 - up))
    came = report.down.received
    assert abs(report.down.lost - came * down) <= 5 * math.sqrt(came * down * (1 - down))


async def test_the_same_seed_loses_the_same() -> None:
    datagrams = [b"%d" % index for index in range(300)]
    heard = []
    for seed in (1, 1, 2):
        async with echo(Impairment(Way(RandomLoss(0.2)), Way(RandomLoss(0.2))), seed=seed) as relay:
            heard.append(await exchange(relay, datagrams))
    assert heard[0] == heard[1]
    assert heard[0] != heard[2]


async def test_second_copies_and_turned_bits_and_whoever_watches() -> None:
    notes = Notes()
    datagrams = [b"%03d" % index for index in range(200)]
    async with echo(Impairment(Way(duplicate=0.5), Way(corrupt=0.5)), witness=notes) as relay:
        back = await exchange(relay, datagrams)
        report = relay.report()
    assert len(back) == 200 + report.up.duplicated
    delivered = [note for note in notes.heard if note[:2] == ("delivered", "down")]
    assert report.down.corrupted == sum(note[3] is not None for note in delivered) > 50
    for data, (_, _, original, corrupt_at, _) in zip(back, delivered, strict=True):
        assert isinstance(original, bytes)
        assert [at for at in range(3) if data[at] != original[at]] == ([] if corrupt_at is None else [corrupt_at])
    assert len([note for note in notes.heard if note[:2] == ("arrived", "up")]) == 200


async def test_what_is_held_back_is_overtaken() -> None:
    datagrams = [b"%03d" % index for index in range(200)]
    async with echo(Impairment(Way(reorder=0.2))) as relay:
        back = await exchange(relay, datagrams)
        assert relay.report().up.reordered > 10
    assert back != datagrams
    assert sorted(back) == datagrams


async def test_a_queue_overflows() -> None:
    async with echo(Impairment(Way(rate=100_000.0, queue=5_000))) as relay:
        back = await exchange(relay, [bytes(1000)] * 100)
        report = relay.report()
    assert report.up.overflowed > 50
    assert len(back) == 100 - report.up.overflowed
    assert adds_up(report.up)


async def test_everything_at_once_adds_up() -> None:
    way = Way(RandomLoss(0.1), 0.003, Jitter("normal", 0.002), 0.1, 0.1, 0.1, 1e6, 20_000)
    async with echo(Impairment(way, way)) as relay:
        await exchange(relay, [b"%064d" % index for index in range(500)])
        report = relay.report()
    assert adds_up(report.up)
    assert adds_up(report.down)
    assert (report.up.held, report.down.held, report.up.unsent, report.down.unsent) == (0, 0, 0, 0)


async def test_what_is_held_at_the_end_stays_held() -> None:
    async with echo(Impairment(Way(delay=60.0))) as relay:
        with await udp_socket(connected_to=relay.address) as client:
            for _ in range(7):
                await client.send(b"x")
            await until(lambda: relay.report().up.received == 7)
    assert relay.report().up == WayCounts(received=7, held=7)


async def test_a_refusal_is_counted_and_ends_nothing() -> None:
    """The port is closed at first; then someone listens there."""
    port = free_port()
    async with relaying("udp", ("127.0.0.1", port), Impairment()) as relay:
        with await udp_socket(connected_to=relay.address) as client:
            await client.send(b"nobody")
            await until(lambda: relay.report().refused == 1)
            with await udp_socket(bound_to=("127.0.0.1", port)) as server:
                await client.send(b"somebody")
                assert (await server.recvfrom(100))[0] == b"somebody"
        assert relay.report().up == WayCounts(received=2, delivered=2)


async def test_the_client_silent_for_longest_makes_room() -> None:
    async with echo(Impairment(), flows=2) as relay:
        clients = [await udp_socket(connected_to=relay.address) for _ in range(3)]
        for client in (*clients, clients[0]):
            await client.send(b"x")
            await client.recv(10)
        report = relay.report()
        assert (report.flows, report.forgotten) == (4, 2)
        assert report.up == report.down == WayCounts(received=4, delivered=4)
        for client in clients:
            client.close()


async def test_clients_share_the_sockets_that_the_machine_has() -> None:
    async with echo(Impairment()) as relay:
        clients = [await udp_socket(connected_to=relay.address) for _ in range(5)]
        with descriptors_left(2):
            for client in clients:
                await client.send(b"x")
                assert await client.recv(10) == b"x"
        assert relay.report().turned_away == 0
        assert relay.report().forgotten >= 3
        for client in clients:
            client.close()


async def test_a_client_without_a_place_is_counted() -> None:
    async with echo(Impairment()) as relay:
        with await udp_socket(connected_to=relay.address) as client, descriptors_left(0):
            await client.send(b"x")
            await until(lambda: relay.report().turned_away == 1)
        assert relay.report().up == WayCounts()


async def test_a_silent_client_is_forgotten_and_may_come_back() -> None:
    async with echo(Impairment(), idle=0.5) as relay:
        with await udp_socket(connected_to=relay.address) as client:
            await client.send(b"x")
            await client.recv(10)
            await until(lambda: relay.report().forgotten == 1)
            await client.send(b"y")
            assert await client.recv(10) == b"y"


async def test_what_is_for_a_forgotten_client_is_not_sent() -> None:
    async with echo(Impairment(Way(delay=1.0)), flows=1) as relay:
        first = await udp_socket(connected_to=relay.address)
        second = await udp_socket(connected_to=relay.address)
        await first.send(b"gone")
        await until(lambda: relay.report().up.received == 1)
        await second.send(b"there")
        assert await second.recv(10) == b"there"
        await until(lambda: relay.report().up.held == 0)
        assert relay.report().up == WayCounts(received=2, unsent=1, delivered=1)
        first.close()
        second.close()


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
def test_a_port_in_use_is_named(transport: Any, kind: socket.SocketKind) -> None:
    with taken_port(kind) as port:
        order = RelayOrder(transport, endpoint(("127.0.0.1", port)), endpoint(("127.0.0.1", 1)), Impairment(), 1)
        words = f"the relay cannot listen on {transport} 127.0.0.1:{port}: the port is already in use"
        with pytest.raises(RunError, match=words):
            bind_relay(order)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_relay_that_never_ran_gives_its_port_back(transport: Any) -> None:
    order = RelayOrder(transport, endpoint(("127.0.0.1", 0)), endpoint(("127.0.0.1", 1)), Impairment(), 1)
    relay = bind_relay(order)
    relay.close()
    bind_relay(RelayOrder(transport, endpoint(relay.address), order.target, Impairment(), 1)).close()
    assert relay.report().up == WayCounts()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("listen", "target"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.3.2.1"), ("127.0.0.1", "0.0.0.0")],
)
def test_a_relay_is_not_pointed_at_itself(transport: Any, listen: str, target: str) -> None:
    port = free_port(socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM)
    order = RelayOrder(transport, endpoint((listen, port)), endpoint((target, port)), Impairment(), 1)
    with pytest.raises(RunError, match=f"lead back to itself: {transport} {target}:{port} is where it listens"):
        bind_relay(order)


@pytest.mark.parametrize(
    ("target", "listener", "expected"),
    [
        (("127.0.0.1", 5), ("127.0.0.1", 6), False),
        (("127.0.0.1", 5), ("127.0.0.2", 5), False),
        (("192.0.2.1", 5), ("0.0.0.0", 5), False),  # TEST-NET-1 (RFC 5737) is no address of this machine
        (("127.0.0.1", 5), ("::", 5), False),  # a relay on :: takes IPv6 alone
        (("::ffff:127.0.0.1", 5, 0, 0), ("127.0.0.1", 5), True),
        (("::", 5, 0, 0), ("::", 5, 0, 0), True),
    ],
)
def test_which_address_reaches_which(target: Any, listener: Any, expected: bool) -> None:
    assert reaches(target, listener) is expected


async def test_a_datagram_of_its_own_is_dropped_and_counted() -> None:
    """Its target has become itself, by whatever way: one datagram goes round once, and no more."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setblocking(False)
    bound.bind(("127.0.0.1", 0))
    itself = endpoint(bound.getsockname())
    relay = UdpRelay(RelayOrder("udp", itself, itself, Impairment(), 1), bound)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.run)
            with await udp_socket(connected_to=relay.address) as client:
                await client.send(b"x")
                await until(lambda: relay.report().own == 1)
            relay.stop()
    report = relay.report()
    assert (report.flows, report.own, report.up) == (1, 1, WayCounts(received=1, delivered=1))
