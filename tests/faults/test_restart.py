"""A server that is killed in the middle of a run, and started again at the same port."""

from __future__ import annotations

import time
from pathlib import Path

from sockbench.load.arrivals import NS
from sockbench.load.pacing import PAUSE
from tests.cli.command import wait_until
from tests.cli.serving import serving
from tests.faults.after import Tag, check_after, descriptors, wait_for_descriptors
from tests.faults.load import load
from tests.faults.namespaces import Namespace

PORT = 5000
CLIENTS = 3
ATTEMPTS = 8
"""To connect in the first 1.27 s: at once, after 10 ms, 20 ms, and so on to 640 ms; from then on one a second."""
OPEN = f"format: envelope, count: {CLIENTS}, arrivals: {{rate: 200/s}}, timeout: 200ms"
GROUPS = (
    f'{{name: udp, target: "udp://127.0.0.1:{PORT}", {OPEN}}}',
    f'{{name: tcp, target: "tcp://127.0.0.1:{PORT}", {OPEN}}}',
    f'{{name: each, target: "tcp://127.0.0.1:{PORT}", timeout: 200ms, connect: per-request}}',
)


def test_a_server_that_is_killed_and_started_again(inside: Namespace, tmp_path: Path, tag: Tag) -> None:
    """Its own namespace makes the kernel's count of connections that were refused the run's alone."""
    place = ("echo", "--host", "127.0.0.1", "--port", str(PORT), "--quiet")

    def heard() -> tuple[int, int]:
        return inside.snmp("Udp", "OutDatagrams"), inside.snmp("Tcp", "InSegs")

    def goes_on() -> None:
        before = heard()
        wait_until(lambda: all(now > then + 30 for now, then in zip(heard(), before, strict=True)))

    with serving(*place, within=inside.within) as first, load(tmp_path, *GROUPS, within=inside.within) as run:
        goes_on()
        worker = run.command.children()["worker"]
        conductor = run.command.process.pid
        before, held = min(descriptors(worker) for _ in range(100)), descriptors(conductor)
        killed = time.monotonic()
        first.process.kill()
        first.process.wait()
        with serving(*place, within=inside.within):
            down = time.monotonic() - killed
            goes_on()
            wait_for_descriptors(worker, before)
            wait_for_descriptors(conductor, held)
            run.stop()
    check_after(run.result, tag)
    for name in ("udp", "tcp", "each"):
        assert run.story(name)[0] == run.story(name)[-1] == "ok"
    udp, tcp, each = (run.group(name) for name in ("udp", "tcp", "each"))
    # What was on its way to the server when it was killed is lost, or its connection breaks.
    assert udp["refused"] > 0 == udp["failed"] == udp["skipped"]
    assert tcp["skipped"] > 0
    assert 0 < each["refused"] <= 1 + down * NS / PAUSE
    reconnected = inside.snmp("Tcp", "AttemptFails") - each["refused"]
    assert 0 < reconnected <= CLIENTS * (ATTEMPTS + down)
