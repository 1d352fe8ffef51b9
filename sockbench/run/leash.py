"""The conductor, as a child process sees it: orders that come in, words that go out, and its death.

A thread listens, so that a child whose loop is busy or stuck ends with its conductor all the same.
"""

from __future__ import annotations

import math
import os
import threading

import trio

from sockbench.run.messages import FromChild, ToChild
from sockbench.run.pipes import Unpacker, pack

ORPHANED = 3
"""The exit code of a child whose conductor is gone."""
_PIECE = 65_536


class Conductor:
    """The conductor, as a child sees it."""

    def __init__(self, inbox: trio.MemoryReceiveChannel[ToChild], outbox: int) -> None:
        self._inbox = inbox
        self._outbox = outbox

    async def hear(self) -> ToChild:
        """The next order."""
        return await self._inbox.receive()

    async def say(self, message: FromChild) -> None:
        """Tell the conductor. It reads all the time, but the loop that takes the times does not wait for it."""
        rest = memoryview(pack(message))
        while rest:
            try:
                rest = rest[os.write(self._outbox, rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._outbox)
        await trio.lowlevel.checkpoint()


def hold(source: int, sink: int) -> Conductor:
    """The conductor at the other ends of two pipes; from now on this process ends with it."""
    send, receive = trio.open_memory_channel[ToChild](math.inf)
    token = trio.lowlevel.current_trio_token()
    threading.Thread(target=_listen, args=(source, send, token), name="leash", daemon=True).start()
    return Conductor(receive, sink)


def _listen(source: int, outbox: trio.MemorySendChannel[ToChild], token: trio.lowlevel.TrioToken) -> None:
    """Pass on every order, and end the process when there will be no more."""
    unpacker = Unpacker()
    ends_by_itself = False
    try:
        while data := os.read(source, _PIECE):
            for message in unpacker.feed(data):
                token.run_sync_soon(outbox.send_nowait, message)
    except trio.RunFinishedError:
        ends_by_itself = True
    finally:
        if not ends_by_itself:  # nobody is there any more, or nobody who can be understood
            os._exit(ORPHANED)
