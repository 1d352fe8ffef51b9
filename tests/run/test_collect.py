"""What workers told, put together: exact, whatever the order and the number of workers."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.columns import Columns
from sockbench.model.outcome import Outcome
from sockbench.model.result import ServerResult
from sockbench.run.collect import Collection
from sockbench.run.messages import Beat, GroupEnd, WorkerEnd
from sockbench.stats.tally import Tally
from tests.run.plans import plan_of

PLAN = plan_of(
    """\
servers:
  s: {service: echo, transport: udp}
clients:
  - {name: a, count: 2, server: s}
  - {name: b, count: 3, server: s}
"""
)


def tally(*outcomes: Outcome) -> Tally:
    columns = Columns()
    for number, outcome in enumerate(outcomes):
        columns.append(number, number + 5, number + 1000, outcome)
    made = Tally()
    made.fold(columns)
    return made


def end(*, jitter: float = 0.0, unregistered: int = 0, kernel_drops: int | None = 0) -> GroupEnd:
    refusal = "Servidor cheio" if unregistered else None
    return GroupEnd(tally(Outcome.OK), jitter, int(jitter > 0), unregistered, refusal, 0, kernel_drops)


def collection(beats: list[Beat], ends: list[WorkerEnd]) -> Collection:
    made = Collection(PLAN, workers=2)
    for beat in beats:
        made.add_beat(beat)
    made.ends += ends
    return made


def beats() -> list[Beat]:
    return [
        Beat(0, {"a": tally(Outcome.OK, Outcome.OK), "b": tally(Outcome.LOST)}, 0),
        Beat(0, {"a": tally(Outcome.LATE), "b": tally()}, 0),
        Beat(1, {"a": tally(), "b": tally(Outcome.OK)}, 0),
        Beat(2, {"a": tally(Outcome.SKIPPED), "b": tally(Outcome.OK, Outcome.CORRUPT)}, 0),
    ]


def test_the_order_of_beats_does_not_matter() -> None:
    ends = [WorkerEnd({"a": end(), "b": end()}, 2.5)]
    shuffled = beats()
    random.Random(3).shuffle(shuffled)
    assert collection(beats(), ends).run() == collection(shuffled, ends).run()


def test_groups_add_up_to_everything() -> None:
    whole = collection(beats(), [WorkerEnd({"a": end(), "b": end()}, 2.5), WorkerEnd({"a": end(), "b": end()}, 2.0)])
    a, b = whole.run().groups
    assert (a.counts.planned, b.counts.planned) == (4, 4)
    assert (a.clients, b.clients) == (2, 3)
    assert (a.warmup.ok, b.warmup.ok) == (2, 2)
    everything = whole.everything()
    assert everything.counts.planned == 8
    assert everything.clients == 5
    assert whole.elapsed_s == 2.5
    assert a.requests_per_s == 3 / 2.5


def test_intervals_are_one_a_second_and_the_last_ends_with_the_run() -> None:
    run = collection(beats(), [WorkerEnd({"a": end(), "b": end()}, 2.5)]).run()
    assert [(item.group, item.start_s, item.end_s, item.counts.planned) for item in run.intervals] == [
        ("a", 0, 1, 3),
        ("b", 0, 1, 1),
        ("b", 1, 2, 1),
        ("a", 2, 2.5, 1),
        ("b", 2, 2.5, 2),
    ]


def test_the_way_of_losses_is_null_when_nothing_is_known_of_any() -> None:
    told = beats()
    told[0].tallies["b"].lost_up = 1
    ends = [WorkerEnd({"a": end(), "b": end()}, 1)]
    known = collection(told, ends).run().groups
    assert [(group.lost_up, group.lost_down, group.lost_unknown) for group in known] == [(0, 0, 0), (1, 0, 0)]
    unknown = collection(beats(), ends).run().groups
    assert [(group.lost_up, group.lost_down, group.lost_unknown) for group in unknown] == [(0, 0, 0), (None, None, 1)]


def test_an_interval_is_closed_when_every_worker_has_told_of_it_and_it_is_not_the_last() -> None:
    """Of a closed one a row and a line of text are kept; what stays open does not grow with the run."""
    made = Collection(PLAN, workers=2)
    for number in range(300):
        made.add_beat(Beat(number, {"a": tally(Outcome.OK), "b": tally()}, 0))
        if number >= 3:
            made.add_beat(Beat(number - 3, {"a": tally(Outcome.OK), "b": tally()}, 0))
        assert len(made._open) <= 5
    for number in (297, 298, 299):
        made.add_beat(Beat(number, {"a": tally(Outcome.OK), "b": tally()}, 0))
    run = made.run()
    assert [(item.start_s, item.end_s, item.counts.ok) for item in run.intervals] == [
        (number, number + 1.0, 2) for number in range(300)
    ]
    assert [line.split(",")[0] for line in made.log_lines] == ["Tag=a"] * 300
    assert run.groups[0].counts.ok == 600


def test_jitter_is_the_mean_of_the_clients_estimates() -> None:
    ends = [WorkerEnd({"a": end(jitter=0.2), "b": end()}, 1), WorkerEnd({"a": end(jitter=0.4), "b": end()}, 1)]
    a, b = collection(beats(), ends).run().groups
    assert a.jitter.rfc3550_s is not None
    assert abs(a.jitter.rfc3550_s - 0.3) < 1e-12
    assert b.jitter.rfc3550_s is None


def test_a_worker_that_died_leaves_what_it_told() -> None:
    run = collection(beats(), []).run()
    assert sum(group.counts.planned for group in run.groups) == 8
    assert run.elapsed_s == 3.0


def test_refusals_are_told_by_group() -> None:
    made = collection(beats(), [WorkerEnd({"a": end(unregistered=1), "b": end()}, 1)])
    assert made.refusals() == {"a": "Servidor cheio"}
    assert [group.unregistered for group in made.run().groups] == [1, 0]


def served(**changes: Any) -> ServerResult:
    known = ServerResult("s", "udp", "127.0.0.1:1", 1, 1, 0, 1, None, None)
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("drops", "namespace", "expected"),
    [
        ([2, 3], 9, 5),
        ([0], 9, 0),
        ([2, None], 9, 9),  # one socket did not say: what all dropped together is the most it can be
        ([None], None, None),
        ([], 9, None),  # nobody was left to report
    ],
)
def test_drops_at_the_clients_sockets(drops: list[int | None], namespace: int | None, expected: int | None) -> None:
    ends = [WorkerEnd({"a": end(kernel_drops=dropped), "b": end()}, 1) for dropped in drops]
    made = collection(beats(), ends)
    made.namespace_drops = namespace
    assert made.run().groups[0].kernel_drops == expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (served(), 9),
        (served(kernel_drops=0), 0),
        (served(kernel_drops=4), 4),
        (served(transport="tcp"), None),
        (served(received=None), None),  # it died
    ],
)
def test_drops_at_a_server_that_cannot_count_them(server: ServerResult, expected: int | None) -> None:
    made = collection(beats(), [])
    made.servers = (server,)
    made.namespace_drops = 9
    assert made.run().servers[0].kernel_drops == expected


def test_only_groups_that_ask_have_kernel_rtts_and_streams_have_no_drops() -> None:
    plan = plan_of(
        """\
servers:
  u: {service: echo, transport: udp}
  t: {service: echo, transport: tcp}
clients:
  - {name: kernel, server: u, timestamps: kernel}
  - {name: plain, server: u}
  - {name: stream, server: t}
"""
    )
    made = Collection(plan)
    told = tally(Outcome.OK)
    told.kernel_rtt.record(400)
    made.add_beat(Beat(0, {"kernel": told, "plain": tally(Outcome.OK), "stream": tally(Outcome.OK)}, 0))
    made.add_beat(Beat(1, {"kernel": told}, 0))
    made.ends.append(WorkerEnd({"kernel": end(), "plain": end(), "stream": end()}, 1))
    kernel, plain, stream = made.run().groups
    assert kernel.kernel_rtt is not None
    assert (kernel.kernel_rtt.n, kernel.kernel_rtt.max_s) == (2, 4e-7)
    assert (plain.kernel_rtt, stream.kernel_rtt) == (None, None)
    assert (kernel.kernel_drops, plain.kernel_drops, stream.kernel_drops) == (0, 0, None)


def test_two_halves_make_the_second_that_is_saved() -> None:
    """Whoever looks on hears twice a second; what is saved is the same to the last bucket."""
    halves = [
        Beat(0, {"a": tally(Outcome.OK), "b": tally(Outcome.LOST)}, 0, is_half=True),
        Beat(0, {"a": tally(Outcome.OK), "b": tally()}, 0),
        Beat(0, {"a": tally(), "b": tally()}, 0, is_half=True),
        Beat(0, {"a": tally(Outcome.LATE), "b": tally()}, 0),
        Beat(1, {"a": tally(), "b": tally(Outcome.OK)}, 0, is_half=True),
        *beats()[3:],
    ]
    ends = [WorkerEnd({"a": end(), "b": end()}, 2.5)]
    halved, whole = collection(halves, ends), collection(beats(), ends)
    assert halved.run() == whole.run()
    assert halved.log_lines == whole.log_lines


def test_a_second_is_whole_when_every_worker_has_told_of_both_halves() -> None:
    made = Collection(PLAN, workers=2)
    for number in range(2):
        for is_half in (True, False):
            made.add_beat(Beat(number, {"a": tally(Outcome.OK)}, 0, is_half))
    assert made.elapsed_s == 2
    made.add_beat(Beat(0, {"a": tally(Outcome.OK)}, 0, is_half=True))
    assert made.intervals == []
    made.add_beat(Beat(0, {"a": tally(Outcome.OK)}, 0))
    assert [(item.start_s, item.end_s, item.counts.ok) for item in made.intervals] == [(0, 1, 4)]
    made.add_beat(Beat(2, {"a": tally(Outcome.OK)}, 0, is_half=True))
    assert made.elapsed_s == 2.5
