"""The entry of a child process: `python -P -m sockbench.run.child ROLE`, started by the conductor alone.

Standard input and output are the pipes to the conductor, which the child does not outlive (`leash`). Whatever a service
prints goes to standard error.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable

import trio

from sockbench.errors import RunError
from sockbench.run.causes import innermost
from sockbench.run.leash import Conductor, hold
from sockbench.run.messages import ROLES, Failed, Role


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


def main() -> None:
    """Run the role named on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the conductor decides what Ctrl-C means
    role: Role = next(role for role in ROLES if role == sys.argv[1])
    source, sink = os.dup(0), os.dup(1)
    os.set_blocking(sink, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    trio.run(_run, role, source, sink)


if __name__ == "__main__":
    main()
