"""Which signals ask a command to stop as Ctrl-C does, and what asks twice.

A terminal that closes sends SIGHUP, and its shell may send another: what was measured is to be saved, so no number of
them says more than one does. Where SIGHUP is ignored (`nohup`) it stays ignored. Needs no Trio: it is there at once.
"""

from __future__ import annotations

import signal
import sys


def stop_signals() -> tuple[signal.Signals, ...]:
    """Those that this process should hear."""
    return tuple(number for number in all_stop_signals() if not _stays_ignored(number))


def all_stop_signals() -> tuple[signal.Signals, ...]:
    """Those that a child of it should leave to it, even when all processes of a job are sent them."""
    if sys.platform == "win32":
        return (signal.SIGINT, signal.SIGTERM)
    return (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def is_hangup(number: int) -> bool:
    """Whether the signal says that the terminal is gone, rather than that a person waits for the end."""
    return sys.platform != "win32" and number == signal.SIGHUP


def _stays_ignored(number: signal.Signals) -> bool:
    return is_hangup(number) and signal.getsignal(number) is signal.SIG_IGN
