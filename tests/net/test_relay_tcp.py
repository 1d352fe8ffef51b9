"""The TCP relay on real loopback sockets: every byte in order, delays, stalls, resets, ends and refusals."""

from __future__ import annotations

import contextlib
import functools
import random
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trio

from sockbench.model.plan import Impairment, Stall, Way
from sockbench.model.relay import WayCounts
from sockbench.net.relay import Relay
from tests.net.relays import descriptors_left, endpoint, relaying, until
from tests.ports import NEEDS_IPV6, free_port

Handler = Callable[[trio.SocketStream], Awaitable[None]]
NO_LINGER = struct.pack("ii", 1, 0)
SECOND = 1_000_000_000


@contextlib.asynccontextmanager
async def before(
    handler: Handler, impairment: Impairment, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[Relay]:
    """A relay before a server that handles each connection so."""
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(functools.partial(trio.serve_tcp, handler, 0, host=host))
        async with relaying("tcp", listeners[0].socket.getsockname(), impairment, host, **options) as relay:
            yield relay
        nursery.cancel_scope.cancel()


async def connect(relay: Relay) -> trio.SocketStream:
    return await trio.open_tcp_stream(relay.address[0], relay.address[1])


async def echo(stream: trio.SocketStream) -> None:
    """Send everything back, and the end of the stream as well."""
    with contextlib.suppress(trio.BrokenResourceError):
        async for data in stream:
            await stream.send_all(data)
        await stream.send_eof()


async def read_all(stream: trio.SocketStream) -> bytes:
    return b"".join([data async for data in stream])


async def is_reset(stream: trio.SocketStream) -> bool:
    """Does the connection end with a reset, and not with an end of the stream?"""
    try:
        while await stream.receive_some():
            pass
    except trio.BrokenResourceError as error:
        return isinstance(error.__cause__, ConnectionResetError)
    return False


async def connection_is_reset(relay: Relay) -> bool:
    """Is a new connection reset, however soon?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as plain:
        plain.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            plain.connect(relay.address)
        await trio.lowlevel.wait_readable(plain)
        try:
            plain.recv(1)
        except ConnectionResetError:
            return True
    return False


@pytest.mark.parametrize(
    "way",
    [Way(), Way(delay=0.01), Way(rate=20e6), Way(delay=0.002, queue=10_000), Way(delay=0.001, rate=50e6, queue=5_000)],
)
async def test_every_byte_comes_back_in_order_and_so_does_the_end(way: Way) -> None:
    sent = random.Random(1).randbytes(1_000_000)
    async with (
        before(echo, Impairment(way, way)) as relay,
        await connect(relay) as client,
        trio.open_nursery() as nursery,
    ):

        async def send() -> None:
            await client.send_all(sent)
            await client.send_eof()

        nursery.start_soon(send)
        assert await read_all(client) == sent
        report = relay.report()
    assert report.up == report.down == WayCounts(received=len(sent), delivered=len(sent))
    assert (report.flows, report.refused, report.resets, report.kernel_drops) == (1, 0, 0, None)


@NEEDS_IPV6
async def test_ipv6() -> None:
    async with before(echo, Impairment(), "::1") as relay, await connect(relay) as client:
        await client.send_all(b"one")
        assert await client.receive_some() == b"one"


async def test_a_server_may_speak_first_and_close_first() -> None:
    async def greet(stream: trio.SocketStream) -> None:
        await stream.send_all(b"Bem-vindo")

    async with before(greet, Impairment(Way(delay=0.005), Way(delay=0.005))) as relay, await connect(relay) as client:
        assert await read_all(client) == b"Bem-vindo"


async def test_a_client_may_end_its_half_and_still_hear() -> None:
    async def answer_at_the_end(stream: trio.SocketStream) -> None:
        said = await read_all(stream)
        await stream.send_all(said.upper())

    impairment = Impairment(Way(delay=0.005), Way(delay=0.005))
    async with before(answer_at_the_end, impairment) as relay, await connect(relay) as client:
        await client.send_all(b"half")
        await client.send_eof()
        assert await read_all(client) == b"HALF"


async def test_a_delay_holds_each_way_and_nothing_comes_early() -> None:
    async with before(echo, Impairment(Way(delay=0.02), Way(delay=0.01))) as relay, await connect(relay) as client:
        for _ in range(3):
            sent = time.perf_counter_ns()
            await client.send_all(b"x")
            await client.receive_some()
            assert time.perf_counter_ns() - sent >= 0.03 * SECOND


async def test_a_rate_takes_its_time() -> None:
    async with before(echo, Impairment(Way(rate=1e6))) as relay, await connect(relay) as client:
        sent = time.perf_counter_ns()
        await client.send_all(bytes(100_000))
        await client.send_eof()
        assert len(await read_all(client)) == 100_000
        assert time.perf_counter_ns() - sent >= 0.1 * SECOND


async def test_a_stall_holds_what_comes_in_it() -> None:
    """Stalls fill nearly all of the time, so one of a few round trips falls into one."""
    async with before(echo, Impairment(stall=Stall(0.1, 0.09))) as relay, await connect(relay) as client:
        longest = 0
        for _ in range(60):
            sent = time.perf_counter_ns()
            await client.send_all(b"x")
            await client.receive_some()
            longest = max(longest, time.perf_counter_ns() - sent)
            if longest >= 0.05 * SECOND:
                break
            await trio.sleep(0.007)
        assert longest >= 0.05 * SECOND


async def test_a_reset_reaches_both_sides() -> None:
    ends: list[bool] = []

    async def listen(stream: trio.SocketStream) -> None:
        ends.append(await is_reset(stream))

    async with before(listen, Impairment(reset=0.05)) as relay, await connect(relay) as client:
        opened = time.perf_counter_ns()
        await client.send_all(b"x")
        assert await is_reset(client)
        assert time.perf_counter_ns() - opened >= 0.04 * SECOND
        await until(lambda: ends == [True])
        assert relay.report().resets == 1


async def test_a_refusal_resets_the_client() -> None:
    async with relaying("tcp", ("127.0.0.1", free_port(socket.SOCK_STREAM)), Impairment()) as relay:
        assert await connection_is_reset(relay)
        report = relay.report()
        assert (report.flows, report.refused, report.up) == (1, 1, WayCounts())


async def test_a_side_that_breaks_resets_the_other() -> None:
    async def break_off(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)

    async with before(break_off, Impairment()) as relay, await connect(relay) as client:
        await client.send_all(b"x")
        assert await is_reset(client)


async def test_what_a_broken_connection_held_is_counted_as_unsent() -> None:
    async with before(echo, Impairment(down=Way(delay=30.0))) as relay:
        async with await connect(relay) as client:
            await client.send_all(bytes(1000))
            await until(lambda: relay.report().down.held == 1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        await until(lambda: relay.report().down.held == 0)
        assert relay.report().down == WayCounts(received=1000, unsent=1000)


async def test_what_is_held_at_the_end_stays_held() -> None:
    async with before(echo, Impairment(down=Way(delay=30.0))) as relay, await connect(relay) as client:
        await client.send_all(bytes(1000))
        await until(lambda: relay.report().down.held == 1000)
        relay.stop()
        assert await is_reset(client)
    assert relay.report().down == WayCounts(received=1000, held=1000)


async def test_a_reset_drops_what_is_held() -> None:
    async with before(echo, Impairment(down=Way(delay=30.0), reset=0.1)) as relay, await connect(relay) as client:
        await client.send_all(bytes(1000))
        assert await is_reset(client)
        report = relay.report()
    assert report.up == WayCounts(received=1000, delivered=1000)
    assert report.down == WayCounts(received=1000, unsent=1000)


async def test_who_sends_too_much_waits() -> None:
    async def read_nothing(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with (
        before(read_nothing, Impairment(Way(rate=1000.0, queue=50_000))) as relay,
        await connect(relay) as client,
    ):
        with trio.move_on_after(0.3) as waited:
            await client.send_all(bytes(50_000_000))
        assert waited.cancelled_caught
        await until(lambda: relay.report().up.held > 48_000)
        assert relay.report().up.held <= 50_000


async def test_connections_beyond_the_limit_are_reset() -> None:
    async with before(echo, Impairment(), flows=1) as relay, await connect(relay) as first:
        await first.send_all(b"x")
        await first.receive_some()
        assert await connection_is_reset(relay)
        await first.send_all(b"y")
        assert await first.receive_some() == b"y"
        assert relay.report().turned_away == 1


async def test_a_connection_for_which_the_machine_has_no_room_is_reset() -> None:
    async with before(echo, Impairment()) as relay, await connect(relay) as first:
        await first.send_all(b"x")
        await first.receive_some()  # all that the relay opens once is open now
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
            client.setblocking(False)
            with descriptors_left(1):
                with contextlib.suppress(BlockingIOError):
                    client.connect(relay.address)
                await until(lambda: relay.report().turned_away == 1)
            await trio.lowlevel.wait_readable(client)
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        assert relay.report().refused == 0


async def test_many_connections_one_after_the_other() -> None:
    async with before(echo, Impairment(Way(delay=0.001))) as relay:
        for _ in range(50):
            async with await connect(relay) as client:
                await client.send_all(b"x")
                assert await client.receive_some() == b"x"
        assert relay.report().flows == 50


async def test_a_silent_connection_is_reset_on_both_sides() -> None:
    ends: list[bool] = []

    async def listen(stream: trio.SocketStream) -> None:
        ends.append(await is_reset(stream))

    async with before(listen, Impairment(), idle=0.05) as relay, await connect(relay) as client:
        await client.send_all(b"x")
        assert await is_reset(client)
        await until(lambda: ends == [True])
        report = relay.report()
        assert (report.forgotten, report.resets, report.refused) == (1, 0, 0)
        assert report.up == WayCounts(received=1, delivered=1)


async def test_a_connection_that_holds_something_back_is_not_silent() -> None:
    async with before(echo, Impairment(Way(delay=1.5)), idle=1.0) as relay, await connect(relay) as client:
        await client.send_all(b"x")
        assert await client.receive_some() == b"x"
        assert relay.report().forgotten == 0


async def test_every_address_of_the_target_is_tried() -> None:
    nobody = endpoint(("127.0.0.1", free_port(socket.SOCK_STREAM)))
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(functools.partial(trio.serve_tcp, echo, 0, host="127.0.0.1"))
        others = (nobody, endpoint(listeners[0].socket.getsockname()))
        async with (
            relaying("tcp", nobody.address, Impairment(), others=others) as relay,
            await connect(relay) as client,
        ):
            await client.send_all(b"x")
            assert await client.receive_some() == b"x"
            assert relay.report().refused == 0
        nursery.cancel_scope.cancel()
