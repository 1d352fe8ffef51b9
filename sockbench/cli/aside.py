"""Where the children of a run write while their terminal shows a live screen: told when it is gone, the end of it.

Without it their words, such as a service's traceback, would be drawn over within half a second. Bounded: of what a
service prints a thousand times a second, the last part is kept.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from sockbench.cli.exits import OutputError

KEPT = 64 * 1024


class Aside:
    """A pipe that is read at once and printed on standard error after the block. `descriptor` is its writing end."""

    def __init__(self) -> None:
        self._source, self.descriptor = os.pipe()
        self._kept = b""
        self._lost = False
        self._reader = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        while piece := os.read(self._source, KEPT):
            whole = self._kept + piece
            self._lost |= len(whole) > KEPT
            self._kept = whole[-KEPT:]

    def __enter__(self) -> Aside:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)
        self._reader.join(1.0)  # a process of a service's own may still hold the other end
        if not self._reader.is_alive():
            os.close(self._source)
        text = self._kept.decode(errors="replace")
        if self._lost:
            text = "…\n" + text.partition("\n")[2]
        if text:
            with suppress(OutputError):
                sys.stderr.write(text)
                sys.stderr.flush()


@contextmanager
def aside(wanted: bool) -> Iterator[int | None]:
    """The descriptor for the standard error of children; None where it is this process's own."""
    if not wanted:
        yield None
        return
    with Aside() as found:
        yield found.descriptor
