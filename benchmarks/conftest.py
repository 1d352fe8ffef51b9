"""What the benchmarks share: durations that look like those of a network, and how a batch of requests is timed."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

REQUESTS = 20_000
ROUNDS = 40

found: list[tuple[str, int, int]] = []
Timed = Callable[[Callable[[], Callable[[], object]]], None]


@pytest.fixture(scope="session")
def rtts() -> list[int]:
    """Round-trip times in ns, about 270 us, spread over a few doublings; the same in every run."""
    stream = random.Random(1)
    return [int(stream.lognormvariate(12.5, 0.3)) for _ in range(REQUESTS)]


@pytest.fixture
def per_request(benchmark: Any) -> Iterator[Timed]:
    """Times what `prepare()` gives, which handles REQUESTS of something; `min` is then REQUESTS times one of them.

    Processor time, with garbage collection off as in a worker.
    """

    def timed(prepare: Callable[[], Callable[[], object]]) -> None:
        benchmark._timer = time.process_time
        benchmark.pedantic(lambda work: work(), setup=lambda: ((prepare(),), {}), rounds=ROUNDS)
        stats = benchmark.stats.stats
        found.append((benchmark.name, *(round(value / REQUESTS * 1e9) for value in (stats.min, stats.median))))

    gc.collect()
    gc.disable()
    yield timed
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What one request, value or message takes: the number that docs/performance.md is about."""
    terminalreporter.write_line("")
    terminalreporter.write_line(f"ns for one of {REQUESTS:,}, best and median of {ROUNDS} rounds")
    for name, best, median in found:
        terminalreporter.write_line(f"{name.removeprefix('test_'):22}{best:6,}{median:8,}")
