"""Patience: a block is left at its deadline, but the time in which nothing here could run does not count."""

from __future__ import annotations

import math
import time

import pytest
import trio
import trio.lowlevel
import trio.testing

import sockbench.run.patience as patience_module
from sockbench.run.patience import STEP, Patience
from sockbench.run.still import StillMeter


async def test_a_block_is_left_at_its_deadline(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    began = trio.current_time()
    async with patience.limit():
        patience.deadline = began + 3
        await trio.sleep(math.inf)
    assert patience.is_over
    assert 3 <= trio.current_time() - began <= 3 + STEP


async def test_a_block_that_ends_by_itself_is_not_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    began = trio.current_time()
    async with patience.limit():
        patience.deadline = began + 3
        await trio.sleep(1)
    assert not patience.is_over
    assert trio.current_time() - began == 1


async def test_a_deadline_may_come_nearer(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    async with patience.limit():
        await trio.sleep(10)
        patience.deadline = trio.current_time() + 1
        await trio.sleep(math.inf)
    assert 11 <= trio.current_time() <= 11 + STEP


async def test_the_time_in_which_the_loop_did_not_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the process is stopped: the deadline passes meanwhile, and what waited to be done is done first."""
    monkeypatch.setattr(patience_module, "STEP", 0.02)  # which takes less long
    patience = Patience()
    async with patience.limit():
        patience.deadline = trio.current_time() + 0.1
        await trio.testing.wait_all_tasks_blocked()
        time.sleep(0.3)  # noqa: ASYNC251 - the loop stands still
        await trio.sleep(0.01)
    assert not patience.is_over


async def test_what_stood_still_is_measured_and_what_was_busy_is_not() -> None:
    meter = StillMeter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(meter.watch)
        await trio.lowlevel.checkpoint()
        busy_until = time.process_time() + 0.3
        while time.process_time() < busy_until:
            pass
        await trio.sleep(0.01)
        busy = meter.longest
        time.sleep(0.6)  # noqa: ASYNC251 - the loop stands still
        await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    assert meter.longest >= 0.5
    assert busy <= meter.longest
