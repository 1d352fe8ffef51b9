"""nftables in a network namespace: what it drops is lost, what it rejects is refused, what it forbids has failed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import COMMAND, saved_result, sockbench
from tests.faults.after import Tag, check_after
from tests.faults.namespaces import Namespace

DROPS = """\
table inet faults {
    counter up { }
    counter down { }
    chain arrivals {
        type filter hook input priority 0; policy accept;
        udp dport 5000 numgen random mod 100 < 5 counter name up drop
        udp sport 5000 numgen random mod 100 < 5 counter name down drop
        # Handshakes pass: one that is lost is tried again after a second, before the load begins.
        tcp dport 5000 tcp flags & syn == 0 numgen random mod 100 < 5 counter name up drop
        tcp sport 5000 tcp flags & syn == 0 numgen random mod 100 < 5 counter name down drop
    }
}
"""
WALLS = """\
table inet walls {
    chain arrivals {
        type filter hook input priority 0; policy accept;
        udp dport 5001 reject with icmp type admin-prohibited
    }
    chain departures {
        type filter hook output priority 0; policy accept;
        udp dport 5002 drop
    }
}
"""


def wall(name: str, port: int) -> str:
    """A group that sends four requests at once, so that the second hears of the first one's refusal."""
    arrivals = "arrivals: {rate: 40/s, pattern: burst, burst: 4}, timeout: 300ms"
    return f'{{name: {name}, target: "udp://127.0.0.1:{port}", format: envelope, {arrivals}}}'


@pytest.fixture
def filtered(inside: Namespace) -> Namespace:
    if shutil.which("nft") is None:
        pytest.skip("needs nft(8): apt-get install nftables")
    try:
        inside.nft("table inet probe { }")
    except subprocess.CalledProcessError:
        pytest.skip("this kernel has no nftables")
    return inside


def measured(inside: Namespace, folder: Path, scenario: str) -> dict[str, Any]:
    """The result of a run in the namespace."""
    (folder / "s.yaml").write_text(scenario)
    command = [*inside.within, str(COMMAND)]
    done = sockbench("run", folder / "s.yaml", "--results", folder / "results", command=command)
    assert done.returncode == 0, done.stderr
    return saved_result(folder / "results")


def scenario(transport: str, *groups: str) -> str:
    lines = (
        "duration: 500ms",
        "servers:",
        f"  echo: {{service: echo, transport: {transport}, port: 5000}}",
        "clients:",
    )
    return "\n".join([*lines, *(f"  - {group}" for group in groups)]) + "\n"


def test_of_udp_what_is_dropped_is_lost_and_what_is_rejected_refused(
    filtered: Namespace, tmp_path: Path, tag: Tag
) -> None:
    """Each loss is a packet that nftables counted. A packet that may not leave has failed: the system says so."""
    filtered.nft(DROPS + WALLS)
    result = measured(
        filtered,
        tmp_path,
        scenario(
            "udp",
            "{name: dropped, count: 5, server: echo, arrivals: {rate: 1000/s}, timeout: 300ms}",
            wall("rejected", 5001),
            wall("forbidden", 5002),
        ),
    )
    check_after(result, tag)
    dropped, rejected, forbidden = result["runs"][0]["groups"]
    counted = filtered.counters()
    assert dropped["planned"] == 500
    assert counted["up"] > 0 < counted["down"]
    assert counted["up"] + counted["down"] == dropped["lost"] == 500 - dropped["ok"] - dropped["late"]
    untold = {way: counted[way] - dropped[f"lost_{way}"] for way in ("up", "down")}
    assert min(untold.values()) >= 0
    assert sum(untold.values()) == dropped["lost_unknown"]
    assert rejected["refused"] == rejected["planned"] == 20
    assert forbidden["failed"] == forbidden["planned"] == 20


def test_of_tcp_nothing_is_lost(filtered: Namespace, tmp_path: Path, tag: Tag) -> None:
    filtered.nft(DROPS)
    group = "{name: a, count: 20, server: echo, arrivals: {rate: 400/s}, timeout: 20s}"
    result = measured(filtered, tmp_path, scenario("tcp", group))
    check_after(result, tag)
    (tcp,) = result["runs"][0]["groups"]
    counted = filtered.counters()
    assert counted["up"] > 0 < counted["down"]
    assert tcp["ok"] == tcp["planned"] == 200
    # What the clients sent again; the kernel counts the server's own besides.
    assert 0 < tcp["tcp"]["retransmits"] <= filtered.snmp("Tcp", "RetransSegs")
    assert tcp["rtt"]["max_s"] > 0.1  # to notice a loss takes Linux some 200 ms
