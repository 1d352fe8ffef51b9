"""The first thing that the command does: an interrupt is exit code 105 from here on, whatever is being imported.

While a run or a conversation goes on, Trio hears the signals instead. When a run has been measured, they are ignored
until it is saved: that takes no time, and must not be lost to one key press too many.
"""

from __future__ import annotations

import os
import signal
import sys

from sockbench.cli.codes import INTERRUPTED

_ignored = False


def _heed(number: int, frame: object) -> None:
    if not _ignored:
        os._exit(INTERRUPTED)


def ignore_interrupts(ignored: bool = True) -> None:
    """From now on no interrupt that reaches this process directly ends it; or any does, again."""
    global _ignored
    _ignored = ignored


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _heed)
    from sockbench.cli.main import run

    sys.exit(run())
