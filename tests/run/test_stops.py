"""Which signals are heard: those of a person and a supervisor, and of a terminal unless `nohup` has it ignored."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from sockbench.run.stops import all_stop_signals, is_hangup, stop_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


@pytest.fixture(autouse=True)
def hangup() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("action", "heard"),
    [
        (signal.SIG_DFL, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}),
        (lambda number, frame: None, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}),
        (signal.SIG_IGN, {signal.SIGINT, signal.SIGTERM}),
    ],
)
def test_what_is_heard(action: signal.Handlers, heard: set[signal.Signals]) -> None:
    signal.signal(signal.SIGHUP, action)
    assert set(stop_signals()) == heard
    assert set(all_stop_signals()) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    assert [number for number in all_stop_signals() if is_hangup(number)] == [signal.SIGHUP]
