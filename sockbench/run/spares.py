"""Children that are started ahead: while this process reads the scenario, they import what they need.

Knows no scenario and no Trio, so that it is there at once. A spare is told nothing; who takes it tells it what to do,
and one that nobody takes is ended with the block. Like every child, it ends by itself when this process does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockbench.run import machine

if TYPE_CHECKING:
    from types import TracebackType

    from sockbench.run.messages import Role


@dataclass(frozen=True, slots=True)
class Started:
    """A child process, and the descriptors of the pipes to it, which belong to whoever holds this."""

    process: subprocess.Popen[bytes]
    orders: int
    words: int

    def end(self) -> None:
        """End it, whatever it does, and close the pipes."""
        self.process.kill()
        self.process.wait()
        os.close(self.orders)
        os.close(self.words)


def start(role: Role, errors: int | None = None) -> Started:
    """A new child process of a run. OSError when this machine starts none."""
    return launch("sockbench.run.child", role, errors=errors)


def launch(module: str, *arguments: str, errors: int | None = None) -> Started:
    """A new child process that runs `module`. OSError when this machine starts none.

    Its standard error is this process's, or the descriptor `errors`.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,  # Ctrl-C in the terminal is for the conductor alone
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        orders = os.dup(process.stdin.fileno())
        try:
            return Started(process, orders, os.dup(process.stdout.fileno()))
        except OSError:  # neither the child nor a pipe is left behind
            process.kill()
            process.wait()
            os.close(orders)
            raise


class Spares:
    """The children started ahead, and the look at the machine taken before the first of them; and what all children of
    a run have for their standard error: the descriptor `errors`, or this process's own.
    """

    def __init__(self, errors: int | None = None) -> None:
        self._errors = errors
        self.before = machine.look()
        self._waiting: list[tuple[Role, Started]] = []

    def add(self, role: Role, count: int = 1) -> None:
        """Start so many. One that cannot be started is left to whoever needs it, who says why."""
        if sys.platform != "linux":
            return  # a spare could not be given the limit of open files that this process has by then
        with contextlib.suppress(OSError):
            for _ in range(count):
                self._waiting.append((role, self.start(role)))

    def start(self, role: Role) -> Started:
        """A new one. OSError when this machine starts none."""
        return start(role, self._errors)

    def take(self, role: Role) -> Started | None:
        """One of `role`, which is the caller's from now on; None when there is none."""
        for place, (found, started) in enumerate(self._waiting):
            if found == role:
                del self._waiting[place]
                _share_limit(started.process.pid)
                return started
        return None

    def drop(self, role: Role) -> None:
        """End those of `role`: nobody will need them."""
        while (started := self.take(role)) is not None:
            started.end()

    def __enter__(self) -> Spares:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._waiting:
            self.drop(self._waiting[0][0])


def _share_limit(process: int) -> None:
    """Let a child open as many files as this process may by now; at its start it was told what held then."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError):  # a child that has died is noticed by who speaks to it
            resource.prlimit(process, resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
