"""What one run of a search says: kept, not kept, the tool's own limit, or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.find import Answer
from sockbench.model.plan import Threshold
from sockbench.model.result import Counts, GroupResult
from sockbench.stats.answers import answer_of
from sockbench.stats.evidence import Evidence, Offer
from sockbench.stats.thresholds import judge
from tests.stats.samples import FEW, MANY, NO_TIMES, group

FAST = Threshold("rtt.p99 < 10ms", None, "rtt", "p99", "<", 0.01, "seconds")
WHOLE = Threshold("lost < 0.1%", None, "lost", None, "<", 0.001, "share")
GOOD = group(counts=Counts(ok=20_000))
LOSSY = group(counts=Counts(ok=19_000, lost=1000))


def answer(one: GroupResult, **known: Any) -> tuple[Answer, str]:
    evidence = replace(Evidence(groups=(one,), duration_s=10.0, elapsed_s=10.0, **known))
    return answer_of(judge([FAST, WHOLE], [one], one), evidence)


@pytest.mark.parametrize(
    ("one", "known", "expected", "words"),
    [
        (GOOD, {}, "kept", ""),
        (LOSSY, {}, "failed", ""),
        (replace(GOOD, rtt=replace(MANY, p99_s=0.02)), {}, "failed", ""),
        # The tool was the limit: that says nothing of a system that looks bad, and takes nothing from one that is good.
        (LOSSY, {"busy": 0.95}, "tool", "a client process was busy 95%"),
        (LOSSY, {"client_drops": {"students": 3}}, "tool", "the kernel dropped 3 replies at the sockets of students"),
        (GOOD, {"busy": 0.95}, "kept", ""),
        # A server that is at its limit is what is searched.
        (LOSSY, {"server_busy": 0.99}, "failed", ""),
        # The load was not offered: by the tool, or since the system did not take it.
        (GOOD, {"offers": {"students": Offer(30_000)}}, "tool", "students offered 20,000 requests of the 30,000"),
        (
            group(counts=Counts(ok=900, skipped=100)),
            {},
            "failed",
            "100 of the 1,000 requests of students were never sent",
        ),
        (replace(GOOD, unregistered=2), {}, "failed", "2 of the 10 clients of students had no place"),
        # Nobody can believe it.
        (GOOD, {"deaths": ("a client process died",)}, "tool", "a client process died"),
        (group(counts=Counts(refused=100), rtt=NO_TIMES), {}, "tool", "all 100 requests of students were refused"),
        # Nobody can tell.
        (replace(GOOD, rtt=FEW), {}, "unknown", "rtt.p99 < 10ms: withheld: 50 samples, and p99 takes 1,000"),
        (replace(LOSSY, rtt=FEW), {}, "failed", ""),
        (group(counts=Counts(lost=100), rtt=NO_TIMES), {}, "failed", ""),
    ],
)
def test_what_a_run_says(one: GroupResult, known: dict[str, Any], expected: Answer, words: str) -> None:
    found, reason = answer(one, **known)
    assert found == expected
    assert reason.startswith(words) if words else not reason
