"""What a plan asks of its groups, and that clients make due exactly that, however long the answers take."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.arrivals import NS
from sockbench.load.book import Book
from sockbench.load.client import Client
from sockbench.load.span import span_of
from sockbench.model.columns import Columns
from sockbench.model.plan import Plan
from sockbench.net.build import GroupBooks, build_clients
from sockbench.run.offers import offers
from sockbench.stats.evidence import Offer
from sockbench.stats.tally import Tally
from tests.run.plans import plan_of


def plan_with(group: str, duration: str = "10s", warmup: str = "1s") -> Plan:
    return plan_of(
        f"""\
warmup: {warmup}
duration: {duration}
servers:
  s: {{service: echo, transport: udp}}
clients:
  - {{name: a, server: s, {group}}}
"""
    )


@pytest.mark.parametrize(
    ("group", "offer"),
    [
        ("count: 10, arrivals: {rate: 1000/s}", Offer(10_000, 0.0, 0.01)),
        ("count: 5, arrivals: {every: 100ms}", Offer(500, 0.0, 0.1)),
        ("count: 4, arrivals: {rate: 100/s, pattern: poisson}", Offer(1_000, math.sqrt(1_000), None)),
        ("count: 4, arrivals: {rate: 100/s, pattern: poisson, phase: lockstep}", Offer(1_000, math.sqrt(4_000), None)),
        ("arrivals: closed", None),
        ("count: 4, arrivals: {rate: 100/s}, start: 2s, stop: 5s", Offer(300, 0.0, 0.04)),
        ("count: 4, arrivals: {rate: 100/s, pattern: burst, burst: 20}, start: 1s", Offer(900, 0.0, None)),
        ("count: 4, arrivals: {stages: [{duration: 4s, rate: 0/s..100/s}]}, stop: 2s", Offer(50, 0.0, None)),
        (
            "count: 4, arrivals: {stages: [{duration: 4s, rate: 0/s..100/s}], pattern: poisson}",
            Offer(200, math.sqrt(200), None),
        ),
    ],
)
def test_what_is_asked(group: str, offer: Offer | None) -> None:
    assert offers(plan_with(group)).get("a") == offer


def planned(plan: Plan, looks: list[int], tally: Tally) -> int:
    """What the clients of a plan's only group make due when nobody answers, and they are woken at `looks` alone."""

    def ignore(columns: Columns) -> None:
        """The warm-up's."""

    books = GroupBooks(Book(ignore), Book(tally.fold), lambda: lambda *times: None)
    (group,) = plan.groups
    clients = build_clients(plan, group, lambda index: True, 1, books)
    span = span_of(plan, group)
    start, end = 10 * NS + span.begin, 10 * NS + span.end
    for client in clients:
        client.connect(0)
        client.begin(start, round((10 + plan.warmup) * NS), end)
        for now in sorted(start + look for look in looks if start + look < end):
            drain(client, now)
        drain(client, end + NS)
        client.finish(end + NS)
    books.measured.flush()
    return tally.planned


def drain(client: Client, now: int) -> None:
    while client.take(now) is not None:
        pass


@given(
    st.sampled_from(
        [
            "count: 10, arrivals: {rate: 1000/s}",
            "count: 3, arrivals: {every: 70ms}, window: 2",
            "count: 3, arrivals: {every: 70ms}, start: 1s, stop: 2s",
            "count: 4, arrivals: {rate: 100/s, pattern: burst, burst: 7}, stop: 2500ms",
            "count: 4, arrivals: {stages: [{duration: 700ms, rate: 9/s..100/s}, {duration: 1s, rate: 20/s}]}",
            "count: 2, arrivals: {stages: [{duration: 5s, rate: 100/s..0/s}]}, start: 300ms, phase: lockstep",
        ]
    ),
    st.lists(st.integers(0, 4 * NS), max_size=8),
)
def test_as_much_is_planned_as_is_asked_whenever_the_tool_comes_round(group: str, looks: list[int]) -> None:
    plan = plan_with(group, duration="3s")
    tally = Tally()
    assert planned(plan, looks, tally) == offers(plan)["a"].requests
