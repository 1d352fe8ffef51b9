"""`sockbench send` without its screen: one link, messages one after the other, replies as they come.

A connection that the server closed is made anew for the next message. When it turns out to be closed once a message has
gone out, that goes out a second time, and the listener is told. What belongs to what is `load/talk.py`'s.
"""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import Protocol

import trio

from sockbench.errors import BadMessage
from sockbench.load.talk import Heard, Talk
from sockbench.model.message import Decoder, Format
from sockbench.model.plan import Transport
from sockbench.net.addresses import Endpoint, explain
from sockbench.net.links import Link, connect
from sockbench.wire import Unproven


class Listener(Protocol):
    """Who hears what happens."""

    def greeted(self, words: bytes) -> None:
        """The server spoke first."""

    def sent(self, message: bytes) -> None:
        """A message went out."""

    def resent(self, message: bytes) -> None:
        """It went out a second time, on a new connection: the one before was closed before the reply."""

    def heard(self, heard: Heard) -> None:
        """A reply came."""

    def unanswered(self, message: bytes, why: str) -> None:
        """A message has no reply, so far or for good."""


@dataclass(slots=True)
class Ends:
    """How many messages went out `twice`, and of those without a reply, how many were `refused` or `failed`.

    refused: by the peer or its host, or the connection was reset before any reply. failed: it broke in any other way.
    """

    twice: int = 0
    refused: int = 0
    failed: int = 0


class _Waiting:
    """The message that was said last, until it is settled; `why` says why it has no reply."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.settled = trio.Event()
        self.why: str | None = None
        self.refused = False


class Speaker:
    """One person's side of a conversation with `endpoint`; `nursery` holds the task that listens."""

    def __init__(
        self,
        talk: Talk,
        wire: Format,
        endpoint: Endpoint,
        transport: Transport,
        *,
        timeout: float,
        greeted: bool,
        listener: Listener,
        nursery: trio.Nursery,
    ) -> None:
        self._talk = talk
        self._wire = wire
        self._endpoint = endpoint
        self._transport: Transport = transport
        self._timeout = timeout
        self._greeted = greeted and transport == "tcp"
        self._listener = listener
        self._nursery = nursery
        self._link: Link | None = None
        self._waiting = _Waiting(b"")
        self._answered = False  # on this link
        self.ends = Ends()

    async def open(self) -> Link:
        """The link, a new one when there is none. OSError when there is none to be had."""
        if self._link is not None:
            return self._link
        link: Link | None = None
        with trio.move_on_after(self._timeout):
            link = await connect(self._endpoint, self._transport, self._nursery)
        if link is None:
            raise OSError(errno.ETIMEDOUT, "no answer to the connection request")
        if self._greeted:
            self._listener.greeted(await self._hear_greeting(link))
        self._link = link
        self._answered = False
        self._nursery.start_soon(self._listen, link)
        return link

    def close(self) -> None:
        """Give the link back: nothing more will be said."""
        if self._link is not None:
            self._link.close()
            self._link = None

    async def _hear_greeting(self, link: Link) -> bytes:
        words: bytes | None = None
        try:
            with trio.move_on_after(self._timeout):
                while (words := link.poll()) is None:
                    await link.readable()
        finally:
            if not words:
                link.close()
        if not words:
            raise OSError(0, f"the server did not speak first within {self._timeout:g} s")
        return words

    async def ask(self, message: bytes) -> None:
        """Send a message and wait for its reply, or for the timeout."""
        was_open = self._link is not None
        self._listener.sent(message)
        with trio.move_on_after(self._timeout):
            waiting = await self._say(message)
            if waiting.why is not None and was_open and self._transport == "tcp":
                # The server may have closed after its last reply, and we have sent before we knew: once more, anew.
                self._talk.unsay()
                await self._say(message, again=True)
        waiting = self._waiting
        if not waiting.settled.is_set():
            waiting.why = f"no reply within {self._timeout:g} s"
        elif waiting.why is not None:
            self.ends.refused += waiting.refused
            self.ends.failed += not waiting.refused
        if waiting.why is not None:
            self._listener.unanswered(message, waiting.why)

    async def _say(self, message: bytes, *, again: bool = False) -> _Waiting:
        self._waiting = _Waiting(message)
        try:
            link = await self.open()
        except OSError as error:
            self._talk.sent += 1  # it was to go out, and could not
            self._waiting.why = explain(error)
            self._waiting.refused = self._is_refusal(error)
            self._waiting.settled.set()
            return self._waiting
        if again:
            self.ends.twice += 1
            self._listener.resent(message)
        self._send(link, self._talk.say(message, time.perf_counter_ns()))
        await self._waiting.settled.wait()
        return self._waiting

    def _send(self, link: Link, data: bytes) -> None:
        try:
            link.send(data)
        except OSError as error:
            self._lose(link, explain(error), refused=self._is_refusal(error))

    async def _listen(self, link: Link) -> None:
        """Hear all that comes, until the stream ends."""
        decoder = self._wire.decoder()
        while True:
            try:
                data = link.poll()
            except OSError as error:
                self._lose(link, explain(error), refused=self._is_refusal(error))
                if link.stream:
                    return
                continue
            if data is None:
                try:
                    await link.readable()
                except trio.ClosedResourceError:
                    return
            elif link.stream and not data:
                self._lose(link, "the server closed the connection")
                return
            else:
                self._hear(link, decoder, data)

    def _hear(self, link: Link, decoder: Decoder, data: bytes) -> None:
        try:
            messages = decoder.feed(data) if link.stream else [self._wire.datagram(data)]
        except BadMessage as error:
            if isinstance(error, Unproven) and not link.stream:
                return  # from anybody: the server's own may come still
            self._lose(link, f"what came is no message: {error}")
            return
        for message in messages:
            heard = self._talk.hear(message, time.perf_counter_ns())
            self._answered = True
            self._listener.heard(heard)
            if heard.message is not None and heard.message is self._waiting.message:
                self._waiting.settled.set()

    def _is_refusal(self, error: OSError) -> bool:
        reset = error.errno == errno.ECONNRESET and not self._answered
        return reset or error.errno == errno.ECONNREFUSED

    def _lose(self, link: Link, why: str, *, refused: bool = False) -> None:
        """The link broke, or the peer's host refused: what was said will not be answered."""
        if link is not self._link:
            return  # an old one, long given up
        if link.stream:
            link.close()
            self._link = None
        self._talk.give_up(time.perf_counter_ns())
        if not self._waiting.settled.is_set():
            self._waiting.why = why
            self._waiting.refused = refused
            self._waiting.settled.set()
