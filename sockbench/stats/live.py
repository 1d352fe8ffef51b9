"""What went on lately: of each half second a count and the round-trip times, of each second a rate. Pure.

It decides how long `now` is, and keeps nothing that grows with the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sockbench.model.live import Pace
from sockbench.stats.histogram import Histogram
from sockbench.stats.summary import percentiles_s
from sockbench.stats.tally import Tally

SLOT_S = 0.5
NOW_SLOTS = 2
"""`now` is the last second."""
MOST_SLOTS = 20
"""Of a percentile it is as much longer as the sample needs, but no more than this: 10 s."""
MOST_RATES = 60
"""Seconds whose rates are kept."""


@dataclass(slots=True)
class Slot:
    """Half a second of a group."""

    went_out: int = 0
    rtt: Histogram = field(default_factory=Histogram)

    def add(self, went_out: int, rtt: Histogram) -> None:
        """More of it: of another worker, or another group."""
        self.went_out += went_out
        self.rtt.merge(rtt)


class Recent:
    """The last seconds of the groups of one run, and of all together, which has the name None."""

    def __init__(self, groups: Sequence[str]) -> None:
        self._names: tuple[str | None, ...] = (*groups, None)
        self._open: dict[int, list[Mapping[str, Tally]]] = {}  # half seconds that not every worker has told of
        self._slots: deque[dict[str | None, Slot]] = deque(maxlen=MOST_SLOTS)
        self._rates: dict[str | None, deque[float]] = {name: deque(maxlen=MOST_RATES) for name in self._names}
        self._first_half: dict[str | None, Slot] | None = None
        self._sent = dict.fromkeys(self._names, 0)
        self._closed = 0

    def add(self, slot: int, tallies: Mapping[str, Tally], workers: int) -> None:
        """One worker's half second number `slot`, by group. It is known when `workers` have told of it."""
        if slot < self._closed:  # it comes too late to be news
            return
        heard = self._open.setdefault(slot, [])
        heard.append(tallies)
        if len(heard) >= workers or len(self._open) > MOST_SLOTS:
            for number in sorted(number for number in self._open if number <= slot):
                self._close(number, self._open.pop(number))

    def _close(self, number: int, told: Iterable[Mapping[str, Tally]]) -> None:
        slots = {member: Slot() for member in self._names}
        for tallies in told:
            for name, tally in tallies.items():
                for kept in (slots[name], slots[None]):
                    kept.add(tally.went_out, tally.rtt)
        self._slots.append(slots)
        self._closed = number + 1
        for member, slot in slots.items():
            self._sent[member] += slot.went_out
        if number % 2 == 0:
            self._first_half = slots
        elif self._first_half is not None:
            for member, slot in slots.items():
                self._rates[member].append(self._first_half[member].went_out + slot.went_out)

    def now(self, name: str | None) -> Pace:
        """Its rate over the last second, and its percentiles over the shortest time, from that to 10 s, that tells."""
        lately = list(self._slots)[-NOW_SLOTS:]
        if not lately:
            return Pace()
        rate = sum(slots[name].went_out for slots in lately) / (len(lately) * SLOT_S)
        found: list[float | None] = [None, None]
        whole = Histogram()
        for back, slots in enumerate(reversed(self._slots), start=1):
            whole.merge(slots[name].rtt)
            if back < len(lately):
                continue
            for place, share in enumerate(((50, 100), (99, 100))):
                if found[place] is None and whole.supports(*share):
                    found[place] = percentiles_s(whole, share)[0]
            if found[1] is not None:
                break
        return Pace(rate, *found)

    def so_far(self, name: str | None, rtt: Histogram) -> Pace:
        """Its rate since the measurement began, and the percentiles of `rtt`, which has all of its round-trip times."""
        elapsed = self._closed * SLOT_S
        return Pace(self._sent[name] / elapsed if elapsed else None, *percentiles_s(rtt, (50, 100), (99, 100)))

    def rates(self, name: str | None) -> tuple[float, ...]:
        """Its requests per second, one a second, the newest last."""
        return tuple(self._rates[name])
