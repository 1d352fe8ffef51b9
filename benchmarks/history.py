"""How long `sockbench history` takes with many saved results: made in a folder of its own, read, and removed.

    python -m benchmarks.history [RESULTS [SECONDS]]

Each result is of a run of so many seconds, one group: a row of intervals a second. It prints the best of three.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sockbench.model.result import Result
from sockbench.store import save
from tests.report.samples import RESULT
from tests.stats.runs import group_of

COMMAND = Path(sys.executable).with_name("sockbench")
WAYS = (("all",), ("--limit", "20"), ("--trend", "rtt.p99"), ("--trend", "rtt.p99", "--limit", "200"))


def make(folder: Path, number: int, seconds: int) -> None:
    """Results of an hour each, the latest tenth slower by a tenth."""
    chance = random.Random(1)
    run = RESULT.runs[0]
    for at in range(number):
        p99 = 0.004 * chance.lognormvariate(0, 0.03) * (1.1 if at >= 0.9 * number else 1.0)
        made: Result = replace(
            RESULT,
            started=(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=at)).isoformat(),
            runs=(replace(run, groups=(group_of(p99=p99),), intervals=run.intervals[:1] * seconds),),
        )
        save(made, [], folder)


def best(arguments: list[str]) -> float:
    """Seconds of the quickest of three."""
    found = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run([COMMAND, "history", *arguments], check=True, capture_output=True)
        found.append(time.perf_counter() - begun)
    return min(found)


def main() -> None:
    """Make them, and time each way to look at them."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), number, seconds)
        for way in WAYS:
            flags = ["--limit", str(number)] if way == ("all",) else list(way)
            sys.stdout.write(f"{' '.join(flags):30} {best([*flags, '--results', folder]):.2f} s\n")


if __name__ == "__main__":
    main()
