"""TCP connections and hints of the sides of a comparison."""

from __future__ import annotations

from dataclasses import replace

from sockbench.report import page
from sockbench.report.comparison_tcp import tcp_blocks
from tests.report.experiments import TCP, UDP, run
from tests.report.samples import OLD_KERNEL, RUN, STREAMS

HINT = "7% of the round trips of streams took 38 to 50 ms"


def test_each_side_that_has_connections_is_a_row() -> None:
    sides = [
        ("udp", [run(UDP, 1, 0.0002, 0), run(UDP, 2, 0.0002, 0)]),
        ("tcp", [run(TCP, 1, 0.0004, 0), run(TCP, 2, 0.0006, 0)]),
    ]
    lines = page.to_text(tcp_blocks(sides)).splitlines()
    assert lines[1].split()[:3] == ["side", "group", "connections"]
    assert [line.split()[:6] for line in lines[3:]] == [
        ["tcp", "students", "20", "1.5", "us", "21.2"],
        ["tcp", "watchers", "20", "1.5", "us", "21.2"],
    ]


def test_without_any_nothing_is_said() -> None:
    assert tcp_blocks([("a", [run(UDP, 1, 0.0002, 0)]), ("b", [run(UDP, 1, 0.0002, 0)])]) == []
    assert tcp_blocks([]) == []


def test_what_one_run_does_not_know_is_not_added_up() -> None:
    old = replace(OLD_KERNEL, name="streams", hints=())
    lines = page.to_text(
        tcp_blocks([("a", [replace(RUN, groups=(STREAMS,)), replace(RUN, groups=(old,))])])
    ).splitlines()
    assert lines[3].split()[-4:] == ["-", "6", "0", "cubic"]


def test_a_hint_is_told_once_a_side() -> None:
    first = replace(RUN, groups=(replace(STREAMS, hints=(HINT,)),))
    second = replace(RUN, groups=(replace(STREAMS, hints=(HINT.replace("7%", "9%"),)),))
    text = page.to_text(tcp_blocks([("a", [first, second]), ("b", [second])]))
    assert text.count("hint: ") == 2
    assert f"hint: {HINT} (a)" in text
    assert "hint: 9% of the round trips of streams took 38 to 50 ms (b)" in text
