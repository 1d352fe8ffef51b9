"""`sockbench send` without its screen: where messages come from, in which rhythm they go, and when it ends."""

from __future__ import annotations

import os
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import trio

from sockbench.errors import RunError
from sockbench.load.arrivals import NS
from sockbench.load.payloads import digits
from sockbench.load.talk import Judge, Talk
from sockbench.model.plan import Target
from sockbench.model.secret import Secret
from sockbench.net.addresses import explain, resolve
from sockbench.net.lines import Lines
from sockbench.net.talk import Ends, Listener, Speaker
from sockbench.run.causes import innermost
from sockbench.run.stops import stop_signals
from sockbench.wire import FORMATS, Token

EXIT_WORD = "exit"
_ERRORS = "surrogateescape"


@dataclass(frozen=True, slots=True)
class Order:
    """What to send, and how.

    Messages come from `messages`, from `digits` (fewest, most) or `count` pings, or, when there is none of them, from
    standard input until it ends or says `exit`. Times in seconds.
    """

    target: Target
    format: str
    judge: Judge
    timeout: float
    interval: float
    code: str | None
    asks_code: bool
    greeted: bool
    messages: tuple[str, ...]
    count: int | None
    digits: tuple[int, int] | None
    seed: int
    token: Secret | None = None  # with the format envelope


@dataclass(frozen=True, slots=True)
class Said:
    """How it ended: `rtts` in seconds, of the replies that came in time; of `ends`, `sockbench.net.talk` tells."""

    sent: int
    late: int
    rtts: tuple[float, ...]
    interrupted: bool
    ends: Ends

    @property
    def answered(self) -> int:
        """Messages answered, in time or late."""
        return len(self.rtts) + self.late

    @property
    def lost(self) -> int:
        """Messages to which no reply came, and no refusal either."""
        return self.sent - self.answered - self.ends.refused - self.ends.failed


Prompt = Callable[[str], None]
"""Shows what is asked for."""


def send(order: Order, listener: Listener, prompt: Prompt) -> Said:
    """Hold the conversation. RunError when the server cannot be reached."""
    try:
        return trio.run(Conversation(order, listener, prompt).hold)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        if isinstance(cause, RunError):
            raise cause from None
        raise


class Conversation:
    """One `sockbench send`."""

    def __init__(self, order: Order, listener: Listener, prompt: Prompt) -> None:
        self._order = order
        self._listener = listener
        self._prompt = prompt
        self._code = order.code
        self._interrupted = False
        self._wire = FORMATS[order.format]
        if order.token is not None:
            self._wire = Token(order.token, time.time_ns, int.from_bytes(os.urandom(6)))
        self._talk = Talk(
            self._wire,
            order.judge,
            ordered=order.target.transport == "tcp",
            timeout=round(order.timeout * NS),
            identity=int.from_bytes(os.urandom(4)),
        )

    async def hold(self) -> Said:
        """From the first message to the last."""
        target = self._order.target
        ends = Ends()
        async with trio.open_nursery() as nursery:
            await nursery.start(self._heed_signals, nursery.cancel_scope)
            endpoint = (await resolve(target.host, target.port, target.transport))[0]
            speaker = Speaker(
                self._talk,
                self._wire,
                endpoint,
                target.transport,
                timeout=self._order.timeout,
                greeted=self._order.greeted,
                listener=self._listener,
                nursery=nursery,
            )
            ends = speaker.ends
            try:
                await self._say_all(speaker)
            finally:
                speaker.close()
            nursery.cancel_scope.cancel()
        talk = self._talk
        return Said(talk.sent, talk.late, tuple(rtt / NS for rtt in talk.rtts), self._interrupted, ends)

    async def _heed_signals(
        self, everything: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        with trio.open_signal_receiver(*stop_signals()) as signals:
            task_status.started()
            await anext(signals)
            self._interrupted = True
            everything.cancel()

    async def _say_all(self, speaker: Speaker) -> None:
        target = self._order.target
        if target.transport == "tcp":
            try:
                await speaker.open()  # so that a server that is not there is known before anything is typed
            except OSError as error:
                raise RunError(f"cannot reach {target.url}: {explain(error)}") from None
        begun = trio.current_time()
        number = 0
        async for text in self._texts():
            if self._order.count is not None or self._order.digits is not None:
                await trio.sleep_until(begun + number * self._order.interval)
            number += 1
            if self._code is not None:
                text = f"({self._code}) : {text}"
            await speaker.ask(text.encode(errors=_ERRORS))

    async def _texts(self) -> AsyncIterator[str]:
        order = self._order
        if order.digits is not None:
            stream = random.Random(order.seed)
            for _ in range(order.count or 1):
                yield digits(stream, *order.digits)
        elif order.count is not None:
            for number in range(order.count):
                yield order.messages[number % len(order.messages)] if order.messages else f"ping {number + 1}"
        elif order.messages:
            for message in order.messages:
                yield message
        else:
            async for line in self._typed():
                yield line

    async def _typed(self) -> AsyncIterator[str]:
        """Lines of standard input; the code first, again until it is not empty."""
        lines = Lines(0)
        while self._order.asks_code and not self._code:
            self._prompt("Code: ")
            line = await lines.next()
            if line is None:
                return
            self._code = line.strip() or None
        while True:
            self._prompt("Message: ")
            line = await lines.next()
            if line is None or line.strip() == EXIT_WORD:
                return
            yield line
