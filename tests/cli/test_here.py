"""Each command in a process of its own, for each exit code that takes no load: the same as in the process of a test."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from sockbench.model.result import Verdict
from sockbench.store import save
from tests.cli.command import SMALL, sockbench
from tests.cli.here import called
from tests.report.samples import RESULT
from tests.stats.runs import drawn, run_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three saved results, the last of them invalid, a good scenario and a wrong one."""
    made = tmp_path_factory.mktemp("here")
    (made / "good.yaml").write_text(SMALL)
    (made / "wrong.yaml").write_text(SMALL.replace("count", "cuont"))
    chance = random.Random(3)
    for hour, (name, p50, status) in enumerate(
        (("quick", 1.0, "valid"), ("slow", 1.5, "valid"), ("bad", 1, "invalid"))
    ):
        runs = [run_of(group, repetition=n) for n, group in enumerate(drawn(chance, 5, 0.02, p50=p50), start=1)]
        verdict = Verdict("invalid", ("a server died",)) if status == "invalid" else Verdict("valid", ())
        started = f"2026-11-01T1{hour}:00:00Z"
        result = replace(RESULT, name=name, started=started, runs=tuple(runs), thresholds=(), verdict=verdict)
        save(result, [], made / "results")
    return made


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("check good.yaml udp10", 0),
        ("check", 2),
        ("check wrong.yaml good.yaml", 104),
        ("schema", 0),
        ("schema --format xml", 2),
        ("history", 0),
        ("history --name quick --format json", 0),
        ("history --trend rtt.p98", 2),
        ("report last", 0),
        ("report slow --format csv", 0),
        ("report none", 2),
        ("report last -o results", 106),
        ("report last --html nowhere/a.html", 2),
        ("compare quick slow", 0),
        ("compare quick slow --fail-if p50>+10% --format csv", 1),
        ("compare quick", 2),
        ("compare quick bad", 107),
        ("completion zsh", 0),
        ("completion csh", 2),
        ("run good.yaml --workers 0", 2),
        ("run wrong.yaml", 104),
        ("run good.yaml --samples nowhere/rows.csv", 106),
        ("serve echo upper --port 5000", 2),
        ("serve --scenario wrong.yaml", 104),
        ("send http://127.0.0.1:80", 2),
        ("send udp://a..b:20 -m x", 106),
        ("relay 0 udp://127.0.0.1", 2),
        ("calibrate --cache good.yaml", 106),
        ("run --help", 0),
        ("walk", 2),
    ],
)
def test_a_process_says_the_same(folder: Path, line: str, code: int) -> None:
    process = sockbench(*line.split(), cwd=folder)
    assert process.returncode == code
    here = called(*line.split(), cwd=folder)
    assert (here.returncode, here.stdout, here.stderr) == (code, process.stdout, process.stderr)


def test_what_it_is_given_is_given_back(folder: Path) -> None:
    """Standard input, the environment and the working directory are as a process has them, and as they were after."""
    before = Path.cwd()
    for _ in range(2):
        done = called("check", "-", stdin=SMALL.encode(), cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        done = called("history", cwd=before, SOCKBENCH_RESULTS=str(folder / "results"))
        assert "quick" in done.stdout
    assert Path.cwd() == before
