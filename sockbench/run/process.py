"""A child process as the conductor sees it: orders go in, words come out, and its death is noticed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from sockbench.errors import RunError
from sockbench.run.messages import FromChild, Role, ToChild
from sockbench.run.pipes import Unpacker, pack

PATIENCE = 2.0
"""Seconds that a child has to end by itself once it has nothing more to do."""
_PIECE = 65_536
_KINDS: dict[Role, str] = {"servers": "server", "relays": "relay", "worker": "client"}


class ChildDied(Exception):  # noqa: N818 - what happened, not an error of anyone's
    """The child ended before it had said its last word; the text says how."""


class Child:
    """A running child process."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
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
                raise ChildDied(describe_exit(await self._process.wait()))
            self._heard += self._unpacker.feed(bytes(data))
        return self._heard.pop(0)


def describe_exit(code: int) -> str:
    """How a process ended: `killed by SIGKILL`, `exit code 1`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


@asynccontextmanager
async def start_child(role: Role) -> AsyncIterator[Child]:
    """A child that lives no longer than the block, and no longer than this process either.

    RunError when this machine starts none.
    """
    try:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-P", "-m", "sockbench.run.child", role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is for the conductor alone
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"cannot start the {_KINDS[role]} process: {reason}") from None
    try:
        yield Child(process)
        with trio.move_on_after(PATIENCE):
            await process.wait()
    finally:
        with trio.CancelScope(shield=True):
            if process.poll() is None:
                process.kill()
            await process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    await pipe.aclose()
