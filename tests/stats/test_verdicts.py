"""The verdict over several runs: the worst of theirs, each reason with its run, told once where several share it."""

from __future__ import annotations

from dataclasses import replace

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


def test_what_repetitions_of_a_variant_share_is_told_once() -> None:
    runs = [RunEvidence(variant, number, busy(0.3 + number / 10)) for number in (1, 2, 3) for variant in (TCP, UDP)]
    verdict = judge_runs(runs, 3)
    assert [reason.partition(" of this")[0] for reason in verdict.reasons] == [
        "transport=tcp, repetition 1 and 2 more like it: other processes used 40%",
        "transport=udp, repetition 1 and 2 more like it: other processes used 40%",
    ]


def test_what_differs_in_more_than_numbers_is_told_each() -> None:
    runs = [RunEvidence(UDP, 1, replace(QUIET, deaths=("a died",))), RunEvidence(UDP, 2, replace(QUIET, deaths=("b",)))]
    assert len(judge_runs(runs, 2).reasons) == 2


def test_the_worst_run_decides_and_the_gravest_comes_first() -> None:
    runs = [RunEvidence(UDP, 1, busy(0.5)), RunEvidence(TCP, 1, replace(QUIET, deaths=("it died",)))]
    verdict = judge_runs(runs, 1, [("suspect", "interrupted")])
    assert verdict.status == "invalid"
    assert [reason.split()[0] for reason in verdict.reasons] == ["transport=tcp:", "interrupted", "transport=udp:"]
