"""The entry of a child process: `python -P -m sockbench.run.child ROLE`, started by the conductor alone.

Standard input and output are the pipes to the conductor, which the child does not outlive (`leash`). Whatever a service
prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import trio

from sockbench.errors import RunError
from sockbench.run.causes import innermost
from sockbench.run.leash import Conductor, hold
from sockbench.run.messages import KINDS, ROLES, Failed, Role
from sockbench.run.pipes import pack
from sockbench.run.stops import all_stop_signals

FILES = 64
"""What a child opens before it is told what to do is much less than this."""


async def _run(role: Role, source: int, sink: int) -> None:
    conductor = hold(source, sink)
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
    if role == "relays":
        from sockbench.run.relay_process import run_relays

        return run_relays
    from sockbench.run.worker import run_worker

    return run_worker


def _die_with_parent() -> None:
    """Have the kernel end this process with its parent, even while it is stopped and its own leash cannot."""
    if sys.platform != "linux":
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def _raise_limit() -> None:
    """A spare has the limit of open files that its parent began with, and needs some before it is given more."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < FILES and soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard < 0 else min(FILES, hard), hard))


def main() -> None:
    """Run the role named on the command line."""
    for number in all_stop_signals():
        signal.signal(number, signal.SIG_IGN)  # the conductor decides what Ctrl-C means
    _die_with_parent()
    role: Role = next(role for role in ROLES if role == sys.argv[1])
    source, sink = os.dup(0), os.dup(1)
    os.set_blocking(sink, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    _raise_limit()
    try:
        trio.run(_run, role, source, sink)
    except OSError as error:  # that it could not even begin, for a spare that nobody may ever ask
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        words = f"a {KINDS[role]} process cannot begin: too many open files; raise the limit with `ulimit -n`"
        with contextlib.suppress(OSError):
            os.write(sink, pack(Failed(words)))
        sys.exit(1)


if __name__ == "__main__":
    main()
