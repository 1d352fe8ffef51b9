"""A child process as the conductor sees it: orders go in, words come out, and its death is noticed."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from sockbench.errors import RunError
from sockbench.run.messages import KINDS, FromChild, Role, ToChild
from sockbench.run.pipes import Unpacker, pack
from sockbench.run.spares import Spares, Started, start

PATIENCE = 2.0
"""Seconds that a child has to end by itself once it has nothing more to do."""
_PIECE = 65_536


class ChildDied(Exception):  # noqa: N818 - what happened, not an error of anyone's
    """The child ended before it had said its last word; the text says how."""


class Child:
    """A running child process."""

    def __init__(self, started: Started) -> None:
        self.pid = started.process.pid
        self._process = started.process
        self._stdin = trio.lowlevel.FdStream(started.orders)
        self._stdout = trio.lowlevel.FdStream(started.words)
        self._unpacker = Unpacker()
        self._ordering = trio.Lock()  # two tasks may have something to say at once
        self._heard: list[FromChild] = []

    async def order(self, message: ToChild) -> None:
        """Tell the child. A dead child hears nothing; `hear` says that it died."""
        try:
            async with self._ordering:
                await self._stdin.send_all(pack(message))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def hear(self) -> FromChild:
        """The next word of the child. ChildDied when there will be none."""
        while not self._heard:
            data = await self._stdout.receive_some(_PIECE)
            if not data:
                raise ChildDied(describe_exit(await self.wait()))
            self._heard += self._unpacker.feed(bytes(data))
        return self._heard.pop(0)

    async def wait(self) -> int:
        """The exit code, when it has ended."""
        return await trio.to_thread.run_sync(self._process.wait, abandon_on_cancel=True)

    async def end(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        await self._stdin.aclose()
        await self._stdout.aclose()


def describe_exit(code: int) -> str:
    """How a process ended: `killed by SIGKILL`, `exit code 1`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


@asynccontextmanager
async def start_child(role: Role, spares: Spares | None = None) -> AsyncIterator[Child]:
    """A child that lives no longer than the block, and no longer than this process either: a spare one, or a new one.

    RunError when this machine starts none.
    """
    try:
        started = start(role) if spares is None else spares.take(role) or spares.start(role)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"cannot start the {KINDS[role]} process: {reason}") from None
    child = Child(started)
    try:
        yield child
        with trio.move_on_after(PATIENCE):
            await child.wait()
    finally:
        with trio.CancelScope(shield=True):
            await child.end()
