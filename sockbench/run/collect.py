"""What the workers told, put together: tallies merged, exactly, into the run that is saved and shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sockbench.model.experiment import called
from sockbench.model.outcome import Outcome
from sockbench.model.plan import Group, Plan, Server
from sockbench.model.relay import RelayResult
from sockbench.model.result import Buffer, GroupResult, Interval, Run, ServerResult, TcpResult, ThresholdResult
from sockbench.net.addresses import show
from sockbench.net.buffers import client_room
from sockbench.run.messages import Addresses, Beat, GroupEnd, WorkerEnd
from sockbench.stats.connections import ConnectionTally
from sockbench.stats.hlog import LogLine, dump_line
from sockbench.stats.summary import interval, summarize
from sockbench.stats.tally import Tally, merged
from sockbench.stats.thresholds import hopeless, judge

ALL = "all"


@dataclass(slots=True)
class Collection:
    """Everything heard from the `workers` of one run. Of each second a row and the text of its histograms are kept, of
    a request nothing.
    """

    plan: Plan
    workers: int = 1
    variant: dict[str, str] = field(default_factory=dict)
    repetition: int = 1
    offset_s: float = 0.0  # of this run's measurement in the log of all runs
    tallies: dict[str, Tally] = field(default_factory=dict)  # by group, of the whole measurement
    ends: list[WorkerEnd] = field(default_factory=list)
    servers: tuple[ServerResult, ...] = ()
    relays: tuple[RelayResult, ...] = ()
    server_busy: float | None = None
    relay_busy: float | None = None
    still: dict[str, float] = field(default_factory=dict)  # by kind of process, the longest that one stood still
    deaths: list[str] = field(default_factory=list)
    aborted: ThresholdResult | None = None  # the one that ended the run before its time
    namespace_drops: int | None = None  # what all UDP sockets together dropped; stands where one does not say its own
    intervals: list[Interval] = field(default_factory=list)  # those that every worker has told of, and their histograms
    log_lines: list[str] = field(default_factory=list)
    _open: dict[int, list[Beat]] = field(default_factory=dict)  # what was told of the others
    _last: int = -1
    _told_s: float = 0.0  # of the measurement, by any worker

    def add_beat(self, beat: Beat) -> None:
        """One worker's tallies of one interval, or of the first half of it."""
        for group, tally in beat.tallies.items():
            self.tallies.setdefault(group, Tally()).merge(tally)
        self._open.setdefault(beat.number, []).append(beat)
        self._last = max(self._last, beat.number)
        self._told_s = max(self._told_s, beat.number + (0.5 if beat.is_half else 1.0))
        for number in sorted(self._open):
            whole = sum(not told.is_half for told in self._open[number])
            if whole < self.workers or number == self._last:
                break  # the last one may be shorter than a second
            self._close(number)

    def _close(self, number: int) -> None:
        """All is told of an interval."""
        beats = self._open.pop(number)
        start, end = float(number), min(number + 1.0, max(self.elapsed_s, number))
        for group in self.plan.groups:
            tally = merged(beat.tallies[group.name] for beat in beats if group.name in beat.tallies)
            if not tally.is_empty:
                self.intervals.append(interval(group.name, start, end, tally))
                line = LogLine(self._tag(group), self.offset_s + start, end - start, tally.rtt)
                self.log_lines.append(dump_line(line))

    def _tag(self, group: Group) -> str:
        return f"{called(self.variant)}/{group.name}" if self.variant else group.name

    @property
    def elapsed_s(self) -> float:
        """Seconds from the end of the warm-up to the end of the last worker's drain."""
        return max((end.elapsed_s for end in self.ends), default=self._told_s)

    def run(self) -> Run:
        """The run, as it is saved; nothing more will be told."""
        for number in sorted(self._open):
            self._close(number)
        return Run(
            aborted_by=self.aborted.expression if self.aborted is not None else None,
            variant=self.variant,
            repetition=self.repetition,
            warmup_s=self.plan.warmup,
            duration_s=self.plan.duration,
            elapsed_s=self.elapsed_s,
            groups=tuple(self._group(group) for group in self.plan.groups),
            servers=tuple(map(self._server, self.servers)),
            intervals=tuple(self.intervals),
            relays=self.relays,
        )

    def everything(self) -> GroupResult:
        """All groups as one, for thresholds that name none."""
        names = [group.name for group in self.plan.groups]
        return self._summary(ALL, "", self.plan.groups[0], names)

    def held(self, run: Run) -> tuple[ThresholdResult, ...]:
        """Its thresholds, when all is told. One that ended the run failed, whatever the last answers made of it."""
        found = judge(self.plan.thresholds, run.groups, self.everything())
        return tuple(
            replace(one, ok=False, reason=f"it ended the run after {run.elapsed_s:.1f} s of {run.duration_s:g} s")
            if one.expression == run.aborted_by
            else one
            for one in found
        )

    def hopeless(self) -> ThresholdResult | None:
        """The threshold that may end the run and fails by what is known so far, if any.

        A request past its timeout counts as lost until a late reply comes: else losses would be known at the end only.
        """
        may_end = any(threshold.abort_after is not None for threshold in self.plan.thresholds)
        if not may_end or self.elapsed_s >= self.plan.duration:  # then its end is near, and judges all the same
            return None
        return hopeless(self.plan.thresholds, self.elapsed_s, *self.so_far())

    def so_far(self) -> tuple[list[GroupResult], GroupResult]:
        """The groups, and all as one, by what is known while the run goes on."""
        groups = [self._with_overdue(self._group(group), [group.name]) for group in self.plan.groups]
        return groups, self._with_overdue(self.everything(), [group.name for group in self.plan.groups])

    def overdue(self, names: Iterable[str]) -> int:
        """Requests of these groups past their timeout, of which nobody knows yet whether they are late or lost."""
        known = [self.tallies[name] for name in names if name in self.tallies]
        ended = sum(tally.outcomes[Outcome.LATE] + tally.outcomes[Outcome.LOST] for tally in known)
        return max(0, sum(tally.timed_out for tally in known) - ended)

    def _with_overdue(self, group: GroupResult, names: list[str]) -> GroupResult:
        counts = group.counts
        return replace(group, counts=replace(counts, lost=counts.lost + self.overdue(names)))

    def refusals(self) -> dict[str, str]:
        """Why clients of a group have no place, in the server's words."""
        found: dict[str, str] = {}
        for end in self.ends:
            for name, group in end.groups.items():
                if group.refusal is not None:
                    found[name] = group.refusal
        return found

    def totals(self, field: str) -> dict[str, int]:
        """One of the counts of GroupEnd, by group, over all workers."""
        found: dict[str, int] = {}
        for end in self.ends:
            for name, group in end.groups.items():
                found[name] = found.get(name, 0) + int(getattr(group, field) or 0)
        return found

    @property
    def busy(self) -> float:
        """The largest share of the time that a worker spent on a processor."""
        return max((end.busy for end in self.ends), default=0.0)

    @property
    def start_late_s(self) -> float | None:
        """How long after the agreed start the last worker began; None when none said so."""
        return max((end.late_s for end in self.ends if end.late_s is not None), default=None)

    def _group(self, group: Group) -> GroupResult:
        server = group.server if group.target is None else group.target.url
        summary = self._summary(group.name, server or "", group, [group.name])
        ends = [end.groups[group.name] for end in self.ends if group.name in end.groups]
        return replace(
            summary,
            receive_buffer=_buffer(
                (end.receive_buffer for end in ends), group.socket.receive_buffer or client_room(group)
            ),
            send_buffer=_buffer((end.send_buffer for end in ends), group.socket.send_buffer or 0),
            tcp=_tcp(end.connections for end in ends),
        )

    def _server(self, server: ServerResult) -> ServerResult:
        if server.transport != "udp" or server.kernel_drops is not None or server.received is None:
            return server
        return replace(server, kernel_drops=self.namespace_drops)

    def _client_drops(self, group: Group, ends: list[GroupEnd]) -> int | None:
        """What was dropped at the clients' own sockets; None for streams, and where it is not known."""
        if group.transport != "udp" or not ends:
            return None
        known = [end.kernel_drops for end in ends if end.kernel_drops is not None]
        return sum(known) if len(known) == len(ends) else self.namespace_drops

    def _summary(self, name: str, server: str, group: Group, names: list[str]) -> GroupResult:
        tally = merged(self.tallies[member] for member in names if member in self.tallies)
        ends = [end.groups[member] for end in self.ends for member in names if member in end.groups]
        members = [member for member in self.plan.groups if member.name in names]
        jitter_clients = sum(end.jitter_clients for end in ends)
        return summarize(
            name=name,
            server=server,
            transport=group.transport,
            clients=sum(member.count for member in members),
            unregistered=sum(end.unregistered for end in ends),
            tally=tally,
            warmup=merged(end.warmup for end in ends),
            elapsed_s=self.elapsed_s,
            tells_way=all(_tells_way(member) for member in self.plan.groups if member.name in names),
            churned=sum(end.churned for end in ends),
            rfc3550_s=sum(end.jitter_sum_s for end in ends) / jitter_clients if jitter_clients else None,
            has_kernel_rtt=any(member.timestamps == "kernel" for member in members),
            kernel_drops=self._client_drops(group, ends),
        )


def _buffer(told: Iterable[int | None], wanted: int) -> Buffer | None:
    """What the sockets of a group's clients have, where a worker told."""
    sizes = [size for size in told if size is not None]
    return Buffer(min(sizes), wanted) if sizes else None


def _tcp(told: Iterable[ConnectionTally | None]) -> TcpResult | None:
    """What the kernel told of a group's connections."""
    found = ConnectionTally()
    for connections in told:
        if connections is not None:
            found.merge(connections)
    return found.result()


def unheard(servers: Iterable[Server], addresses: Addresses) -> tuple[ServerResult, ...]:
    """What is known of servers that died before they could report."""
    return tuple(
        ServerResult(
            name=server.name,
            transport=server.transport,
            address=show(addresses[server.name]),
            received=None,
            answered=None,
            rejected=None,
            clients_peak=None,
            kernel_drops=None,
            cpu_s=None,
        )
        for server in servers
    )


def _tells_way(group: Group) -> bool:
    """Whether replies say which requests came before them."""
    return group.format == "envelope" and group.connect == "once"
