"""When a condition of `--fail-if` fails: the change is real, and larger than it allows."""

from __future__ import annotations

from typing import Literal

import pytest

from sockbench.model.comparison import Condition
from sockbench.stats.comparison import compare
from sockbench.stats.conditions import hold
from sockbench.stats.figures import FIGURES
from tests.stats.runs import group_of, run_of, side_of

P50 = FIGURES["rtt.p50"]
SLOW = compare(
    [
        side_of("A", [group_of(p50=1.00 + run / 1000, lost=0) for run in range(5)]),
        side_of("B", [group_of(p50=1.12 + run / 1000, lost=60, p99=None) for run in range(5)]),
    ]
)


def condition(
    value: float, op: Literal["<", ">"] = ">", figure: str = "rtt.p50", group: str | None = None
) -> Condition:
    return Condition("as written", group, FIGURES[figure], op, value)


@pytest.mark.parametrize(
    ("wanted", "failed"),
    [
        (condition(0.10), True),
        (condition(0.02), True),  # smaller than the smallest effect that counts: its own value rules
        (condition(0.13), False),
        (condition(-0.05, "<"), False),
        (condition(0.005, figure="lost"), True),
        (condition(0.01, figure="lost"), False),
        (condition(0.1, figure="rtt.p99"), None),  # withheld
        (condition(-0.1, "<", "requests_per_s"), False),  # the same everywhere
    ],
)
def test_real_and_larger(wanted: Condition, failed: bool | None) -> None:
    (held,) = hold([wanted], SLOW)
    assert held.failed is failed
    assert (held.group, held.side, held.condition) == ("askers", "B", wanted)


def test_a_large_change_that_may_be_chance_fails_nothing() -> None:
    sides = [side_of("A", [group_of(p50=1.0 + run) for run in range(5)])]
    sides += [side_of("B", [group_of(p50=1.5 + run) for run in range(5)])]
    (held,) = hold([condition(0.01)], compare(sides))
    assert held.change.difference == pytest.approx(0.5 / 3)
    assert held.failed is False


@pytest.mark.parametrize("runs", [1, 3, 4])
def test_what_so_few_runs_cannot_tell(runs: int) -> None:
    sides = [side_of("A", [group_of(p50=1.0 + run / 10, p99=4.0 + run) for run in range(runs)])]
    sides += [side_of("B", [group_of(p50=9.0 + run / 10, p99=9.0 + run) for run in range(runs)])]
    (held,) = hold([condition(0.1)], compare(sides))
    assert held.failed is None


def test_without_a_group_it_is_about_each_and_with_many_sides_about_each() -> None:
    sides = []
    for label, p50 in (("A", 1.0), ("B", 1.0), ("C", 2.0)):
        side, _ = side_of(label, [])
        groups = [(group_of(name="x", p50=p50 + run / 100), group_of(name="y")) for run in range(5)]
        sides.append((side, [run_of(*pair) for pair in groups]))
    comparison = compare(sides)
    found = [(held.group, held.side, held.failed) for held in hold([condition(0.1)], comparison)]
    assert found == [("x", "B", False), ("x", "C", True), ("y", "B", False), ("y", "C", False)]
    named = [(held.group, held.side) for held in hold([condition(0.1, group="y")], comparison)]
    assert named == [("y", "B"), ("y", "C")]
    assert hold([condition(0.1, group="nobody")], comparison) == ()


def test_a_group_that_has_another_name_on_the_other_side() -> None:
    names = ("clients", "askers")
    sides = [side_of(label, [group_of(name=name)] * 5) for label, name in zip("AB", names, strict=True)]
    comparison = compare(sides)
    assert [held.group for held in hold([condition(0.1, group="askers")], comparison)] == ["clients / askers"]
    assert [held.group for held in hold([condition(0.1, group="clients")], comparison)] == ["clients / askers"]
    assert hold([condition(0.1, group="clients / askers")], comparison) == ()
