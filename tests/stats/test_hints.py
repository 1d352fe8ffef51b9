"""The shape of Nagle's algorithm waiting for a delayed acknowledgement, and shapes that only look like it."""

from __future__ import annotations

import random
from typing import Literal

import pytest

from sockbench.stats.hints import delayed_ack
from sockbench.stats.histogram import Histogram
from sockbench.stats.summary import summarize
from sockbench.stats.tally import Tally

MS = 1_000_000
CHANCE = random.Random(1)


def around(count: int, middle_ms: float, spread_ms: float) -> list[int]:
    return [round(max(0.01, CHANCE.gauss(middle_ms, spread_ms)) * MS) for _ in range(count)]


def hint(values: list[int]) -> str | None:
    histogram = Histogram()
    histogram.record_all(values)
    return delayed_ack("askers", histogram)


@pytest.mark.parametrize("stalled", [20, 500, 990])
def test_two_heaps_40_ms_apart(stalled: int) -> None:
    found = hint(around(1000 - stalled, 0.3, 0.1) + around(stalled, 41, 1))
    assert found is not None
    assert found.startswith(f"{stalled / 1000:.0%} of the round trips of askers took 38 to 50 ms, ")
    assert "Nagle" in found
    assert "TCP_NODELAY" in found


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="nothing"),
        pytest.param(around(1000, 0.3, 0.1), id="a quick network"),
        pytest.param(around(1000, 42, 1), id="a network of 42 ms"),
        pytest.param(around(1000, 40, 8), id="a network of 40 ms with jitter"),
        pytest.param([round(CHANCE.uniform(0, 60) * MS) for _ in range(1000)], id="anything from 0 to 60 ms"),
        pytest.param(around(10_000, 0.3, 0.1) + around(50, 42, 1), id="half a percent, which may be anything"),
        pytest.param(around(50, 0.3, 0.1) + around(9, 42, 1), id="nine"),
        pytest.param(around(900, 0.3, 0.1) + around(100, 200, 5), id="retransmissions after 200 ms"),
    ],
)
def test_anything_else(values: list[int]) -> None:
    assert hint(values) is None


@pytest.mark.parametrize(("transport", "hints"), [("tcp", 1), ("udp", 0)])
def test_only_tcp_has_acknowledgements(transport: Literal["tcp", "udp"], hints: int) -> None:
    tally = Tally()
    tally.rtt.record_all(around(900, 0.3, 0.1) + around(100, 41, 1))
    group = summarize(
        name="askers",
        server="echo",
        transport=transport,
        clients=1,
        unregistered=0,
        tally=tally,
        warmup=Tally(),
        elapsed_s=1.0,
    )
    assert len(group.hints) == hints
