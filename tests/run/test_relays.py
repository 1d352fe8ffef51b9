"""What a relay of a run must remember: everyone who may say more, and not everyone who ever came."""

from __future__ import annotations

import math

import pytest
import trio
import trio.testing

from sockbench.net.relay import bind_relay
from sockbench.net.relay_parts import FLOWS, IDLE
from sockbench.run.limits import flows_through
from sockbench.run.messages import StartRelays
from sockbench.run.relay_process import _order
from sockbench.run.relays import memory_of, relays_of
from tests.run.plans import plan_of


def started(groups: str, transport: str = "udp", top: str = "") -> StartRelays:
    server = f"{{service: echo, transport: {transport}, impair: {{delay: 1ms}}}}"
    lines = "".join(f"  - {{server: s, {group}}}\n" for group in groups.split(";"))
    plan = plan_of(f"{top}\nservers:\n  s: {server}\nclients:\n{lines}")
    return StartRelays(plan, {"s": ("127.0.0.1", 9)}, 0)


@pytest.mark.parametrize(
    ("groups", "seconds"),
    [
        ("count: 2, arrivals: {every: 78s}", math.inf),
        ("count: 2", math.inf),
        ("count: 2, arrivals: {every: 78s}, churn: 100s", 79),
        ("count: 2, arrivals: {every: 78s}, churn: 1s", IDLE),  # nobody lives so long
        ("count: 2, arrivals: {every: 78s};name: b, count: 2, churn: 1s", 79),
        ("count: 2, arrivals: {rate: 100/s}, churn: 10m", IDLE),
        ("count: 60, arrivals: {rate: 30/m}, churn: 10m", 61 * 2 + 1),
        ("count: 60, arrivals: {rate: 1/s, pattern: poisson}, churn: 10m", 20 * 61 + 1),
        ("count: 9, think: 1m..2m, churn: 10m", 121),
        ("count: 9, start: 100s, arrivals: {rate: 100/s}, churn: 10m", 100 + 1.1),
        (
            "count: 5, arrivals: {stages: [{duration: 100s, rate: 9/s}, {duration: 90s, rate: 0/s}]}, churn: 10m",
            90 + IDLE + 1,
        ),
    ],
)
def test_how_long_a_relay_remembers(groups: str, seconds: float) -> None:
    plan = started(groups, top="duration: 10m").plan
    (relay,) = relays_of(plan)
    assert memory_of(plan, relay) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("groups", "transport", "flows"),
    [
        ("count: 10", "udp", FLOWS),
        ("count: 20500", "udp", 20_500),
        ("count: 20500", "tcp", 20_500),
        ("count: 10000;name: b, count: 10000", "udp", 20_000),
        ("count: 2000, connect: per-request", "tcp", 2000 * 9),
    ],
)
async def test_a_relay_has_room_for_all_clients_of_the_plan(groups: str, transport: str, flows: int) -> None:
    start = started(groups, transport)
    (relay,) = relays_of(start.plan)
    order = await _order(start, relay, None)
    assert order.flows == flows
    assert order.idle == math.inf


def test_those_who_left_are_counted_too() -> None:
    plan = started("count: 1000, churn: 1s", top="duration: 2m").plan
    (relay,) = relays_of(plan)
    assert 61_000 < flows_through(plan, relay) < 65_000


async def test_a_relay_that_never_forgets_runs() -> None:
    start = started("count: 2")
    (relay,) = relays_of(start.plan)
    bound = bind_relay(await _order(start, relay, None))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bound.run)
        await trio.testing.wait_all_tasks_blocked()
        bound.stop()
    assert bound.report().forgotten == 0
