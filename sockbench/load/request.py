"""What a client machine hands to its driver, and what it is told by whoever knows what a reply should say."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sockbench.model.outcome import Outcome

Judge = Callable[[bytes, bytes, int | None], Outcome]
"""From (request, reply, the client's registered number) to OK, CORRUPT or REFUSED."""


class Request(NamedTuple):
    """Bytes to send now. `number` is 0 for a registration."""

    number: int
    data: bytes
