"""Plain round trips over real loopback, and sleeps that end when they should. How fast is for `calibrate` to say."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sockbench.errors import RunError
from sockbench.model.plan import Transport
from sockbench.net.floor import connect, listen, round_trips
from sockbench.net.lateness import lane_lateness, trio_lateness

MS = 1_000_000


@contextlib.contextmanager
def echoing(transport: Transport) -> Iterator[int]:
    """The port of a process that echoes; it ends when its standard input does."""
    program = [sys.executable, "-P", "-m", "sockbench.run.floor_process", transport]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_round_trips(transport: Transport) -> None:
    with echoing(transport) as port, connect(transport, port) as asker:
        for length in (20 * MS, 1):
            found = round_trips(asker, length)
            assert len(found) >= 1
            assert min(found) > 0


def test_silence_is_an_error_and_no_hang() -> None:
    with (
        listen("udp") as silent,
        connect("udp", silent.getsockname()[1]) as asker,
        pytest.raises(RunError, match="was not answered within 1 s"),
    ):
        round_trips(asker, MS)


def test_nobody_there() -> None:
    with listen("tcp") as gone:
        port = gone.getsockname()[1]
    with pytest.raises(RunError, match=rf"cannot connect to 127.0.0.1 port {port} \(tcp\): connection refused"):
        connect("tcp", port)
    with listen("udp") as gone:
        port = gone.getsockname()[1]
    with connect("udp", port) as asker, pytest.raises(RunError, match="do not come back: connection refused"):
        round_trips(asker, MS)


def test_a_peer_that_closes() -> None:
    with listen("tcp") as listener, connect("tcp", listener.getsockname()[1]) as asker:
        peer, _ = listener.accept()
        peer.close()
        with pytest.raises(RunError, match="do not come back: "):
            round_trips(asker, MS)


async def test_a_task_is_never_woken_too_early() -> None:
    found = await trio_lateness(20 * MS)
    assert len(found) >= 1
    assert min(found) >= 0


@pytest.mark.skipif(sys.platform != "linux", reason="there are no lanes")
async def test_a_lane_is_never_woken_too_early_and_gives_its_descriptors_back() -> None:
    await lane_lateness(MS)  # what all lanes of a loop share is made once
    before = len(os.listdir("/proc/self/fd"))
    found = await lane_lateness(20 * MS)
    assert found is not None
    assert len(found) >= 1
    assert min(found) >= 0
    assert len(os.listdir("/proc/self/fd")) == before
