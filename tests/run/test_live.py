"""What whoever looks on is told while a run goes on, from what the workers tell."""

from __future__ import annotations

from sockbench.model.live import Pace
from sockbench.model.outcome import Outcome
from sockbench.run.collect import Collection
from sockbench.run.evidence import SoFar
from sockbench.run.live import JUDGED_EVERY, Onlooker
from sockbench.run.machine import Readings
from sockbench.run.messages import Beat
from sockbench.stats.tally import Tally
from tests.run.plans import plan_of
from tests.run.test_collect import tally

PLAN = plan_of(
    """\
servers:
  s: {service: echo, transport: udp}
clients:
  - {name: a, count: 2, server: s}
  - {name: b, count: 3, server: s, arrivals: {rate: 100/s}}
thresholds: [lost < 10%, a.rtt.p50 < 1s]
"""
)


def told(onlooker: Onlooker, collection: Collection, beat: Beat) -> None:
    collection.add_beat(beat)
    onlooker.hear(beat)


def sent(made: Tally, went_out: int, timed_out: int = 0) -> Tally:
    made.went_out, made.timed_out = went_out, timed_out
    return made


def test_before_anything_is_told_nothing_is_judged() -> None:
    onlooker = Onlooker(Collection(PLAN))
    run = onlooker.run()
    assert (run.groups, run.verdict, run.thresholds) == (("a", "b"), None, ())
    assert run.look(None).now == Pace()


def test_groups_thresholds_and_reasons_as_they_stand() -> None:
    collection = Collection(PLAN)
    onlooker = Onlooker(collection)
    told(onlooker, collection, Beat(0, {"a": sent(tally(*[Outcome.OK] * 30), 30), "b": sent(tally(), 10, 5)}, 5, True))
    assert onlooker.wants_judging(0.0)
    onlooker.judge(0.0, SoFar(busy=0.95, server_busy=0.97, readings=Readings(0.5, 0.1, 3.0)))
    run = onlooker.run()
    assert (run.look("a").counts.ok, run.look("a").now.requests_per_s) == (30, 60)
    assert (run.look("b").counts.planned, run.look("b").timed_out) == (0, 5)
    assert (run.look(None).counts.ok, run.look(None).timed_out, run.look(None).so_far.requests_per_s) == (30, 5, 80)
    assert [(one.expression, one.ok) for _, one in run.thresholds] == [("lost < 10%", False), ("a.rtt.p50 < 1s", True)]
    assert run.verdict is not None
    assert run.verdict.status == "suspect"
    words = (
        "none of the 5 requests of b was answered",
        "a client process was busy 95%",
        "the server process was busy 97%",
        "other processes used 50%",
        "gave 10.0%",
        "the wall clock moved by +3.0 s",
    )
    assert [any(word in reason for reason in run.verdict.reasons) for word in words] == [True] * len(words)


def test_what_only_the_end_can_tell_is_no_reason_yet() -> None:
    """Half of a plan's requests is not too few, nor are percentiles withheld, while it goes on."""
    collection = Collection(PLAN)
    onlooker = Onlooker(collection)
    told(onlooker, collection, Beat(0, {"a": tally(Outcome.OK), "b": tally(Outcome.OK)}, 0, True))
    onlooker.judge(0.0, SoFar())
    run = onlooker.run()
    assert run.verdict is not None
    assert (run.verdict.status, run.verdict.reasons) == ("valid", ())


def test_it_judges_once_a_second_at_most_and_at_once_when_the_first_is_told() -> None:
    collection = Collection(PLAN)
    onlooker = Onlooker(collection)
    onlooker.judge(5.0, SoFar())
    assert not onlooker.wants_judging(5.5)
    told(onlooker, collection, Beat(0, {"a": tally(Outcome.OK)}, 0, True))
    assert onlooker.wants_judging(5.5)
    onlooker.judge(5.5, SoFar())
    assert not onlooker.wants_judging(5.5 + 0.9 * JUDGED_EVERY)
    assert onlooker.wants_judging(5.5 + 100)
