"""The entry of a child process: `python -P -m sockbench.run.child servers|worker`, started by the conductor alone.

Standard input and output are the pipes to the conductor. A thread listens to the conductor and ends the process at
once when its pipe closes, so no child outlives it, however it ended and whatever the child is doing. Whatever a
service prints goes to standard error.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

import trio

from sockbench.errors import RunError
from sockbench.run.causes import innermost
from sockbench.run.messages import Failed, FromChild, Role, ToChild
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


def _listen(source: int, outbox: trio.MemorySendChannel[ToChild], token: trio.lowlevel.TrioToken) -> None:
    """Pass on every order, and end the process when there will be no more."""
    unpacker = Unpacker()
    while data := os.read(source, _PIECE):
        for message in unpacker.feed(data):
            try:
                token.run_sync_soon(outbox.send_nowait, message)
            except trio.RunFinishedError:
                return
    os._exit(ORPHANED)


async def _run(role: Role, source: int, sink: int) -> None:
    send, receive = trio.open_memory_channel[ToChild](math.inf)
    threading.Thread(
        target=_listen, args=(source, send, trio.lowlevel.current_trio_token()), name="leash", daemon=True
    ).start()
    conductor = Conductor(receive, sink)
    try:
        await _program(role)(conductor)
    except (RunError, ExceptionGroup) as error:
        cause = innermost(error)
        if not isinstance(cause, RunError):
            raise
        await conductor.say(Failed(str(cause)))


def _program(role: Role) -> Callable[[Conductor], Awaitable[None]]:
    if role == "servers":
        from sockbench.run.server_process import run_servers

        return run_servers
    from sockbench.run.worker import run_worker

    return run_worker


def main() -> None:
    """Run the role named on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the conductor decides what Ctrl-C means
    role: Role = "servers" if sys.argv[1] == "servers" else "worker"
    source, sink = os.dup(0), os.dup(1)
    os.set_blocking(sink, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    trio.run(_run, role, source, sink)


if __name__ == "__main__":
    main()
