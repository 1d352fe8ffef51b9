"""Socket options and TCP_INFO through the command, on real sockets."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import result_of
from tests.cli.here import called

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what is told of a connection is Linux's own")
SCENARIO = """\
duration: 500ms
servers:
  streams: {{service: echo, transport: tcp{server}}}
  datagrams: {{service: echo, transport: udp, receive_buffer: 64KiB}}
clients:
  - {{name: askers, count: 3, server: streams, arrivals: {{rate: 60/s}}{group}}}
  - {{name: others, count: 2, server: datagrams, arrivals: {{rate: 20/s}}, send_buffer: 32KiB, receive_buffer: 16KiB}}
"""


def scenario(folder: Path, group: str = "", server: str = "") -> Path:
    path = folder / "sockets.yaml"
    path.write_text(SCENARIO.format(group=group, server=server))
    return path


def run(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = result_of(called("run", path, "--no-save", "--format", "json"))
    return document


@NEEDS_LINUX
@pytest.mark.parametrize(
    ("group", "connections"),
    [("", 3), (", writes: 2, quickack: true", 3), (", connect: per-request", 30), (", churn: 100ms", None)],
)
def test_each_connection_is_told_of_once(tmp_path: Path, group: str, connections: int | None) -> None:
    result = run(scenario(tmp_path, group))
    askers, others = result["runs"][0]["groups"]
    tcp = askers["tcp"]
    if connections is not None:
        assert tcp["connections"] == connections
    else:  # a newcomer that came too late had one too
        assert 3 <= tcp["connections"] - askers["churned"] <= 6
        assert askers["churned"]
    assert askers["ok"] == askers["planned"] == 30
    parts = 2 if "writes" in group else 1
    assert tcp["segments"] == parts * 30 + tcp["retransmits"]
    assert 0 < tcp["min_rtt_s"] <= tcp["rtt"]["max_s"]
    assert tcp["rtt"]["min_s"] <= tcp["rtt"]["median_s"] <= tcp["rtt"]["max_s"]
    assert tcp["lost_at_end"] >= 0
    assert tcp["congestion"]
    assert others["tcp"] is None


@NEEDS_LINUX
def test_options_are_set_and_read_back(tmp_path: Path) -> None:
    keys = ", send_buffer: 48KiB, receive_buffer: 96KiB, congestion: reno, nodelay: false"
    path = scenario(tmp_path, keys, ", send_buffer: 40KiB, receive_buffer: 80KiB")
    result = run(path)
    askers, others = result["runs"][0]["groups"]
    streams, datagrams = result["runs"][0]["servers"]
    assert askers["tcp"]["congestion"] == "reno"
    assert askers["send_buffer"] == {"size": 49_152, "wanted": 49_152}
    assert askers["receive_buffer"] == {"size": 98_304, "wanted": 98_304}
    assert (others["send_buffer"]["size"], others["receive_buffer"]["size"]) == (32_768, 16_384)
    assert (streams["send_buffer"]["size"], streams["receive_buffer"]["size"]) == (40_960, 81_920)
    assert (datagrams["send_buffer"], datagrams["receive_buffer"]["size"]) == (None, 65_536)
    assert result["scenario"]["clients"][0]["nodelay"] is False


@NEEDS_LINUX
def test_the_tables_have_one_of_tcp_where_there_is_any(tmp_path: Path) -> None:
    path = scenario(tmp_path)
    done = called("run", path, "--results", tmp_path)
    assert "TCP, by the clients' kernel" in done.stdout
    text = called("report", "last", "--results", tmp_path, "--format", "csv").stdout
    askers, others = csv.DictReader(io.StringIO(text))
    assert askers["tcp_connections"] == "3"
    assert float(askers["tcp_rtt_median_s"]) > 0
    assert others["tcp_connections"] == others["tcp_rtt_median_s"] == ""
    path.write_text(
        "clients: [{server: s, count: 1}]\nservers: {s: {service: echo, transport: udp}}\nduration: 100ms\n"
    )
    assert "TCP" not in called("run", path, "--no-save").stdout


@NEEDS_LINUX
@pytest.mark.parametrize(
    ("group", "server", "whose"), [(", congestion: hasty", "", "group 'askers'"), ("", ", congestion: hasty", "server")]
)
def test_what_this_machine_lacks_is_106(tmp_path: Path, group: str, server: str, whose: str) -> None:
    done = called("run", scenario(tmp_path, group, server), "--no-save")
    assert done.returncode == 106
    assert whose in done.stderr
    assert "asks for congestion: hasty, which this kernel does not have: write one of " in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
