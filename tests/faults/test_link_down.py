"""A cable that is pulled for a second, between `sockbench run` and a server, each in a network namespace of its own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sockbench.load.pacing import PAUSE
from tests.cli.command import wait_until
from tests.cli.serving import serving
from tests.faults.after import Tag, check_after, descriptors, wait_for_descriptors
from tests.faults.load import HEAVY, load
from tests.faults.namespaces import FAR, Pair

PORT = 5000
A_SECOND = 1.0
OPEN = "arrivals: {rate: 200/s}"
NS = 1e9
GROUPS = (
    f'{{name: udp, target: "udp://{FAR}:{PORT}", format: envelope, count: 3, {OPEN}, timeout: 300ms}}',
    f'{{name: closed, target: "udp://{FAR}:{PORT}", format: envelope, timeout: 300ms}}',
    f'{{name: tcp, target: "tcp://{FAR}:{PORT}", format: envelope, count: 3, {OPEN}, timeout: 20s}}',
)


@pytest.mark.parametrize("pulled", ["near", pytest.param("far", marks=HEAVY)])
def test_a_link_that_is_down_for_a_second(ends: Pair, tmp_path: Path, tag: Tag, pulled: str) -> None:
    """Pulled at the near end, the machine has no way and says so (ENETUNREACH); at the far one, nobody hears of it."""
    end = getattr(ends, pulled)
    with serving("echo", "--host", FAR, "--port", str(PORT), "--quiet", within=ends.far.within):

        def heard() -> tuple[int, int]:
            return ends.far.snmp("Udp", "InDatagrams"), ends.far.snmp("Tcp", "InSegs")

        def goes_on(since: tuple[int, int]) -> bool:
            return all(now > before + 20 for now, before in zip(heard(), since, strict=True))

        with load(tmp_path, *GROUPS, within=ends.near.within) as run:
            wait_until(lambda: goes_on((0, 0)))
            worker = run.command.children()["worker"]
            before = descriptors(worker)
            begun = time.monotonic()
            end.ip("link set cable down")
            time.sleep(A_SECOND)
            at_the_end = heard()
            end.ip("link set cable up")
            down = time.monotonic() - begun
            wait_until(lambda: goes_on(at_the_end))
            wait_for_descriptors(worker, before)
            run.stop()
    check_after(run.result, tag)
    udp, closed, tcp = (run.group(name) for name in ("udp", "closed", "tcp"))
    assert udp["refused"] == closed["refused"] == tcp["refused"] == 0
    assert run.story("udp")[0] == run.story("udp")[-1] == "ok"
    # What was due in that second waited for the retransmission, and was answered.
    assert tcp["ok"] == tcp["planned"] - tcp["unfinished"]
    assert tcp["rtt"]["max_s"] > A_SECOND / 2
    if pulled == "near":
        assert udp["failed"] > 100
        assert 10 < closed["failed"] <= 1 + down * NS / PAUSE  # a closed loop does not race against a wall
    else:
        assert udp["failed"] == closed["failed"] == 0
        assert udp["late"] + udp["lost"] > 100
