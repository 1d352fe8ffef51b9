"""How many file descriptors a plan is said to need."""

from __future__ import annotations

import pytest

from sockbench.run.limits import LISTENING, OVERHEAD, descriptors_needed
from tests.run.plans import plan_of

LINGERING = 8


@pytest.mark.parametrize(
    ("transport", "group", "workers", "sockets"),
    [
        ("udp", "count: 10", 1, 10),
        ("udp", "count: 10", 4, 12),  # the conductor: two pipes to each of six processes
        ("tcp", "count: 10", 1, LISTENING + 10),  # the server's process
        ("tcp", "count: 10", 4, LISTENING + 10),
        ("tcp", "count: 2, connect: per-request", 1, LISTENING + 2 * (1 + LINGERING)),
        ("tcp", "count: 2, connect: per-request, arrivals: {every: 10s}", 1, LISTENING + 2 * (2 + LINGERING)),
        (
            "tcp",
            "count: 2, connect: per-request, timeout: 1s, arrivals: {rate: 20/s}",
            1,
            LISTENING + 2 * (11 + LINGERING),
        ),
        (
            "tcp",
            "count: 2, connect: per-request, window: 3, arrivals: {rate: 20/s}",
            1,
            LISTENING + 2 * (3 + LINGERING),
        ),
        (
            "tcp",  # the highest of the rates is what counts
            "count: 2, connect: per-request, arrivals: {stages: [{duration: 1s, rate: 0/s..20/s}]}",
            1,
            LISTENING + 2 * (11 + LINGERING),
        ),
        (
            "tcp",
            "count: 2, connect: per-request, arrivals: {rate: 20/s, pattern: burst, burst: 100}",
            1,
            LISTENING + 2 * (10 + 50 + LINGERING),
        ),
        (
            "udp",
            "count: 100, timeout: 900ms, churn: 25s",
            1,
            100 + 4 + 12 + 1,
        ),  # a mean of four who leave
        ("udp", "count: 100, timeout: 900ms, churn: 25s", 4, 25 + 1 + 6 + 1),
        ("tcp", "count: 100, timeout: 900ms, churn: 25s", 4, LISTENING + 100 + 4 + 12 + 1),
    ],
)
def test_descriptors_needed(transport: str, group: str, workers: int, sockets: int) -> None:
    plan = plan_of(f"servers:\n  s: {{service: echo, transport: {transport}}}\nclients:\n  - {{server: s, {group}}}\n")
    assert descriptors_needed(plan, workers) == OVERHEAD + sockets


@pytest.mark.parametrize(
    ("transport", "group", "sockets"),
    [
        ("udp", "count: 10", LISTENING + 10),
        ("tcp", "count: 10", LISTENING + 20),
        (
            "udp",
            "count: 100, timeout: 900ms, churn: 25s",
            LISTENING + 117 + 40 + 38,
        ),  # those who left are remembered a minute
    ],
)
def test_the_relays_process_needs_a_socket_for_each_client(transport: str, group: str, sockets: int) -> None:
    server = f"{{service: echo, transport: {transport}, impair: {{delay: 1ms}}}}"
    plan = plan_of(f"servers:\n  s: {server}\nclients:\n  - {{server: s, {group}}}\n")
    assert descriptors_needed(plan, 1) == OVERHEAD + sockets
