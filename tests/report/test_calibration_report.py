"""This machine's floor as a page of its own, and as a line beside the RTTs of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.model.plan import Group, Target
from sockbench.model.result import GroupResult
from sockbench.report import cells
from sockbench.report.calibration_report import render_calibration
from sockbench.report.floor_line import floor_lines, has_floor
from tests.report.samples import BURSTY, CALIBRATION, GROUP, NO_TIMES, PLAN, RTT, SERVER, STUDENTS

FLOOR = "this machine's own floor, UDP: RTT p50 11 us (sockbench calibrate, 2026-11-21); "


def lines_of(*named: tuple[str, float | None]) -> list[str]:
    """The lines for groups of these names and RTTs at p50, all at the server of the run."""
    plan = replace(PLAN, groups=tuple(replace(STUDENTS, name=name) for name, _ in named))
    groups: list[GroupResult] = [replace(GROUP, name=name, rtt=replace(RTT, p50_s=p50_s)) for name, p50_s in named]
    return floor_lines(CALIBRATION, plan, groups)


def test_the_page() -> None:
    page = render_calibration(CALIBRATION, "/home/ana/.cache/sockbench/calibration.json")
    assert page == (
        "this machine's own floor, 2026-11-21 06:45 UTC\n"
        "AMD EPYC 7B13; 6.8.0; 3.11.7\n"
        "\n"
        "floor                   n     min     p50    p99     max\n"
        "-----------------  ------  ------  ------  -----  ------\n"
        "RTT, UDP           14,000   11 us   11 us  21 us  400 us\n"
        "RTT, TCP           12,000   13 us   14 us  26 us  700 us\n"
        "woken late, tasks     900   34 us   68 us      -  2.0 ms\n"
        "woken late, lanes   1,040  0.1 us  0.5 us  12 us  400 us\n"
        "\n"
        "RTT: plain blocking sockets over loopback, 64 B, one request in flight, no accounting.\n"
        "a value into a histogram: 560 ns alone, 104 ns in a batch; reading the clock: 47 ns, resolution 1 ns\n"
        "\n"
        "saved: /home/ana/.cache/sockbench/calibration.json\n"
    )


def test_the_page_of_a_machine_without_lanes_that_tells_little() -> None:
    page = render_calibration(replace(CALIBRATION, cpu=None, lane_lateness=None), None)
    assert "unknown processor; 6.8.0; 3.11.7" in page
    assert "lanes" not in page
    assert "saved" not in page


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ([("students", 22e-6)], "students' p50 is 2.0 times that"),
        ([("a", 11e-6), ("b", 33e-6)], "a's p50 is 1.0 times that, b's 3.0 times"),
        ([("a", None), ("b", 33e-6)], "b's p50 is 3.0 times that"),
        ([(str(number), number * 11e-6) for number in range(1, 6)], "the p50s of 5 groups are 1.0 to 5.0 times that"),
        ([("slow", 0.11)], "slow's p50 is 10,000.0 times that"),
    ],
)
def test_rtts_beside_the_floor(named: list[tuple[str, float | None]], told: str) -> None:
    assert lines_of(*named) == [FLOOR + told]


def test_each_transport_has_a_floor_of_its_own() -> None:
    plan = replace(PLAN, groups=(STUDENTS, replace(STUDENTS, name="streams", transport="tcp")))
    streams = replace(GROUP, name="streams", transport="tcp", rtt=replace(RTT, p50_s=28e-6))
    udp, tcp = floor_lines(CALIBRATION, plan, [GROUP, streams])
    assert udp.startswith("this machine's own floor, UDP: RTT p50 11 us")
    assert tcp.endswith("TCP: RTT p50 14 us (sockbench calibrate, 2026-11-21); streams' p50 is 2.0 times that")


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert floor_lines(None, PLAN, [GROUP]) == []
    assert floor_lines(CALIBRATION, PLAN, [replace(GROUP, rtt=NO_TIMES)]) == []
    assert floor_lines(CALIBRATION, PLAN, [replace(GROUP, name="another")]) == []
    for p50_s in (None, 0.0):
        broken = replace(CALIBRATION, udp=replace(CALIBRATION.udp, p50_s=p50_s))
        assert floor_lines(broken, PLAN, [GROUP]) == []


def test_a_name_cannot_do_anything_to_the_line() -> None:
    (line,) = lines_of(("\x1b[31mred\n" + "x" * 100, 11e-6))
    assert cells.plain(line) == line
    assert len(line) <= len(FLOOR) + 24 + len("'s p50 is 1.0 times that")


def at(host: str) -> Group:
    return replace(STUDENTS, server=None, register=None, target=Target("udp", host, 10125))


@pytest.mark.parametrize(
    ("group", "is_near"),
    [
        (STUDENTS, True),
        (replace(STUDENTS, impair=BURSTY), False),
        (replace(STUDENTS, server="nowhere"), False),
        (at("127.0.0.1"), True),
        (at("127.9.9.9"), True),
        (at("::1"), True),
        (at("localhost"), True),
        (at("LOCALHOST."), True),
        (at("192.0.2.1"), False),
        (at("localhost.example"), False),
        (at("2001:db8::1"), False),
    ],
)
def test_whose_requests_stay_on_this_machine(group: Group, is_near: bool) -> None:
    assert has_floor(PLAN, group) is is_near


def test_an_impaired_server_has_no_floor() -> None:
    assert not has_floor(replace(PLAN, servers=(replace(SERVER, impair=BURSTY),)), STUDENTS)
