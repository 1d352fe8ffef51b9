"""The verdict: each rule on both sides of its limit, the worst of several, and the quiet case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sockbench.model.relay import GroupTruth, RelayReport, RelayResult, WayCounts
from sockbench.model.result import Counts, GroupResult, Times, VerdictStatus
from sockbench.stats.evidence import Evidence, Offer
from sockbench.stats.verdict import judge_run
from tests.stats.samples import FEW, MANY, NO_TIMES, QUICK, SERVER, server
from tests.stats.samples import group as any_group


def group(**changes: Any) -> GroupResult:
    """A group of which there is nothing to say, with some fields changed."""
    return any_group(**{"counts": Counts(ok=950, late=10, lost=30, skipped=9), **changes})


GROUP = group()
QUIET = Evidence(groups=(GROUP,), servers=(SERVER,), warmup_s=1.0, duration_s=10.0)


def with_group(**changes: Any) -> Evidence:
    """Quiet but for what is said of its only group."""
    return replace(QUIET, groups=(group(**changes),))


def lagging(p50_s: float | None, p99_s: float | None, max_s: float = 0.5) -> Times:
    return replace(QUICK, p50_s=p50_s, p99_s=p99_s, max_s=max_s)


def relayed(kernel_drops: int = 0, *, changes: dict[str, Any] | None = None, **more: Any) -> Evidence:
    """The quiet group behind a relay that saw what the group counted, but for `changes`."""
    truth = GroupTruth("students", 989, 950, 10, 0, 0, 20, 10, 0, 0, 0)
    ways = (WayCounts(), WayCounts())
    report = RelayReport("udp", "127.0.0.1:1", "127.0.0.1:2", *ways, 10, 0, 0, 0, 0, kernel_drops)
    relay = RelayResult("server", "echo", report, (replace(truth, **(changes or {})),))
    return replace(QUIET, groups=(group(lost_up=20, lost_down=10, duplicate=0),), relays=(relay,), **more)


def offered(counts: Counts, offer: Offer, **changes: Any) -> Evidence:
    """What the plan asks of `students`, and what became of it."""
    return replace(QUIET, groups=(group(counts=counts, **changes),), offers={"students": offer})


def test_a_quiet_run_is_valid() -> None:
    verdict = judge_run(QUIET)
    assert (verdict.status, verdict.reasons) == ("valid", ())


@pytest.mark.parametrize(
    ("evidence", "status", "words"),
    [
        (
            replace(QUIET, still={"client": 0.5}),
            "suspect",
            "a client process stood still for 0.5 s: requests left late, or not at all, and replies waited for it; "
            "it was stopped or had no processor: see what else runs there, and run again",
        ),
        (
            replace(with_group(lag=lagging(0.1, 1.2)), still={"client": 2.0}),  # and the lag is not told again
            "suspect",
            "a client process stood still for 2.0 s",
        ),
        (
            replace(QUIET, still={"server": 1.94, "relay": 0.49}),
            "suspect",
            "the server process stood still for 1.9 s: requests waited for it; "
            "it was stopped, a service kept it waiting, or had no processor",
        ),
        (replace(QUIET, still={"relay": 3.0}), "suspect", "the relay process stood still for 3.0 s: it held back more"),
        (
            replace(QUIET, deaths=("the server process died",)),
            "invalid",
            "the server process died; look for its last words on standard error, and run again",
        ),
        (replace(QUIET, groups=(group(counts=Counts()),)), "invalid", "no request was due"),
        (replace(QUIET, groups=()), "invalid", "no request was due"),
        (replace(QUIET, interrupted=True, elapsed_s=3.21), "suspect", "the run was interrupted after 3.2 s"),
        (
            replace(QUIET, aborted_by="lost < 1%", elapsed_s=3.21),
            "suspect",
            'the threshold "lost < 1%" ended the run after 3.2 s',
        ),
        (
            replace(QUIET, servers=(SERVER, server(name="echo", kernel_drops=1234))),
            "suspect",
            "the kernel dropped 1,234 datagrams at server echo because its socket buffer was full: "
            "the server, or this machine, could not keep up",
        ),
        (replace(QUIET, servers=(server(kernel_drops=1),)), "suspect", "the kernel dropped 1 datagram at server regi"),
        (
            replace(with_group(unregistered=2), refusals={"students": "Servidor cheio"}),
            "suspect",
            "2 of the 10 clients of students had no place at the server when the run ended: Servidor cheio",
        ),
        (with_group(unregistered=2), "suspect", "had no place at the server when the run ended"),
        (
            replace(QUIET, groups=(GROUP, group(name="slow", lag=lagging(0.0, 0.0104)))),
            "suspect",
            "the tool was late: requests of slow left 10.4 ms after they were due at p99, "
            "so response times include the tool's own delay",
        ),
        (
            with_group(lag=replace(lagging(0.001, None), p90_s=0.0104)),
            "suspect",
            "requests of students left 10.4 ms after they were due at p90, so",
        ),
        (
            with_group(lag=replace(lagging(0.0104, None), p90_s=None)),
            "suspect",
            "requests of students left 10.4 ms after they were due at p50, so",
        ),
        (with_group(lag=lagging(0.0005, 0.0021)), "suspect", "requests of students left 2.1 ms after"),
        (
            replace(with_group(lag=lagging(1e-5, 0.0016)), offers={"students": Offer(999, 0.0, 0.0015)}),
            "suspect",
            "the tool was late: requests of students left 1.6 ms after they were due at p99, when each client's next "
            "one was due 1.5 ms later: the load came in bursts that the scenario does not ask for",
        ),
        (  # late by every measure: one finding
            replace(with_group(lag=lagging(0.02, 0.03)), offers={"students": Offer(999, 0.0, 0.001)}),
            "suspect",
            "left 30.0 ms after they were due at p99, so response times include the tool's own delay",
        ),
        (replace(QUIET, client_drops={"students": 7}), "suspect", "the kernel dropped 7 replies at the sockets of"),
        (
            replace(QUIET, warmup_s=0.0, start_late_s=0.101),
            "suspect",
            "a client process began 101.0 ms after the instant agreed for all, so the load was less at first; use a",
        ),
        (replace(QUIET, start_late_s=1.2), "suspect", "a client process began 1,200.0 ms after"),
        (
            replace(QUIET, warmup_s=0.0, duration_s=0.5, start_late_s=0.011),
            "suspect",
            "a client process began 11.0 ms after",
        ),
        (replace(QUIET, busy=0.9), "suspect", "a client process was busy 90% of the time"),
        (
            replace(QUIET, server_busy=0.9),
            "suspect",
            "the server process was busy 90% of the time: replies waited for the server, so the numbers tell of its "
            "capacity",
        ),
        (replace(QUIET, relay_busy=0.9), "suspect", "the relay's process was busy 90% of the time"),
        (relayed(7), "suspect", "the kernel dropped 7 datagrams at the relay of echo"),
        (
            relayed(changes={"lost_up": 23}),
            "suspect",
            "the relay saw 33 lost (23 on the way up) and 0 duplicates, and the clients counted 30 (20 up) and 0",
        ),
        (relayed(changes={"lost_up": 17, "lost_down": 13}), "suspect", "the relay saw 30 lost (17 on the way up)"),
        (relayed(changes={"duplicate": 3}), "suspect", "and 3 duplicates, and the clients counted 30 (20 up) and 0"),
        (
            with_group(counts=Counts(ok=900, skipped=100)),
            "suspect",
            "100 of the 1,000 requests of students were never sent, because the window was full",
        ),
        (
            offered(Counts(ok=980), Offer(1000)),
            "suspect",
            "students offered 980 requests of the 1,000 that the scenario asks for: the load was 2.0% too low",
        ),
        (  # never due, and skipped, each too few for itself
            offered(Counts(ok=984, skipped=8), Offer(1000)),
            "suspect",
            "students offered 984 requests of the 1,000",
        ),
        (  # many skipped, none missing besides: the one cause
            offered(Counts(ok=900, skipped=100), Offer(1000)),
            "suspect",
            "100 of the 1,000 requests of students were never sent",
        ),
        (
            offered(Counts(ok=700, skipped=300), Offer(1000), unregistered=3),
            "suspect",
            "3 of the 10 clients of students had no place",
        ),
        (offered(Counts(ok=862), Offer(1000, deviation=1000**0.5)), "suspect", "the load was 13.8% too low"),
        (with_group(counts=Counts(lost=3, refused=4)), "suspect", "none of the 7 requests of students was answered"),
        (replace(QUIET, ambiguous={"students": 12}), "suspect", "12 replies to students came while earlier requests"),
        (
            replace(QUIET, other_cpu_share=0.25),
            "suspect",
            "other processes used 25% of this machine's processors during the run",
        ),
        (
            replace(QUIET, load_average=2.1, cpus=2),
            "suspect",
            "the load average was 2.1 on 2 processors when the run began",
        ),
        (replace(QUIET, load_average=1.1, cpus=1), "suspect", "the load average was 1.1 on 1 processor when"),
        (replace(QUIET, steal_share=0.02), "suspect", "gave 2.0% of its processors' time to others"),
        (
            replace(QUIET, clock_step_s=-0.25),
            "suspect",
            "the wall clock moved by -0.2 s against the monotonic clock during the run: it was set, or the machine "
            "slept. RTTs are unaffected",
        ),
        (replace(QUIET, clock_step_s=3600.0), "suspect", "the wall clock moved by +3,600.0 s against"),
        (
            replace(QUIET, warmup_s=10.5),
            "suspect",
            "the warm-up of 10.5 s was longer than the 10 s that were measured; use a longer duration",
        ),
        (
            with_group(rtt=FEW),
            "suspect",
            "p90 and p99 of students withheld: 50 answers came in time, and p90 takes 100 and p99 takes 1,000; "
            "run longer, or offer more load",
        ),
        (
            with_group(rtt=replace(MANY, n=999, p99_s=None)),
            "suspect",
            "p99 of students withheld: 999 answers came in time, and p99 takes 1,000; run longer",
        ),
        (
            with_group(rtt=replace(NO_TIMES, n=1), counts=Counts(ok=1)),
            "suspect",
            "p50, p90 and p99 of students withheld: 1 answer came in time, and p50 takes 20 and p99 takes 1,000",
        ),
        (
            with_group(rtt=NO_TIMES, counts=Counts(late=5)),
            "suspect",
            "0 answers came in time, and p50 takes 20 and p99 takes 1,000; use a longer timeout",
        ),
    ],
)
def test_one_sign(evidence: Evidence, status: VerdictStatus, words: str) -> None:
    verdict = judge_run(evidence)
    assert verdict.status == status
    assert len(verdict.reasons) == 1, verdict.reasons
    assert words in verdict.reasons[0]


@pytest.mark.parametrize(
    "evidence",
    [
        replace(QUIET, servers=(server(kernel_drops=None),)),
        replace(QUIET, servers=()),
        with_group(lag=NO_TIMES),
        with_group(lag=FEW, response=NO_TIMES),
        with_group(lag=lagging(0.0004, 0.0099)),
        with_group(lag=lagging(0.0005, 0.0019)),
        replace(with_group(lag=lagging(1e-5, 0.0015)), offers={"students": Offer(999, 0.0, 0.0015)}),
        replace(with_group(lag=lagging(1e-5, 0.0019)), offers={"students": Offer(999, 0.0, None)}),
        replace(with_group(lag=lagging(1e-5, 0.0019)), offers={"others": Offer(999, 0.0, 0.0001)}),
        replace(QUIET, groups=(group(counts=Counts()), GROUP)),
        with_group(counts=Counts(ok=1, lost=10)),
        with_group(counts=Counts(ok=990, skipped=10)),
        replace(QUIET, warmup_s=0.0, start_late_s=0.1),
        replace(QUIET, start_late_s=1.09),
        replace(QUIET, warmup_s=0.0, start_late_s=0.01, duration_s=0.5),
        replace(QUIET, busy=0.89, server_busy=0.89, relay_busy=0.89),
        relayed(),
        relayed(changes={"lost_up": 22, "duplicate": 2}),
        offered(Counts(ok=990), Offer(1000)),
        offered(Counts(ok=990, skipped=0), Offer(1000, deviation=30.0)),
        offered(Counts(ok=864), Offer(1000, deviation=1000**0.5)),  # a Poisson process may come out so
        offered(Counts(ok=1100), Offer(1000, deviation=1000**0.5)),
        replace(QUIET, other_cpu_share=0.249, steal_share=0.0199, load_average=50.0, cpus=2),
        replace(QUIET, load_average=2.0, cpus=2),
        replace(QUIET, load_average=2.0, cpus=None),
        replace(QUIET, still={"client": 0.49, "server": 0.49, "relay": 0.0}),
        replace(QUIET, clock_step_s=0.1),
        replace(QUIET, clock_step_s=-0.1),
        replace(QUIET, warmup_s=10.0),
        with_group(rtt=replace(MANY, p999_s=None)),
    ],
)
def test_no_sign(evidence: Evidence) -> None:
    verdict = judge_run(evidence)
    assert (verdict.status, verdict.reasons) == ("valid", ())


@pytest.mark.parametrize(
    "changes", [{"interrupted": True}, {"aborted_by": "lost < 1%"}, {"deaths": ("a client process died",)}]
)
def test_a_run_that_was_cut_short_is_not_told_that_it_offered_too_little(changes: dict[str, Any]) -> None:
    verdict = judge_run(replace(offered(Counts(ok=500), Offer(1000)), **changes))
    assert len(verdict.reasons) == 1
    assert "too low" not in verdict.reasons[0]


@pytest.mark.parametrize(
    "changes", [{"interrupted": True}, {"aborted_by": "lost < 1%"}, {"deaths": ("the relay process died",)}]
)
def test_a_relay_is_not_held_against_a_run_that_was_cut_short(changes: dict[str, Any]) -> None:
    assert len(judge_run(relayed(changes={"lost_up": 500}, **changes)).reasons) == 1


def test_percentiles_withheld_of_several_groups_are_one_reason() -> None:
    groups = (group(rtt=FEW), group(name="b", rtt=replace(FEW, n=60)), group(name="c"))
    (reason,) = judge_run(replace(QUIET, groups=groups)).reasons
    assert reason.startswith("p90 and p99 of students and b withheld: 50 and 60 answers came in time")


def test_every_reason_says_what_to_do() -> None:
    """In a second part, after what was seen."""
    everything = Evidence(
        groups=(
            group(unregistered=1, lag=lagging(0.1, 0.2), rtt=FEW),
            group(name="b", counts=Counts(ok=1, skipped=9), lag=lagging(1e-5, 0.0015)),
            group(name="c", counts=Counts(lost=1)),
        ),
        servers=(server(kernel_drops=5),),
        deaths=("worker 1 died",),
        interrupted=True,
        elapsed_s=1.0,
        warmup_s=2.0,
        duration_s=1.0,
        ambiguous={"b": 1},
        client_drops={"b": 1},
        offers={"b": Offer(100, 0.0, 0.001)},
        busy=1.0,
        server_busy=1.0,
        relays=(*relayed(1).relays, *relayed(changes={"lost_up": 500}).relays),
        relay_busy=1.0,
        other_cpu_share=1.0,
        steal_share=1.0,
        clock_step_s=1.0,
        start_late_s=4.0,
    )
    verdict = judge_run(everything)
    assert verdict.status == "invalid"
    assert verdict.reasons[0].startswith("worker 1 died")
    assert len(verdict.reasons) == 20
    assert all("; " in reason for reason in verdict.reasons)
    assert all(len(reason) < 260 for reason in verdict.reasons)


def test_the_gravest_is_told_first_whatever_the_order_of_the_rules() -> None:
    verdict = judge_run(
        Evidence(
            groups=(group(unregistered=1, counts=Counts()),),
            servers=(server(kernel_drops=5), server(name="echo", kernel_drops=6)),
            interrupted=True,
            elapsed_s=1.0,
        )
    )
    assert verdict.status == "invalid"
    assert verdict.reasons[0].startswith("the run was interrupted before the measurement began")
    assert len(verdict.reasons) == 4
