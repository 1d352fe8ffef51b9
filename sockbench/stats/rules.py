"""The rules of the verdict: each looks for one sign that the machine or the tool itself, not the network, shaped a run.

A rule is a function from the evidence to findings, each a sentence that says what was seen and what to do. It never
looks at whether the numbers are good: that is for thresholds. docs/metrics.md lists the rules with their limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from sockbench.model.result import Buffer, GroupResult
from sockbench.stats.evidence import Evidence, Finding, Offer

LATE_TOOL_S = 0.010  # a lag that spoils any measurement of a round trip on a network
NOTABLE_LAG_S = 0.002  # below this, a lag that is a large part of the response time is only a fast server's
LARGE_PART = 0.5  # of the response time at the median
START_LATE_S = 0.010  # as of any request
PERIODS = 1.0  # a lag of so many periods: the client's next request was due before this one left

STILL_S = 0.5  # no scheduler leaves a process out for so long on a machine that has time for it
BUSY = 0.9  # a share of a processor beyond which arrivals wait for each other noticeably
SKIPPED_SHARE = 0.01
MISSED_SHARE = 0.01
DEVIATIONS = 4  # of a random schedule, before its number is no chance: less than once in 10,000 runs
OTHER_CPU_SHARE = 0.25  # of all processors
STEAL_SHARE = 0.02
CLOCK_STEP_S = 0.1

RELAY_OFF = 2  # requests on their way while the run ended
RELAY_OFF_SHARE = 0.001

_STILL = {
    "client": ("a client process stood still for {}: requests left late, or not at all, and replies waited for it", ""),
    "server": ("the server process stood still for {}: requests waited for it", ", a service kept it waiting,"),
    "relay": ("the relay process stood still for {}: it held back more than the scenario asks for", ""),
}
_LESS = "use more --workers, or offer less load"
_SAMPLES = (("p50", 20), ("p90", 100), ("p99", 1_000))  # at least 10 beyond each percentile


def process_died(evidence: Evidence) -> Iterator[Finding]:
    """A server or a worker that died took requests with it that nobody counted."""
    for death in evidence.deaths:
        yield "invalid", f"{death}; look for its last words on standard error, and run again"


def nothing_was_due(evidence: Evidence) -> Iterator[Finding]:
    """A run without requests measured nothing."""
    if any(group.counts.planned for group in evidence.groups):
        return
    if evidence.interrupted:
        yield "invalid", "the run was interrupted before the measurement began; let it run to its end"
    elif not evidence.deaths:
        yield "invalid", "no request was due; use a longer duration, or a higher rate"


def was_interrupted(evidence: Evidence) -> Iterator[Finding]:
    """Half a run may not hold what the whole one would have shown."""
    if not any(group.counts.planned for group in evidence.groups):
        return
    if evidence.aborted_by is not None and not evidence.interrupted:
        yield (
            "suspect",
            f'the threshold "{evidence.aborted_by}" ended the run after {evidence.elapsed_s:.1f} s, as its abort asks: '
            "the numbers are of that time alone",
        )
    if not evidence.interrupted:
        return
    if 0 < evidence.duration_s < evidence.elapsed_s:
        yield "suspect", "the run was interrupted while it waited for the last answers; let it run to its end"
    else:
        yield "suspect", f"the run was interrupted after {evidence.elapsed_s:.1f} s; let it run to its end"


def nothing_was_answered(evidence: Evidence) -> Iterator[Finding]:
    """A peer that never answers may not be there at all."""
    for group in evidence.groups:
        if not group.counts.sent or _was_answered(group):
            continue
        if group.counts.refused == group.counts.sent and not group.unregistered:
            yield (
                "invalid",
                f"all {group.counts.sent:,} requests of {group.name} were refused: nobody listens at {group.server}; "
                "start the server, or check the address",
            )
        else:
            needs = "has the same token" if group.name in evidence.tokens else "speaks this format"
            yield (
                "suspect",
                f"none of the {group.counts.sent:,} requests of {group.name} was answered; see that the server runs, "
                f"and that it {needs}",
            )


def clients_without_place(evidence: Evidence) -> Iterator[Finding]:
    """Clients that were never let in offered no load."""
    for group in evidence.groups:
        if group.unregistered > 0:
            refusal = evidence.refusals.get(group.name)
            yield (
                "suspect",
                f"{group.unregistered:,} of the {group.clients:,} clients of {group.name} had no place at the server "
                "when the run ended" + (f": {refusal}" if refusal else "") + "; use fewer clients, or a server with "
                "more places",
            )


def load_was_not_offered(evidence: Evidence) -> Iterator[Finding]:
    """Requests that never left leave no round-trip times behind, and the load was less than the scenario's."""
    for group in evidence.groups:
        if _skipped_many(group):
            yield (
                "suspect",
                f"{group.counts.skipped:,} of the {group.counts.planned:,} requests of {group.name} were never sent, "
                "because the window was full or the client not connected: the load was less than the scenario asks "
                "for; use a larger window, more clients, or less load",
            )


def offered_rate_was_missed(evidence: Evidence) -> Iterator[Finding]:
    """Requests that the plan asks for and that never even became due: the tool fell behind its own schedule."""
    if evidence.interrupted or evidence.deaths or evidence.aborted_by is not None:  # which is told, and the reason
        return
    for group in evidence.groups:
        offer = evidence.offers.get(group.name)
        if offer is None:
            continue
        # What was skipped has a finding of its own when it is much, or comes of clients without a place.
        told = _skipped_many(group) or group.unregistered > 0
        reached = group.counts.planned if told else group.counts.sent
        missing = offer.requests - reached
        if missing > MISSED_SHARE * offer.requests + DEVIATIONS * offer.deviation:
            yield (
                "suspect",
                f"{group.name} offered {reached:,} requests of the {offer.requests:,} that the scenario asks for: the "
                f"load was {missing / offer.requests:.1%} too low; {_LESS}",
            )


def kernel_dropped(evidence: Evidence) -> Iterator[Finding]:
    """Datagrams that this machine dropped were not lost by the network."""
    for server in evidence.servers:
        drops = server.kernel_drops or 0
        if drops > 0:
            datagrams = "1 datagram" if drops == 1 else f"{drops:,} datagrams"
            more = _more_room(server.receive_buffer)
            yield (
                "suspect",
                f"the kernel dropped {datagrams} at server {server.name} because its socket buffer was full: "
                f"the server, or this machine, could not keep up; offer less load, or {more}",
            )


def clients_dropped(evidence: Evidence) -> Iterator[Finding]:
    """Nor were replies that the tool itself was too slow to take."""
    buffers = {group.name: group.receive_buffer for group in evidence.groups}
    for group, drops in evidence.client_drops.items():
        if drops > 0:
            buffer = buffers.get(group)
            more = f", or {_more_room(buffer)}" if buffer is not None and buffer.is_cut else ""
            datagrams = "1 reply" if drops == 1 else f"{drops:,} replies"
            yield (
                "suspect",
                f"the kernel dropped {datagrams} at the sockets of {group} because their buffers were full: "
                f"the clients, or this machine, could not keep up; {_LESS}{more}",
            )


def tool_was_late(evidence: Evidence) -> Iterator[Finding]:
    """A tool that sends late measures itself: response times begin when a request is due. One finding a group."""
    if evidence.still.get("client", 0.0) >= STILL_S:  # which is told, and the reason
        return
    for group in evidence.groups:
        lag, response = group.lag, group.response
        known = ((lag.p99_s, "p99"), (lag.p90_s, "p90"), (lag.p50_s, "p50"))
        worst, at = next(((value, name) for value, name in known if value is not None), (0.0, ""))
        is_large_part = response.p50_s is not None and (lag.p50_s or 0.0) > LARGE_PART * response.p50_s
        late = f"the tool was late: requests of {group.name} left {_ms(worst)} after they were due at {at}, "
        period = evidence.offers.get(group.name, Offer(0)).period
        if worst > LATE_TOOL_S or (is_large_part and worst > NOTABLE_LAG_S):
            yield "suspect", f"{late}so response times include the tool's own delay; {_LESS}"
        elif period is not None and worst > PERIODS * period:
            yield (
                "suspect",
                f"{late}when each client's next one was due {_ms(period)} later: the load came in bursts that the "
                f"scenario does not ask for; {_LESS}",
            )


def worker_began_late(evidence: Evidence) -> Iterator[Finding]:
    """All client processes begin at one instant, or the load is less at first than the scenario asks for."""
    late = evidence.start_late_s
    if late is None:
        return
    missed = late - evidence.warmup_s  # of the time that is measured
    if missed > max(START_LATE_S, MISSED_SHARE * evidence.duration_s):
        yield (
            "suspect",
            f"a client process began {_ms(late)} after the instant agreed for all, so the load was less at first; use "
            "a warm-up, fewer --workers, or a machine with less to do",
        )


def process_stood_still(evidence: Evidence) -> Iterator[Finding]:
    """A closed load that stands still asks nothing meanwhile, so no lag and hardly a late reply tells of it."""
    for kind, (what, cause) in _STILL.items():
        seconds = evidence.still.get(kind, 0.0)
        if seconds >= STILL_S:
            yield (
                "suspect",
                f"{what.format(f'{seconds:.1f} s')}; it was stopped{cause} or had no processor: see what else runs "
                "there, and run again",
            )


def worker_was_busy(evidence: Evidence) -> Iterator[Finding]:
    """A client process without time to spare measures the queue in itself."""
    if evidence.busy >= BUSY:
        yield (
            "suspect",
            f"a client process was busy {evidence.busy:.0%} of the time: replies waited for the tool itself, and the "
            "wait is in their RTTs; use more --workers, or less load",
        )


def server_was_busy(evidence: Evidence) -> Iterator[Finding]:
    """A server process without time to spare: no fault of the tool's, but it is what the numbers are about."""
    if evidence.server_busy is not None and evidence.server_busy >= BUSY:
        yield (
            "suspect",
            f"the server process was busy {evidence.server_busy:.0%} of the time: replies waited for the server, so "
            "the numbers tell of its capacity, not of the network; offer less load to learn what one request takes",
        )


def relay_was_busy(evidence: Evidence) -> Iterator[Finding]:
    """A relay without time to spare delays more than it was asked to."""
    if evidence.relay_busy is not None and evidence.relay_busy >= BUSY:
        yield (
            "suspect",
            f"the relay's process was busy {evidence.relay_busy:.0%} of the time: what it passed on waited longer than "
            "the scenario asks for; offer less load",
        )


def relay_dropped(evidence: Evidence) -> Iterator[Finding]:
    """Datagrams that this machine dropped on their way through the relay are in none of its counts."""
    for relay in evidence.relays:
        drops = relay.report.kernel_drops or 0
        if drops > 0:
            datagrams = "1 datagram" if drops == 1 else f"{drops:,} datagrams"
            yield (
                "suspect",
                f"the kernel dropped {datagrams} at the relay of {relay.name} because its socket buffers were full, so "
                "more was lost than the scenario asks for; offer less load",
            )


def relay_disagrees(evidence: Evidence) -> Iterator[Finding]:
    """The relay and the clients count the same requests apart: where they differ, one of them is wrong."""
    dropped = [relay.report.kernel_drops for relay in evidence.relays]
    dropped += [*(server.kernel_drops for server in evidence.servers), *evidence.client_drops.values()]
    if evidence.interrupted or evidence.aborted_by is not None or evidence.deaths or any(dropped):
        return  # told already, and reason enough
    groups = {group.name: group for group in evidence.groups if not group.counts.unfinished}
    for truth in (truth for relay in evidence.relays for truth in relay.groups if truth.group in groups):
        group = groups[truth.group]
        off = max(
            abs(truth.lost_up + truth.lost_down - group.counts.lost),
            (group.lost_up or 0) - truth.lost_up,
            (group.lost_down or 0) - truth.lost_down,
            abs(truth.duplicate - group.duplicate),
        )
        if off > max(RELAY_OFF, RELAY_OFF_SHARE * truth.requests):
            lost = truth.lost_up + truth.lost_down
            yield (
                "suspect",
                f"of the requests of {truth.group} the relay saw {lost:,} lost ({truth.lost_up:,} on the way up) and "
                f"{truth.duplicate:,} duplicates, and the clients counted {group.counts.lost:,} "
                f"({'-' if group.lost_up is None else f'{group.lost_up:,}'} up) and {group.duplicate:,}; use a longer "
                "timeout if replies come long after it, or else offer less load",
            )


def other_load_ran(evidence: Evidence) -> Iterator[Finding]:
    """Other processes take turns on the processors that the run is measured with."""
    share, load, cpus = evidence.other_cpu_share, evidence.load_average, evidence.cpus
    if share is not None:
        if share >= OTHER_CPU_SHARE:
            yield (
                "suspect",
                f"other processes used {share:.0%} of this machine's processors during the run: the load and the "
                "server had to wait for them; stop them, and run again",
            )
    elif load is not None and cpus is not None and load > cpus:
        processors = "1 processor" if cpus == 1 else f"{cpus:,} processors"
        yield (
            "suspect",
            f"the load average was {load:.1f} on {processors} when the run began: other processes were at work; stop "
            "them, and run again",
        )


def time_was_stolen(evidence: Evidence) -> Iterator[Finding]:
    """On a virtual machine the host may give the processors to others, and no clock inside tells."""
    if evidence.steal_share is not None and evidence.steal_share >= STEAL_SHARE:
        yield (
            "suspect",
            f"the host of this virtual machine gave {evidence.steal_share:.1%} of its processors' time to others "
            "during the run: waits that no process here can see are in the times; run again on a quieter host",
        )


def replies_could_not_be_told(evidence: Evidence) -> Iterator[Finding]:
    """Without numbers, a late reply looks like the next one's."""
    for group, replies in evidence.ambiguous.items():
        if replies > 0:
            yield (
                "suspect",
                f"{replies:,} replies to {group} came while earlier requests were past their timeout, and nothing in "
                "them tells which they answer: RTTs may be too short; use a longer timeout, or the envelope format",
            )


def clock_stepped(evidence: Evidence) -> Iterator[Finding]:
    """Somebody set the clock, or the machine slept: nothing here is timed by it, but a log or a capture is."""
    step = evidence.clock_step_s
    if step is not None and abs(step) > CLOCK_STEP_S:
        yield (
            "suspect",
            f"the wall clock moved by {step:+,.1f} s against the monotonic clock during the run: it was set, or the "
            "machine slept. RTTs are unaffected, since the monotonic clock times them; run again if the time of day "
            "matters",
        )


def too_short_for_its_warmup(evidence: Evidence) -> Iterator[Finding]:
    """Who warms up for longer than they measure threw most of the run away."""
    if evidence.warmup_s > evidence.duration_s:
        yield (
            "suspect",
            f"the warm-up of {evidence.warmup_s:g} s was longer than the {evidence.duration_s:g} s that were "
            "measured; use a longer duration, or a shorter warm-up",
        )


def percentile_was_withheld(evidence: Evidence) -> Iterator[Finding]:
    """A percentile takes 10 samples beyond it; a group that was answered less often than that has none to show."""
    alike: dict[tuple[tuple[str, int], ...], list[GroupResult]] = {}
    for group in evidence.groups:
        rtt = group.rtt
        values = (rtt.p50_s, rtt.p90_s, rtt.p99_s)
        missing = tuple(each for each, value in zip(_SAMPLES, values, strict=True) if value is None)
        if missing and group.counts.ok + group.counts.late:
            alike.setdefault(missing, []).append(group)
    for missing, groups in alike.items():
        numbers = [group.rtt.n for group in groups]
        answers = "1 answer" if numbers == [1] else f"{_listed([f'{n:,}' for n in numbers])} answers"
        takes = " and ".join(f"{name} takes {takes:,}" for name, takes in (missing[:1] + missing[1:][-1:]))
        advice = "run longer, or offer more load" if any(numbers) else "use a longer timeout"
        shown = _listed([name for name, _ in missing])
        of = _listed([group.name for group in groups])
        yield "suspect", f"{shown} of {of} withheld: {answers} came in time, and {takes}; {advice}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _skipped_many(group: GroupResult) -> bool:
    """And not because clients had no place, or nobody answered, which is told as that."""
    if group.unregistered or not _was_answered(group):
        return False
    return group.counts.skipped > SKIPPED_SHARE * group.counts.planned


def _was_answered(group: GroupResult) -> bool:
    return group.counts.ok + group.counts.late + group.counts.corrupt > 0


def _more_room(buffer: Buffer | None) -> str:
    """What to do for a larger buffer. Linux gives twice the limit, and counts its bookkeeping in it."""
    how_far = f" to {-(-buffer.wanted // 2)}" if buffer is not None and buffer.is_cut else ""
    return f"raise net.core.rmem_max{how_far}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"
