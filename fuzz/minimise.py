"""What fuzzing found, as few small cases: `python -m fuzz.minimise [TARGET...]` makes `corpus/` anew.

A case is kept when it reaches a line of sockbench that no smaller one reached, and when there is room for it, so the
corpus stays small enough for a repository. It needs no atheris, whose own merge cannot start itself anew.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from fuzz.all import BUILD, HERE, LONGEST, NAMES
from fuzz.targets import TARGETS

ROOM = 6_000
"""Bytes of one target."""
MOST = 40
"""Cases of one target."""

Line = tuple[str, int]


def minimise(name: str) -> tuple[int, int]:
    """Of how many cases how many are kept."""
    ours, found = HERE / "corpus" / name, BUILD / name
    found.mkdir(parents=True, exist_ok=True)
    paths = [*ours.iterdir(), *found.iterdir()]
    cases = sorted({path.read_bytes()[:LONGEST] for path in paths}, key=lambda case: (len(case), case))
    kept: list[bytes] = []
    reached: set[Line] = set()
    for case in cases:
        if len(kept) == MOST or sum(map(len, kept)) + len(case) > ROOM:
            break
        lines = lines_of(TARGETS[name], case)
        if not lines <= reached:
            reached |= lines
            kept.append(case)
    shutil.rmtree(ours)
    ours.mkdir()
    for number, case in enumerate(kept, start=1):
        (ours / f"{number:02}").write_bytes(case)
    return len(cases), len(kept)


def lines_of(target: Callable[[bytes], None], case: bytes) -> set[Line]:
    """The lines of sockbench that a case reaches."""
    lines: set[Line] = set()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if "/sockbench/" not in frame.f_code.co_filename:
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        target(case)
    finally:
        sys.settrace(None)
    return lines


if __name__ == "__main__":
    for target in sys.argv[1:] or NAMES:
        print(target, "{} cases, {} kept".format(*minimise(target)), flush=True)
