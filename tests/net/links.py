"""A link for tests of drivers: a seeded, lossy, slow way to a responder, in memory and in Trio's own time."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import trio

from sockbench.net.responder import Conversation, Responder


@dataclass
class Weather:
    """What happens to datagrams, by chance, each way. Times in seconds; 1.0 as a chance is certain."""

    loss: float = 0.0
    duplication: float = 0.0
    delay: tuple[float, float] = (0.001, 0.010)
    stream: random.Random = field(default_factory=lambda: random.Random(1))

    def copies(self) -> list[float]:
        """The delay of each copy that arrives."""
        if self.stream.random() < self.loss:
            return []
        number = 2 if self.stream.random() < self.duplication else 1
        return [self.stream.uniform(*self.delay) for _ in range(number)]


class Receiver:
    """The receiving side of a link in memory: what has arrived, and the wait for more."""

    def __init__(self) -> None:
        self._arrived: deque[bytes] = deque()
        self._arrival = trio.Event()

    def poll(self) -> bytes | None:
        return self._arrived.popleft() if self._arrived else None

    async def readable(self) -> None:
        if not self._arrived:
            self._arrival = trio.Event()
            await self._arrival.wait()

    def drops(self) -> int:
        return 0

    def close(self) -> None:
        self._arrived.clear()


class LossyLink(Receiver):
    """Datagrams to a responder and its replies back, through weather."""

    stream = False

    def __init__(self, responder: Responder, weather: Weather, nursery: trio.Nursery, peer: str = "peer") -> None:
        self.sent = 0
        self._peer = peer
        self._responder = responder
        self._weather = weather
        self._nursery = nursery
        super().__init__()

    def send(self, data: bytes) -> None:
        self.sent += 1
        for delay in self._weather.copies():
            self._nursery.start_soon(self._carry, data, delay)

    async def _carry(self, data: bytes, delay: float) -> None:
        await trio.sleep(delay)
        reply = self._responder.datagram(data, self._peer, trio.current_time())
        if reply is None:
            return
        for back in self._weather.copies():
            self._nursery.start_soon(self._deliver, reply, back)

    async def _deliver(self, reply: bytes, delay: float) -> None:
        await trio.sleep(delay)
        self._arrived.append(reply)
        self._arrival.set()


class StreamLink(Receiver):
    """A stream to a conversation, in pieces of random size; it breaks after so many replies."""

    stream = True

    def __init__(
        self, responder: Responder, nursery: trio.Nursery, *, breaks_after: int, seed: int, peer: str = "peer"
    ) -> None:
        self._conversation: Conversation = responder.connection(peer, 0.0)
        self._responder = responder
        self._peer = peer
        self._nursery = nursery
        self._random = random.Random(seed)
        self._left = breaks_after
        super().__init__()

    def send(self, data: bytes) -> None:
        self._nursery.start_soon(self._answer, data)

    async def _answer(self, data: bytes) -> None:
        await trio.sleep(0.001)
        replies = self._conversation.receive(data, trio.current_time())
        while replies:
            cut = self._random.randint(1, len(replies))
            self._arrived.append(replies[:cut])
            replies = replies[cut:]
        self._left -= 1
        if self._left <= 0:
            self._arrived.append(b"")
        self._arrival.set()

    def close(self) -> None:
        super().close()
        self._responder.left(self._peer)
