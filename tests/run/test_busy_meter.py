"""The share of the time that a process spent on a processor, from its beginning to the first end."""

from __future__ import annotations

import time

from sockbench.run.busy import BusyMeter


def test_a_load_that_never_began_took_nothing_that_is_known() -> None:
    meter = BusyMeter()
    meter.end()
    assert meter.busy is None


def test_it_ends_once() -> None:
    meter = BusyMeter()
    meter.begin()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    meter.end()
    first = meter.busy
    assert first is not None
    assert 0 < first < 1.5  # one thread worked; clocks are read one after the other
    meter.end()
    assert meter.busy == first
