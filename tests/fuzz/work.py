"""How much work something takes, in calls of functions and not in time, which a busy machine would change."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType


def calls_of(action: Callable[[], object]) -> int:
    """How many functions, of Python or of C, are called while `action` is.

    Not those that a collection of garbage calls, such as hypothesis's: it comes whenever it does.
    """
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return calls
