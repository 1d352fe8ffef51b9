"""A link driven as a relay drives it, and a witness that writes down all it hears."""

from __future__ import annotations

import random
from collections.abc import Hashable
from dataclasses import dataclass, field

from sockbench.impair.link import Copy, LinkModel
from sockbench.model.plan import Way
from sockbench.model.relay import Cause, Direction, WayCounts

MS = 1_000_000
S = 1_000_000_000


@dataclass
class Notes:
    """What a witness heard, in order."""

    heard: list[tuple[object, ...]] = field(default_factory=list)

    def arrived(self, way: Direction, original: bytes, now: int) -> None:
        self.heard.append(("arrived", way, original, now))

    def delivered(self, way: Direction, original: bytes, corrupt_at: int | None, now: int) -> None:
        self.heard.append(("delivered", way, original, corrupt_at, now))

    def dropped(self, way: Direction, original: bytes, cause: Cause, now: int) -> None:
        self.heard.append(("dropped", way, original, cause, now))


def link(way: Way, seed: int = 1, notes: Notes | None = None) -> LinkModel:
    return LinkModel(way, random.Random(seed), "up", notes)


def send_on(model: LinkModel, now: int) -> list[Copy]:
    """Take what is due and tell that it was sent."""
    due = list(model.release(now))
    for copy in due:
        model.delivered(copy, now)
    return due


def run(
    model: LinkModel, arrivals: list[tuple[int, bytes]], flow: Hashable = "f", until: int = 3600 * S
) -> list[tuple[int, bytes]]:
    """Offer (time, datagram) in order, each release exactly on time; (time, datagram) of all that leaves."""
    left: list[tuple[int, bytes]] = []

    def release(limit: int) -> None:
        while (when := model.next_at()) is not None and when <= limit:
            left.extend((when, copy.data) for copy in send_on(model, when))

    for now, data in arrivals:
        release(now)
        model.offer(now, flow, data)
    release(until)
    return left


def adds_up(counts: WayCounts) -> bool:
    """The equation that holds at any time."""
    came = counts.received + counts.duplicated
    return came == counts.lost + counts.overflowed + counts.unsent + counts.delivered + counts.held
