"""In what two results differ: the paths are those of a scenario, and nothing that does not matter is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.plan import Closed, RandomLoss, Rate, Stage, Stages, Think
from sockbench.model.secret import Secret
from sockbench.stats.differences import Difference, environment_differences, plan_differences
from tests.report.samples import BURSTY, ENVIRONMENT, EVERY_KIND, PLAN, SERVER, STUDENTS


def told(found: list[Difference]) -> list[tuple[str, str, str]]:
    return [(one.path, one.base, one.other) for one in found]


def with_group(**changes: Any) -> object:
    return replace(PLAN, groups=(replace(STUDENTS, **changes),))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (PLAN, []),
        (replace(PLAN, name="x", description="y", source="z", thresholds=()), []),
        (replace(PLAN, seed=8, duration=20.0), [("seed", "7", "8"), ("duration", "10", "20")]),
        (
            with_group(count=100, window=1),
            [("groups.students.count", "10", "100"), ("groups.students.window", "4", "1")],
        ),
        (with_group(arrivals=Rate(200.0)), [("groups.students.arrivals.per_second", "100", "200")]),
        (with_group(arrivals=Closed(Think())), [("groups.students.arrivals", "rate", "closed")]),
        (with_group(register=None), [("groups.students.register", "aluno-{index}", "nothing")]),
        (with_group(name="others"), [("groups.students", "group", "nothing"), ("groups.others", "nothing", "group")]),
        (replace(PLAN, servers=()), [("servers.registry", "server", "nothing")]),
        (replace(PLAN, servers=(replace(SERVER, banner=True),)), [("servers.registry.banner", "false", "true")]),
        (
            replace(PLAN, servers=(replace(SERVER, impair=BURSTY),)),
            [("servers.registry.impair", "nothing", "impairment")],
        ),
    ],
)
def test_plans(other: Any, expected: list[tuple[str, str, str]]) -> None:
    assert told(plan_differences(PLAN, other)) == expected


def test_parts_of_parts() -> None:
    base = with_group(arrivals=Stages((Stage(1.0, 0.0, 5.0), Stage(2.0, 5.0, 5.0))), impair=BURSTY)
    up = replace(BURSTY.up, loss=RandomLoss(0.5), delay=0.1)
    other = with_group(arrivals=Stages((Stage(1.0, 0.0, 6.0),)), impair=replace(BURSTY, up=up))
    assert told(plan_differences(base, other)) == [  # type: ignore[arg-type]
        ("groups.students.arrivals.stages.0.last", "5", "6"),
        ("groups.students.arrivals.stages.1", "stage", "nothing"),
        ("groups.students.impair.up.loss", "burstloss", "randomloss"),
        ("groups.students.impair.up.delay", "0.02", "0.1"),
    ]
    assert plan_differences(EVERY_KIND, EVERY_KIND) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"load_average": None, "other_cpu_share": 0.5, "steal_share": 0.1, "clock_step_s": 2.0}, []),
        ({"memory_bytes": 8_589_000_000}, []),
        ({"workers_auto": True, "start_late_s": 0.1}, []),
        ({"memory_bytes": 4_000_000_000}, [("memory_bytes", "8589934592", "4000000000")]),
        ({"memory_bytes": None}, []),
        ({"cpus": 8, "kernel": "6.9.0"}, [("kernel", "6.8.0", "6.9.0"), ("cpus", "2", "8")]),
        ({"libraries": {"trio": "0.36.0"}}, [("libraries.trio", "0.35.0", "0.36.0")]),
        ({"sysctl": {}}, [("sysctl.net.core.rmem_max", "212992", "nothing")]),
        ({"cpu": None}, [("cpu", "AMD EPYC 7B13", "nothing")]),
        ({"workers": 2, "driver": "lanes"}, [("workers", "1", "2"), ("driver", "tasks", "lanes")]),
    ],
)
def test_machines(changes: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert told(environment_differences(ENVIRONMENT, replace(ENVIRONMENT, **changes))) == expected


def test_a_token_is_a_difference_and_another_token_is_told_to_nobody() -> None:
    one, other = (replace(PLAN.groups[0], token=token) for token in (Secret("s3cr3t-one"), Secret("s3cr3t-two")))
    plans = [replace(PLAN, groups=(group, *PLAN.groups[1:])) for group in (PLAN.groups[0], one, other)]
    (found,) = plan_differences(plans[0], plans[1])
    assert (found.path.rpartition(".")[2], found.base, found.other) == ("token", "nothing", "secret")
    assert plan_differences(plans[1], plans[2]) == []
