"""A run that a threshold ends before its time: what is known when, from beats as a worker sends them."""

from __future__ import annotations

import pytest

from sockbench.model.columns import Columns
from sockbench.model.outcome import Outcome
from sockbench.run.collect import Collection
from sockbench.run.messages import Beat, WorkerEnd
from sockbench.stats.tally import Tally
from tests.run.plans import plan_of

SCENARIO = """\
duration: 10s
servers: {s: {service: echo, transport: udp}}
clients:
  - {name: a, server: s}
  - {name: b, server: s}
thresholds:
  - planned < 1
  - {expression: "a.lost < 10%", abort: true, grace: 2s}
"""


def tally(ok: int, lost: int = 0, timed_out: int = 0) -> Tally:
    columns = Columns()
    for number, outcome in enumerate([Outcome.OK] * ok + [Outcome.LOST] * lost):
        columns.append(number, number + 5, number + 1000, outcome)
    made = Tally()
    made.fold(columns)
    made.timed_out = timed_out
    return made


def after(*of_a: Tally) -> Collection:
    made = Collection(plan_of(SCENARIO))
    for number, one in enumerate(of_a):
        made.add_beat(Beat(number, {"a": one, "b": tally(1, lost=1, timed_out=1)}, 0))
    return made


@pytest.mark.parametrize(
    ("of_a", "ends"),
    [
        ([tally(9, lost=1, timed_out=1)], False),  # the grace is not over
        ([tally(9, lost=1, timed_out=1)] * 2, True),
        ([tally(9, lost=1, timed_out=1), tally(10)], False),  # less than 10% of all so far
        ([tally(9), tally(9, timed_out=2)], True),  # past their timeout, and nobody knows more yet
        ([tally(10), tally(10, timed_out=2)], False),
        ([tally(9, lost=1, timed_out=1)] * 10, False),  # its end is there
    ],
)
def test_it_is_held_over_all_that_was_measured_so_far(of_a: list[Tally], ends: bool) -> None:
    found = after(*of_a).hopeless()
    assert (found.expression if found is not None else None) == ("a.lost < 10%" if ends else None)


def test_what_ended_a_run_has_failed_whatever_came_after() -> None:
    made = after(tally(9), tally(9, timed_out=2))
    made.aborted = made.hopeless()
    made.add_beat(Beat(2, {"a": tally(100)}, 0))
    made.ends.append(WorkerEnd({}, 3.0))
    run = made.run()
    assert run.aborted_by == "a.lost < 10%"
    counted, ended = made.held(run)
    assert (counted.ok, counted.reason) == (False, "")
    assert (ended.ok, ended.actual, ended.reason) == (False, 0.0, "it ended the run after 3.0 s of 10 s")
