"""The verdict: each rule alone, the worst of several, and the quiet case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.result import Counts, GroupResult, Times, VerdictStatus
from sockbench.stats.verdict import Evidence, judge_run
from tests.stats.samples import FEW, MANY, NO_TIMES, QUICK, SERVER, server
from tests.stats.samples import group as any_group


def group(**changes: Any) -> GroupResult:
    """A group of which there is nothing to say, with some fields changed."""
    return any_group(**{"counts": Counts(ok=950, late=10, lost=30, skipped=9), **changes})


GROUP = group()
QUIET = Evidence(groups=(GROUP,), servers=(SERVER,))


def lagging(p50_s: float | None, p99_s: float | None, max_s: float = 0.5) -> Times:
    return replace(QUICK, p50_s=p50_s, p99_s=p99_s, max_s=max_s)


def test_a_quiet_run_is_valid() -> None:
    verdict = judge_run(QUIET)
    assert (verdict.status, verdict.reasons) == ("valid", ())


@pytest.mark.parametrize(
    ("evidence", "status", "words"),
    [
        (replace(QUIET, deaths=("the server process died",)), "invalid", "the server process died"),
        (replace(QUIET, groups=(group(counts=Counts()),)), "invalid", "no request was due"),
        (replace(QUIET, groups=()), "invalid", "no request was due"),
        (replace(QUIET, interrupted=True, elapsed_s=3.21), "suspect", "the run was interrupted after 3.2 s"),
        (
            replace(QUIET, servers=(SERVER, server(name="echo", kernel_drops=1234))),
            "suspect",
            "the kernel dropped 1,234 datagrams at server echo because its socket buffer was full: "
            "the server, or this machine, could not keep up",
        ),
        (replace(QUIET, servers=(server(kernel_drops=1),)), "suspect", "the kernel dropped 1 datagram at server regi"),
        (
            replace(QUIET, groups=(group(unregistered=2),), refusals={"students": "Servidor cheio"}),
            "suspect",
            "2 of the 10 clients of students had no place at the server when the run ended: Servidor cheio",
        ),
        (replace(QUIET, groups=(group(unregistered=2),)), "suspect", "had no place at the server when the run ended"),
        (
            replace(QUIET, groups=(GROUP, group(name="slow", lag=lagging(0.0, 0.0104)))),
            "suspect",
            "the tool was late: requests of slow left 10.4 ms after they were due at p99, "
            "so response times include the tool's own delay",
        ),
        (
            replace(QUIET, groups=(group(lag=replace(lagging(0.001, None), p90_s=0.0104)),)),
            "suspect",
            "requests of students left 10.4 ms after they were due at p90, so",
        ),
        (replace(QUIET, client_drops={"students": 7}), "suspect", "the kernel dropped 7 replies at the sockets of"),
        (replace(QUIET, busy=0.93), "suspect", "a client process was busy 93% of the time"),
        (
            replace(QUIET, groups=(group(counts=Counts(ok=900, skipped=100)),)),
            "suspect",
            "100 of the 1,000 requests of students were never sent, because the window was full",
        ),
        (
            replace(QUIET, groups=(group(counts=Counts(lost=3, refused=4)),)),
            "suspect",
            "none of the 7 requests of students was answered",
        ),
        (replace(QUIET, ambiguous={"students": 12}), "suspect", "12 replies to students came while earlier requests"),
        (
            replace(QUIET, groups=(group(lag=lagging(0.0005, 0.0021), response=MANY),)),
            "suspect",
            "requests of students left 2.1 ms after",
        ),
    ],
)
def test_one_sign(evidence: Evidence, status: VerdictStatus, words: str) -> None:
    verdict = judge_run(evidence)
    assert verdict.status == status
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith(words) or words in verdict.reasons[0]


@pytest.mark.parametrize(
    "evidence",
    [
        replace(QUIET, servers=(server(kernel_drops=None),)),
        replace(QUIET, servers=()),
        replace(QUIET, groups=(group(lag=NO_TIMES),)),
        replace(QUIET, groups=(group(lag=FEW, response=NO_TIMES),)),
        replace(QUIET, groups=(group(lag=lagging(0.0004, 0.0099), response=MANY),)),
        replace(QUIET, groups=(group(lag=lagging(0.0005, 0.0019), response=MANY),)),
        replace(QUIET, groups=(group(counts=Counts()), GROUP)),
        replace(QUIET, groups=(group(counts=Counts(ok=1, lost=10)),)),
    ],
)
def test_no_sign(evidence: Evidence) -> None:
    assert judge_run(evidence).status == "valid"


def test_the_worst_wins_and_every_reason_is_told_gravest_first() -> None:
    verdict = judge_run(
        Evidence(
            groups=(group(unregistered=1),),
            servers=(server(kernel_drops=5), server(name="echo", kernel_drops=6)),
            deaths=("worker 1 died",),
            interrupted=True,
            elapsed_s=1.0,
        )
    )
    assert verdict.status == "invalid"
    assert verdict.reasons[0] == "worker 1 died"
    assert len(verdict.reasons) == 5
