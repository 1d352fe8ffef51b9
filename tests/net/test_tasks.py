"""The driver `tasks` under a virtual clock: lossy links, broken streams, and what is left of every request."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import trio
import trio.testing

from sockbench.load.arrivals import NS
from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.model.plan import Arrivals, Closed, Every, Group, Plan, Server, TextPayload, Think
from sockbench.net.build import GroupBooks, build_clients
from sockbench.net.clock import TrioClock
from sockbench.net.links import Link
from sockbench.net.responder import Responder
from sockbench.net.tasks import PATIENCE, Driver
from sockbench.services import make_service
from sockbench.stats.tally import Tally
from sockbench.wire import FORMATS
from tests.net.links import LossyLink, StreamLink, Weather

SERVER = Server("echo", "echo", "udp", "127.0.0.1", 0, None, 60.0)


def group_of(arrivals: Arrivals, *, window: int, transport: str = "udp", timeout: float = 0.1) -> Group:
    return Group(
        name="askers",
        count=1,
        transport="udp" if transport == "udp" else "tcp",
        server="echo",
        target=None,
        register=None,
        payload=TextPayload("olá {seq}"),
        arrivals=arrivals,
        window=window,
        timeout=timeout,
        connect="once",
        format="envelope",
    )


@dataclass
class Lane:
    """One client with what it writes."""

    client: Client
    tally: Tally
    book: Book
    responder: Responder


def lane(group: Group) -> Lane:
    plan = Plan("t", "", "t", 1, 0, 1, 1, (SERVER,), (group,), ())
    tally, warmup = Tally(), Tally()
    book = Book(tally.fold)
    (client,) = build_clients(
        plan, group, lambda _: True, 7, GroupBooks(Book(warmup.fold), book, lambda: lambda number, rtt: None)
    )
    return Lane(client, tally, book, Responder(make_service(SERVER)))


async def drive(
    lane: Lane, dial: Callable[[trio.Nursery], Link], duration: float, drain: float = 1.0, unanswered: int = 0
) -> None:
    """Run the client for `duration`, drain, and settle everything. So many attempts to connect again get no answer."""
    clock = TrioClock()
    left = unanswered
    async with trio.open_nursery() as nursery:

        async def redial() -> Link:
            nonlocal left
            await trio.lowlevel.checkpoint()
            if left > 0:
                left -= 1
                await trio.sleep_forever()
            return dial(nursery)

        driver = Driver(lane.client, FORMATS["envelope"], clock, redial)
        start = clock.now()
        end = start + round(duration * NS)
        lane.client.connect(start)
        lane.client.begin(start, start, end)
        with trio.CancelScope(deadline=clock.deadline(end) + drain):
            await driver.run(dial(nursery))
        nursery.cancel_scope.cancel()
    lane.client.finish(clock.now())
    lane.book.flush()


def outcomes(lane: Lane) -> dict[str, int]:
    counts = lane.tally.counts()
    return {name: getattr(counts, name) for name in counts.__slots__ if getattr(counts, name)}


async def test_an_open_client_on_a_good_link(autojump_clock: trio.testing.MockClock) -> None:
    one = lane(group_of(Every(0.1), window=4))
    await drive(one, lambda nursery: LossyLink(one.responder, Weather(), nursery), duration=10)
    assert outcomes(one) == {"ok": 100}
    assert 2_000_000 <= one.tally.rtt.min <= one.tally.rtt.max <= 20_000_000
    assert one.tally.lag.max == 0  # virtual time: the tool is never late


async def test_one_lost_datagram_never_stalls_a_client(autojump_clock: trio.testing.MockClock) -> None:
    """Every request is lost, and yet each timeout is followed by the next request at once."""
    one = lane(group_of(Closed(), window=1, timeout=0.1))
    link: list[LossyLink] = []

    def dial(nursery: trio.Nursery) -> Link:
        link.append(LossyLink(one.responder, Weather(loss=1.0), nursery))
        return link[0]

    await drive(one, dial, duration=10)
    assert 99 <= one.tally.planned <= 100  # a nanosecond past each timeout
    assert outcomes(one) == {"lost": one.tally.planned}
    assert link[0].sent == one.tally.planned


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("arrivals", "window"), [(Closed(), 1), (Closed(Think(0.005, 0.005)), 3), (Every(0.01), 8)])
async def test_nothing_disappears_in_bad_weather(
    autojump_clock: trio.testing.MockClock, arrivals: Arrivals, window: int, seed: int
) -> None:
    weather = Weather(loss=0.2, duplication=0.2, delay=(0.001, 0.080), stream=random.Random(seed))
    one = lane(group_of(arrivals, window=window, timeout=0.1))
    link: list[LossyLink] = []

    def dial(nursery: trio.Nursery) -> Link:
        link.append(LossyLink(one.responder, weather, nursery))
        return link[0]

    await drive(one, dial, duration=5)
    counts = one.tally.counts()
    assert counts.planned == sum(one.tally.outcomes)
    assert counts.sent == link[0].sent
    assert set(outcomes(one)) <= {"ok", "late", "lost", "skipped"}
    assert counts.ok > 0
    assert counts.late > 0
    assert counts.lost > 0
    assert one.book.duplicate > 0
    assert one.book.stray == 0
    assert one.tally.rtt.max <= 0.1 * NS
    assert one.tally.late.min > 0.1 * NS
    if isinstance(arrivals, Every):
        assert counts.planned == 500


@pytest.mark.parametrize("seed", range(3))
async def test_a_broken_stream_is_made_anew(autojump_clock: trio.testing.MockClock, seed: int) -> None:
    one = lane(group_of(Every(0.01), window=4, transport="tcp"))
    dialled = 0

    def dial(nursery: trio.Nursery) -> Link:
        nonlocal dialled
        dialled += 1
        return StreamLink(one.responder, nursery, breaks_after=10, seed=seed + dialled)

    await drive(one, dial, duration=1)
    assert one.tally.planned == 100
    assert dialled >= 9
    assert set(outcomes(one)) <= {"ok", "skipped", "failed"}
    assert one.tally.counts().ok >= 90


async def test_an_attempt_to_connect_that_nobody_answers_is_given_up(autojump_clock: trio.testing.MockClock) -> None:
    """The way is back long before the kernel would ask again."""
    one = lane(group_of(Every(0.1), window=4, transport="tcp"))
    begun = trio.current_time()
    dialled: list[float] = []

    def dial(nursery: trio.Nursery) -> Link:
        dialled.append(trio.current_time() - begun)
        return StreamLink(one.responder, nursery, breaks_after=10 if len(dialled) == 1 else 1000, seed=1)

    await drive(one, dial, duration=20, unanswered=2)
    assert dialled == [0, pytest.approx(0.9 + 2 * PATIENCE, abs=0.1)]
    assert outcomes(one) == {"ok": 100, "skipped": 100}


async def test_a_server_that_never_comes_back(autojump_clock: trio.testing.MockClock) -> None:
    one = lane(group_of(Every(0.01), window=4, transport="tcp"))
    dialled = 0

    def dial(nursery: trio.Nursery) -> Link:
        nonlocal dialled
        dialled += 1
        if dialled > 1:
            raise ConnectionRefusedError
        return StreamLink(one.responder, nursery, breaks_after=10, seed=1)

    await drive(one, dial, duration=1)
    assert outcomes(one) == {"ok": 10, "skipped": 90}
