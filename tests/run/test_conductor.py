"""The conductor's own times, of a run that has no processes."""

from __future__ import annotations

import trio

from sockbench.model.experiment import Variant
from sockbench.run.conductor import LAST_WORDS, Conductor
from sockbench.run.ears import DEAF, Phase, Turn
from sockbench.run.workers import HEAD_START, Workers, head_start
from tests.run.plans import plan_of

MANY = plan_of("""
duration: 10s
servers: {s: {service: echo, transport: udp}}
clients: [{name: a, count: 200000, server: s, arrivals: {every: 1s}}]
""")


async def test_a_worker_that_begins_late_since_it_has_many_clients_is_not_taken_for_frozen() -> None:
    conductor = Conductor(Turn(1, 1, Variant({}, MANY), 1, 1), Workers(1), 1, {}, DEAF)
    conductor.log_from = before = trio.current_time()
    await conductor._follow_clients()
    ahead = head_start(MANY.clients, 1, 1) / 1e9
    assert ahead > LAST_WORDS
    assert conductor._patience.deadline >= before + ahead + MANY.longest + LAST_WORDS
    assert conductor.collection.offset_s >= ahead


async def test_before_the_first_due_time_no_time_has_passed() -> None:
    conductor = Conductor(Turn(1, 1, Variant({}, MANY), 1, 1), Workers(1), 1, {}, DEAF)
    assert conductor.progress().phase is Phase.STARTING
    conductor.went = trio.current_time() + HEAD_START
    progress = conductor.progress()
    assert (progress.phase, progress.elapsed_s) == (Phase.MEASURING, 0.0)
