"""What the workers told, put together: tallies merged, exactly, into the run that is saved and shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sockbench.model.plan import Group, Plan, Server
from sockbench.model.result import GroupResult, Interval, Run, ServerResult
from sockbench.net.addresses import show
from sockbench.run.messages import Addresses, Beat, GroupEnd, WorkerEnd
from sockbench.stats.summary import interval, summarize
from sockbench.stats.tally import Tally, merged

ALL = "all"


@dataclass(slots=True)
class Collection:
    """Everything heard from the workers of one run."""

    plan: Plan
    beats: dict[tuple[int, str], Tally] = field(default_factory=dict)  # (interval, group)
    ends: list[WorkerEnd] = field(default_factory=list)
    servers: tuple[ServerResult, ...] = ()
    deaths: list[str] = field(default_factory=list)

    def add_beat(self, beat: Beat) -> None:
        """One worker's tallies of one interval."""
        for group, tally in beat.tallies.items():
            self.beats.setdefault((beat.number, group), Tally()).merge(tally)

    @property
    def elapsed_s(self) -> float:
        """Seconds from the end of the warm-up to the end of the last worker's drain."""
        return max((end.elapsed_s for end in self.ends), default=float(self._seconds))

    @property
    def _seconds(self) -> int:
        return max((number + 1 for number, _ in self.beats), default=0)

    def run(self) -> Run:
        """The run, as it is saved."""
        return Run(
            variant={},
            repetition=1,
            warmup_s=self.plan.warmup,
            duration_s=self.plan.duration,
            elapsed_s=self.elapsed_s,
            groups=tuple(self._group(group) for group in self.plan.groups),
            servers=self.servers,
            intervals=tuple(self._intervals()),
        )

    def everything(self) -> GroupResult:
        """All groups as one, for thresholds that name none."""
        names = [group.name for group in self.plan.groups]
        return self._summary(ALL, "", self.plan.groups[0], names)

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
                found[name] = found.get(name, 0) + int(getattr(group, field))
        return found

    @property
    def busy(self) -> float:
        """The largest share of the time that a worker spent on a processor."""
        return max((end.busy for end in self.ends), default=0.0)

    def interval_tallies(self) -> Iterable[tuple[str, float, float, Tally]]:
        """(group, start, end, tally) of each interval, in order; times in seconds after the warm-up."""
        for (number, group), tally in sorted(self.beats.items(), key=lambda item: item[0][0]):
            if tally.is_empty:
                continue
            yield group, float(number), min(number + 1.0, max(self.elapsed_s, number)), tally

    def _intervals(self) -> Iterable[Interval]:
        for group, start, end, tally in self.interval_tallies():
            yield interval(group, start, end, tally)

    def _group(self, group: Group) -> GroupResult:
        server = group.server if group.target is None else group.target.url
        return self._summary(group.name, server or "", group, [group.name])

    def _summary(self, name: str, server: str, group: Group, names: list[str]) -> GroupResult:
        tally = merged(tally for (_, member), tally in self.beats.items() if member in names)
        ends = [end.groups[member] for end in self.ends for member in names if member in end.groups]
        lost = tally.counts().lost
        up, down = _direction(ends, lost)
        jitter_clients = sum(end.jitter_clients for end in ends)
        return summarize(
            name=name,
            server=server,
            transport=group.transport,
            clients=sum(member.count for member in self.plan.groups if member.name in names),
            unregistered=sum(end.unregistered for end in ends),
            tally=tally,
            warmup=merged(end.warmup for end in ends),
            elapsed_s=self.elapsed_s,
            lost_up=up,
            lost_down=down,
            churned=sum(end.churned for end in ends),
            rfc3550_s=sum(end.jitter_sum_s for end in ends) / jitter_clients if jitter_clients else None,
        )


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


def _direction(ends: list[GroupEnd], lost: int) -> tuple[int | None, int | None]:
    """Which way the lost requests were lost, as far as replies told; None when nothing is known of any."""
    if not lost:
        return 0, 0
    up = sum(end.lost_up or 0 for end in ends)
    down = sum(end.lost_down or 0 for end in ends)
    return (up, down) if up + down else (None, None)
