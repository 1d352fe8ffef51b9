"""The first thing that the command does: an interrupt is exit code 105 from here on, whatever is being imported.

While a run or a conversation goes on, Trio hears the signals instead. When a run has been measured, they are ignored
until it is saved: that takes no time, and must not be lost to one key press too many. A command that was to measure
and was ended before says so, or a log could not tell it from a silent success.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from sockbench.cli.codes import INTERRUPTED
from sockbench.run.stops import stop_signals

MEASURING = ("run", "calibrate")
"""The commands that measure."""
NOTHING = b"sockbench: interrupted: nothing was measured\n"
CLEAR = b"\r\x1b[K"
"""On a terminal: over the progress line, and the ^C behind it."""

_ignored = False
_last_words = b""
_restore = b""


def _heed(number: int, frame: object) -> None:
    if _ignored:
        return
    with contextlib.suppress(OSError):
        os.write(2, _restore)
        os.write(2, CLEAR + _last_words if _last_words and os.isatty(2) else _last_words)
    os._exit(INTERRUPTED)


def restore_at_end(text: str) -> None:
    """What gives a terminal back that was taken over, should the process be ended before it can do so itself."""
    global _restore
    _restore = text.encode()


def ignore_interrupts(ignored: bool = True) -> None:
    """From now on no interrupt that reaches this process directly ends it; or any does, again."""
    global _ignored
    _ignored = ignored


def has_measured() -> None:
    """All is measured: no interrupt ends the process until `ignore_interrupts(False)`, nor says that nothing was."""
    global _last_words
    _last_words = b""
    ignore_interrupts()


def _fill_closed() -> None:
    """Give closed standard streams (`2>&-`) their places, or the next file to be opened would be taken for one."""
    with contextlib.suppress(OSError):
        while (place := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(place, True)
        os.close(place)


def main() -> None:
    """Run the command line."""
    global _last_words
    if sys.argv[1:2] and sys.argv[1] in MEASURING:  # before anything is imported, and that takes a moment
        _last_words = NOTHING
    for number in stop_signals():
        signal.signal(number, _heed)
    _fill_closed()
    from sockbench.cli.main import run

    sys.exit(run())
