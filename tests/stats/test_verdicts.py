"""The verdict over several runs: the worst of theirs, each reason with its run, told once where several share it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.result import Verdict
from sockbench.stats.evidence import Evidence
from sockbench.stats.verdict import judge_run
from sockbench.stats.verdicts import RunEvidence, judge_runs
from tests.stats.test_verdict import QUIET

UDP, TCP = {"transport": "udp"}, {"transport": "tcp"}


def busy(share: float) -> Evidence:
    """Evidence of a machine on which others used so much."""
    return replace(QUIET, other_cpu_share=share)


def test_quiet_runs_are_valid() -> None:
    runs = [RunEvidence(variant, number, QUIET) for variant in (UDP, TCP) for number in (1, 2)]
    assert judge_runs(runs, 2) == Verdict("valid", ())


def test_a_single_run_is_judged_as_ever() -> None:
    evidence = replace(busy(0.5), deaths=("it died",))
    assert judge_runs([RunEvidence({}, 1, evidence)], 1) == judge_run(evidence)


def test_a_reason_names_its_run() -> None:
    runs = [RunEvidence(UDP, 1, QUIET), RunEvidence(TCP, 1, QUIET), RunEvidence(TCP, 2, busy(0.5))]
    (reason,) = judge_runs(runs, 2).reasons
    assert reason.startswith("transport=tcp, repetition 2: other processes used 50% of")
    (reason,) = judge_runs([RunEvidence(UDP, 1, QUIET), RunEvidence(TCP, 1, busy(0.5))], 1).reasons
    assert reason.startswith("transport=tcp: other processes used 50% of")
    (reason,) = judge_runs([RunEvidence({}, 1, QUIET), RunEvidence({}, 2, busy(0.5))], 2).reasons
    assert reason.startswith("repetition 2: other processes used 50% of")


def told(runs: list[RunEvidence], repeat: int) -> list[str]:
    return [reason.partition(" of this")[0] for reason in judge_runs(runs, repeat).reasons]


def test_what_runs_share_is_told_once_with_the_range_of_its_numbers() -> None:
    runs = [RunEvidence(variant, number, busy(0.3 + number / 10)) for number in (1, 2, 3) for variant in (TCP, UDP)]
    assert told(runs, 3) == ["all 6 runs: other processes used 40-60%"]
    quiet = [RunEvidence(UDP, number, QUIET) for number in (1, 2)]
    assert told([*runs[:1], *quiet, *runs[2:3]], 2) == ["2 of 4 runs (transport=tcp): other processes used 40-50%"]
    assert told([*runs, *quiet], 5) == [
        "6 of 8 runs (transport=tcp; transport=udp): other processes used 40-60%",
    ]
    alone = [RunEvidence({}, number, busy(0.5)) for number in (1, 2)]
    assert told(alone, 2) == ["all 2 runs: other processes used 50%"]
    (reason,) = judge_runs(alone, 2, where=" at 100/s").reasons
    assert reason.startswith("all 2 runs at 100/s: other processes used 50% of")


def test_many_variants_are_not_all_named() -> None:
    runs = [RunEvidence({"n": str(n)}, 1, busy(0.5)) for n in range(10)]
    assert told([*runs, RunEvidence(UDP, 1, QUIET)], 1) == [
        "10 of 11 runs (n=0; n=1; n=2 and 7 more): other processes used 50%"
    ]


@pytest.mark.parametrize(
    ("deaths", "reasons"),
    [
        (("worker 1 died after 1,200 s", "worker 1 died after 900 s"), ["worker 1 died after 900-1,200 s"]),
        (("worker 1 died (9)", "worker 2 died (15)"), ["worker 1-2 died (9-15)"]),
        (("x after 3.5 s.", "x after 12 s."), ["x after 3.5-12 s."]),
        (("p90 is 3", "p99 is 3"), ["p90 is 3", "p99 is 3"]),
        (("of group-1", "of group-2"), ["of group-1", "of group-2"]),
        (("at 127.0.0.1:80", "at 127.0.0.1:81"), ["at 127.0.0.1:80", "at 127.0.0.1:81"]),
        (("at udp://h:80", "at udp://h:81"), ["at udp://h:80", "at udp://h:81"]),
    ],
)
def test_only_numbers_of_their_own_have_ranges(deaths: tuple[str, str], reasons: list[str]) -> None:
    runs = [RunEvidence({}, number, replace(QUIET, deaths=(death,))) for number, death in enumerate(deaths, start=1)]
    found = [reason.partition(": ")[2].partition(";")[0] for reason in judge_runs(runs, 2).reasons]
    assert found == reasons


def test_two_reasons_of_a_run_are_two() -> None:
    """Of two groups, say, that differ in a number of their own."""
    runs = [RunEvidence(variant, 1, replace(QUIET, deaths=("a 1 died", "a 2 died"))) for variant in (UDP, TCP)]
    assert [reason.partition(";")[0] for reason in judge_runs(runs, 1).reasons] == [
        "all 2 runs: a 1 died",
        "all 2 runs: a 2 died",
    ]


def test_what_differs_in_more_than_numbers_is_told_each() -> None:
    runs = [RunEvidence(UDP, 1, replace(QUIET, deaths=("a died",))), RunEvidence(UDP, 2, replace(QUIET, deaths=("b",)))]
    assert len(judge_runs(runs, 2).reasons) == 2


def test_the_worst_run_decides_and_the_gravest_comes_first() -> None:
    runs = [RunEvidence(UDP, 1, busy(0.5)), RunEvidence(TCP, 1, replace(QUIET, deaths=("it died",)))]
    verdict = judge_runs(runs, 1, [("suspect", "interrupted")])
    assert verdict.status == "invalid"
    assert [reason.split()[0] for reason in verdict.reasons] == ["transport=tcp:", "interrupted", "transport=udp:"]
