"""When groups are there, and how many requests they make due in the measurement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.load.arrivals import NS
from sockbench.load.span import requests_of, span_of
from sockbench.model.plan import Arrivals, Closed, Every, Group, Plan, Rate, Server, Stage, Stages, TextPayload

S = NS
GROUP = Group("g", 2, "udp", "s", None, None, TextPayload("a"), Closed(), 1, 1.0, "once", "envelope")
RAMP = Stages((Stage(2.0, 0.0, 10.0), Stage(4.0, 10.0, 10.0)))


def plan_of(group: Group, warmup: float, idle: float = 60.0) -> Plan:
    server = Server("s", "registry", "udp", "127.0.0.1", 0, None, idle)
    return Plan("p", "", "p", 1, warmup, 10.0, 1.0, (server,), (group,), ())


@pytest.mark.parametrize(
    ("warmup", "start", "stop", "span"),
    [
        (0.0, 0.0, None, (0, 10 * S, None)),
        (2.0, 0.0, None, (0, 12 * S, None)),
        (2.0, 0.0, 4.0, (0, 6 * S, None)),
        (2.0, 3.0, None, (5 * S, 12 * S, 4_500_000_000)),
        (0.0, 3.0, 4.0, (3 * S, 4 * S, 2_500_000_000)),
        (0.0, 0.5, 4.0, (500_000_000, 4 * S, None)),
    ],
)
def test_when_a_group_is_there(warmup: float, start: float, stop: float | None, span: tuple[int, int, int]) -> None:
    group = replace(GROUP, start=start, stop=stop)
    assert span_of(plan_of(group, warmup), group) == span


def test_places_are_asked_for_again_within_the_time_that_they_last() -> None:
    group = replace(GROUP, start=3.0)
    assert span_of(plan_of(group, 0.0, idle=0.2), group).renew == 2_900_000_000


@pytest.mark.parametrize(
    ("arrivals", "warmup", "start", "stop", "requests"),
    [
        (Closed(), 0.0, 0.0, None, None),
        (Rate(10.0), 0.0, 0.0, None, 100),
        (Rate(10.0), 2.0, 0.0, None, 100),
        (Rate(10.0), 2.0, 3.0, None, 70),
        (Rate(10.0), 2.0, 3.0, 4.0, 10),
        (Rate(10.0), 2.0, 0.0, 4.0, 40),
        (Every(3.0), 0.0, 0.0, None, 7),  # at 0, 3, 6, 9 and at 1.5, 4.5, 7.5
        (Every(3.0), 1.0, 0.0, None, 7),  # at 3, 6, 9 and at 1.5, 4.5, 7.5, 10.5 of the second to the eleventh second
        (RAMP, 0.0, 0.0, None, 50),
        (RAMP, 2.0, 0.0, None, 50),
        (RAMP, 2.0, 0.0, 1.0, 3),  # N(1) = 2.5
        (RAMP, 2.0, 7.0, None, 20),
        (Rate(10.0, "burst", burst=20), 0.0, 1.0, 4.0, 40),
    ],
)
def test_how_many_requests_are_expected(
    arrivals: Arrivals, warmup: float, start: float, stop: float | None, requests: int | None
) -> None:
    group = replace(GROUP, arrivals=arrivals, start=start, stop=stop)
    assert requests_of(plan_of(group, warmup), group) == requests
