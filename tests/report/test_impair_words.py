"""An impairment in words, and in the plan that `check` prints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.plan import Impairment, Jitter, RandomLoss, Way
from sockbench.report.impair_words import words
from sockbench.report.plan_report import Estimate, render_plan
from tests.report.samples import BURSTY, PLAN, STALLED


@pytest.mark.parametrize(
    ("impairment", "expected"),
    [
        (Impairment(), "unimpaired"),
        (Impairment(Way(RandomLoss(0.05), 0.02), Way(RandomLoss(0.05), 0.02)), "each way: loss 5%, delay 20 ms"),
        (Impairment(up=Way(RandomLoss(0.001))), "to the server: loss 0.1%; to the client: unimpaired"),
        (Impairment(reset=30.0), "reset after 30 s"),
        (Impairment(Way(jitter=Jitter("normal", 1.5)), Way(jitter=Jitter("normal", 1.5))),
         "each way: jitter 1.5 s (normal)"),
        (Impairment(Way(delay=0.005, jitter=Jitter("uniform", 0.002))),
         "to the server: delay 5 ms ± 2 ms; to the client: unimpaired"),
        (Impairment(Way(rate=1.0)), "to the server: 1 B/s; to the client: unimpaired"),
        (STALLED, "to the server: delay 20 ms, 1.25 MB/s, queue 65,536 B; to the client: delay 10 ms; "
         "stalls of 500 ms every 5 s; reset after 30 s"),
        (BURSTY, "to the server: loss in bursts (p 1%, r 25%, bad 90%, good 0.1%), delay 20 ms, jitter 5 ms (normal), "
         "duplicate 2%, reorder 1%, corrupt 0.1%, 1 MB/s, queue 65,536 B; to the client: loss 5%, jitter ± 1 ms"),
    ],
)  # fmt: skip
def test_words(impairment: Impairment, expected: str) -> None:
    assert words(impairment) == expected


def test_the_plan_says_who_is_impaired() -> None:
    lossy = Impairment(Way(RandomLoss(0.05)), Way(RandomLoss(0.05)))
    server, group = PLAN.servers[0], PLAN.groups[0]
    plan = replace(
        PLAN, servers=(replace(server, impair=lossy),), groups=(replace(group, impair=Impairment(reset=1.0)),)
    )
    lines = render_plan(plan, [Estimate(1, 1.0)] * len(plan.groups)).splitlines()
    assert lines[lines.index("impaired") + 1 :][:2] == [
        f"  server {server.name}, each way: loss 5%",
        f"  group {group.name} (in place of its server's), reset after 1 s",
    ]
    assert "impaired" not in render_plan(PLAN, [Estimate(1, 1.0)] * len(PLAN.groups))
