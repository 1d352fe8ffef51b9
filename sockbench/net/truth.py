"""What really became of each request, as a relay saw it: the ground truth that clients' counts are held against. Pure.

It reads enveloped datagrams as they came to the relay, is told what the relay did to each copy, and knows nothing of
what the clients think. A header that was changed names no request, so such a copy counts as lost to its request, and as
a stray where it is delivered. Memory does not grow with the run: what is older than any reply can be is counted.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from sockbench.errors import BadMessage
from sockbench.model.message import ASKING, Kind, Message
from sockbench.model.relay import Cause, Direction, GroupTruth
from sockbench.wire import FORMATS, HEADER_SIZE, is_envelope
from sockbench.wire.token import envelope_in, is_sealed

NS = 1_000_000_000
PATIENCE = 30 * NS
"""Nanoseconds beyond its timeout after which an answered request is counted; a copy that comes later still is not."""
REMEMBERED = 4096
"""Replies, and requests, that were changed on their way and are still to be told of."""
UNANSWERED = 8192
"""Requests without a reply that are remembered, however old, as a server may stand still for longer than any link; some
5 MB of them.
"""
CLIENTS = 65_536
"""Clients whose highest answered request is remembered: all that are there, and those who left last."""

_ENVELOPE = FORMATS["envelope"]
_ANSWERS = ASKING | {Kind.REPLY, Kind.REJECTED}  # a program that sends back what it gets answers, too
_COUNTS = tuple(each.name for each in fields(GroupTruth) if each.name != "group")


class TruthGroup(NamedTuple):
    """A group whose requests are counted. `place` is that of its first client among all clients of the run."""

    name: str
    place: int
    clients: int
    timeout: int  # ns


@dataclass(slots=True)
class _Request:
    """One request; times in ns of the relay's clock."""

    client: int
    number: int
    group: TruthGroup
    is_measured: bool
    seen: int  # when its first copy reached the relay
    came: bool = False  # a copy was delivered to the server that still names it
    answers: list[bool] = field(default_factory=list)  # the server is to answer these copies: was one changed?
    fate: str | None = None  # of the first reply that was delivered
    took: int = 0
    duplicates: int = 0
    reordered: bool = False


Witness = Callable[[int, int, str, int, bool, int], None]
"""Hears of each request when it is counted: client, number, fate, further replies, whether its reply was reordered, and
how long the relay saw it on its way (ns; 0 when no reply was delivered).
"""


class Truth:
    """The requests of the clients with ids from `first_id` on, of which there are `clients` places."""

    def __init__(
        self,
        groups: Sequence[TruthGroup],
        *,
        first_id: int,
        clients: int,
        patience: int = PATIENCE,
        witness: Witness | None = None,
    ) -> None:
        self._groups = groups
        self._first_id = first_id
        self._clients = clients
        self._patience = patience
        self._witness = witness
        # Ordered: finding the first key of a plain dict takes a walk over all that were deleted before it.
        self._requests: OrderedDict[tuple[int, int], _Request] = OrderedDict()
        self._unanswered: OrderedDict[tuple[int, int], _Request] = OrderedDict()  # as old, and they may be late still
        self._spoiled: OrderedDict[int, bytes] = OrderedDict()  # replies on their way that answer a changed request
        self._texts: deque[_Request] = deque(maxlen=REMEMBERED)  # their first byte was changed: texts to a server
        self._highest: OrderedDict[int, int] = OrderedDict()  # answered, by client
        self._counts = {group.name: dict.fromkeys(_COUNTS, 0) for group in groups}

    # What the relay tells

    def arrived(self, way: Direction, original: bytes, now: int) -> None:
        """A datagram reached the relay."""
        message = _read(original)
        if message is None or message.number == 0:
            return
        key = message.client, message.number
        if way == "up" and message.kind in ASKING:
            group = self._group(message.client)
            if group is not None and key not in self._requests:
                self._count_old(now)
                self._requests[key] = _Request(*key, group, message.kind == Kind.REQUEST, now)
        elif way == "down" and message.kind in _ANSWERS:
            request = self._find(message)
            if request is not None and request.answers and request.answers.pop(0):
                self._spoiled[id(original)] = original  # which is kept, so that no other has its id
                if len(self._spoiled) > REMEMBERED:
                    self._spoiled.popitem(last=False)

    def delivered(self, way: Direction, original: bytes, corrupt_at: int | None, now: int) -> None:
        """A copy was sent on, the byte at `corrupt_at` changed unless that is None."""
        message = _read(original)
        is_proven = is_sealed(original)  # of such a message no byte can change, and the server takes no copy
        is_whole = corrupt_at is None or (corrupt_at >= HEADER_SIZE and not is_proven)
        if way == "up":
            if message is not None and message.kind in ASKING:
                self._to_server(message, corrupt_at, is_whole, is_proven)
        elif message is None:
            self._astray(self._texts.popleft() if self._texts else None)
        elif not is_whole:
            self._astray(self._find(message))
        elif message.kind in _ANSWERS and message.number:
            self._to_client(message, corrupt_at is not None or id(original) in self._spoiled, now)

    def dropped(self, way: Direction, original: bytes, cause: Cause, now: int) -> None:
        """A copy will never be sent on: what is not delivered is lost, whatever the cause."""

    # What it means

    def _find(self, message: Message) -> _Request | None:
        key = message.client, message.number
        return self._requests.get(key) or self._unanswered.get(key)

    def _astray(self, request: _Request | None) -> None:
        """What was sent on to a client names no request; `request` is what it would have answered."""
        if request is not None and request.is_measured:
            self._counts[request.group.name]["stray"] += 1

    def _to_server(self, message: Message, corrupt_at: int | None, is_whole: bool, is_proven: bool) -> None:
        request = self._find(message)
        if request is None or (is_proven and (request.came or not is_whole)):
            return
        if is_whole:
            request.came = True
            request.answers.append(corrupt_at is not None)
        elif corrupt_at == 0:
            self._texts.append(request)

    def _to_client(self, message: Message, is_spoiled: bool, now: int) -> None:
        client, number = message.client, message.number
        request = self._find(message)
        if request is None:
            return
        if request.fate is not None:
            request.duplicates += 1
            return
        request.took = now - request.seen
        if message.kind == Kind.REJECTED:
            request.fate = "refused"
        elif is_spoiled:
            request.fate = "corrupt"
        else:
            request.fate = "late" if request.took > request.group.timeout else "ok"
        highest = self._highest.get(client, 0)
        request.reordered = number < highest
        self._highest[client] = max(number, highest)
        self._highest.move_to_end(client)
        if len(self._highest) > max(CLIENTS, self._clients):
            self._highest.popitem(last=False)

    def _group(self, client: int) -> TruthGroup | None:
        """Whose client is it? Ids count up, and over again for those who take the place of others."""
        place = (client - self._first_id) % 2**32 % self._clients
        return next((group for group in self._groups if 0 <= place - group.place < group.clients), None)

    def _count_old(self, now: int) -> None:
        while self._requests:
            key = next(iter(self._requests))
            request = self._requests[key]
            if now - request.seen < self._patience + request.group.timeout:
                return
            del self._requests[key]
            if request.fate is not None:
                self._count(request)
                continue
            self._unanswered[key] = request
            if len(self._unanswered) > UNANSWERED:
                self._count(self._unanswered.popitem(last=False)[1])

    def _count(self, request: _Request) -> None:
        fate = request.fate or ("lost_down" if request.came else "lost_up")
        if self._witness is not None:
            self._witness(request.client, request.number, fate, request.duplicates, request.reordered, request.took)
        if not request.is_measured:
            return
        counts = self._counts[request.group.name]
        counts["requests"] += 1
        counts[fate] += 1
        counts["duplicate"] += request.duplicates
        counts["reordered"] += request.reordered

    def finish(self) -> tuple[GroupTruth, ...]:
        """The run is over: what is not delivered by now is lost."""
        for request in (*self._unanswered.values(), *self._requests.values()):
            self._count(request)
        self._unanswered.clear()
        self._requests.clear()
        return tuple(GroupTruth(group.name, **self._counts[group.name]) for group in self._groups)


def _read(datagram: bytes) -> Message | None:
    if not is_envelope(datagram):
        return None
    try:
        return _ENVELOPE.datagram(envelope_in(datagram))
    except BadMessage:
        return None
