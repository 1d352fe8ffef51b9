"""Comparisons against golden files, what is said of each answer, and what holds for any comparison.

`SOCKBENCH_GOLDEN=write pytest tests/report` writes the golden files anew: read the difference before keeping it.
"""

from __future__ import annotations

import csv
import io
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sockbench.model.comparison import Comparison, Condition, Side
from sockbench.model.result import GroupResult
from sockbench.report import cells, run_report
from sockbench.report.comparison_report import Section, render
from sockbench.report.comparison_table import p_value
from sockbench.report.comparison_words import sentences
from sockbench.stats.comparison import compare
from sockbench.stats.conditions import hold
from sockbench.stats.figures import FIGURES
from tests.report.samples import RESULT
from tests.report.strategies import groups, texts
from tests.stats.runs import drawn, group_of, run_of, side_of

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "csv": "csv"}
UDP, TCP = {"transport": "udp"}, {"transport": "tcp"}
DOUBTS = ("A is suspect: the server process was busy for 93% of the time", "cpus differ: 2 in A, 8 in B")


def variant(values: dict[str, str], found: list[GroupResult]) -> tuple[Side, list[GroupResult]]:
    return Side(", ".join(f"{key}={value}" for key, value in values.items()), values, len(found)), found


def compared(*sides: tuple[Side, list[GroupResult]]) -> Comparison:
    return compare([(side, side_of(side.label, found)[1]) for side, found in sides], [FIGURES["rtt.p999"]])


def transports(runs: int, **factors: float) -> Comparison:
    chance = random.Random(1)
    udp, tcp = drawn(chance, runs, 0.03), drawn(chance, runs, 0.03, **factors)
    return compared(variant(UDP, udp), variant(TCP, tcp))


def sweep() -> Comparison:
    chance = random.Random(2)
    counts = (10, 20, 50, 100, 200)
    return compared(
        *(variant({"clients": str(n)}, drawn(chance, 6, 0.03, p50=1 + n / 100, rate=n / 10)) for n in counts)
    )


def two_groups() -> Comparison:
    sides = []
    for label, p50 in (("A", 1.0), ("B", 0.8)):
        runs = []
        for number in range(5):
            quick = group_of(name="quick", p50=p50 + number / 1000, p99=None if number == 2 else 4.0)
            runs.append(
                run_of(quick, group_of(name="\x1b[31mrot\n日本語" * 3, p50=2.0 + number / 1000, lost=20 + number))
            )
        sides.append((Side(label, {}, 5), runs))
    return compare(sides)


def long_names() -> Comparison:
    chance = random.Random(5)
    sides = []
    for loss in (0, 1):
        for transport in ("udp", "tcp"):
            values = {"transport": transport, "the_size_of_payloads": "64B", "loss": f"{loss}%"}
            sides.append(variant(values, drawn(chance, 5, 0.03, p50=1 + loss)))
    return compared(*sides)


COMPARISONS = {
    "udp_tcp": transports(5, p50=1.22, rate=0.8),
    "ten_runs": transports(10, p50=0.82, p99=0.5),
    "three_runs": transports(3, p50=1.5),
    "sweep": sweep(),
    "two_groups": two_groups(),
    "long_names": long_names(),
}
CONDITIONS = [
    Condition("rtt.p50 > +10%", None, FIGURES["rtt.p50"], ">", 0.1),
    Condition("throughput < -50%", None, FIGURES["requests_per_s"], "<", -0.5),
    Condition("lost > +0.5%", None, FIGURES["lost"], ">", 0.005),
]


@pytest.mark.parametrize("format", ENDINGS)
@pytest.mark.parametrize("name", COMPARISONS)
def test_golden(name: str, format: str) -> None:
    comparison = COMPARISONS[name]
    doubts = DOUBTS if name == "two_groups" else ()
    text = render(("tcp-vs-udp",), doubts, [Section("", comparison)], hold(CONDITIONS, comparison), format)
    path = GOLDEN / f"compare_{name}.{ENDINGS[format]}"
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


def said(base: list[GroupResult], other: list[GroupResult]) -> str:
    comparison = compare([(side, side_of("", found)[1]) for side, found in (variant(UDP, base), variant(TCP, other))])
    (sentence,) = sentences(comparison, comparison.groups[0])
    return sentence


def five(p50: float = 0.001, step: float = 1e-6, **values: float | None) -> list[GroupResult]:
    return [group_of(p50=p50 + run * step, **values) for run in range(5)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "other", "sentence"),
    [
        (
            five(0.001),
            five(0.0008),
            "TCP's median round trip was 20% lower than UDP's (95% interval 19.7-20.2%, 5 runs each); at p99 and in "
            "requests a second no difference was found; neither lost a request.",
        ),
        (
            five(0.001),
            five(0.00102),
            "TCP's median round trip was 2.0% higher than UDP's (95% interval 1.7-2.3%, 5 runs each), less "
            "than the 5% that count; at p99 ",
        ),
        (
            five(0.001, 1e-4),
            five(0.00105, 1e-4),
            "No difference was found between TCP's median round trip and UDP's (95% interval -17.9% to +31.8%, 5 runs "
            "each); ",
        ),
        (five(), five(), "No difference was found between TCP's median round trip and UDP's (95% "),
        (five(step=0), five(step=0), "TCP's and UDP's median round trips were the same in all runs (5 runs each); "),
        (
            five(),
            [*five(), group_of(p50=None)],
            "The median round trips of TCP and UDP cannot be compared: withheld in 1 of 6 runs of TCP; ",
        ),
        (
            five(p99=None),
            five(),
            "; at p99 they cannot be compared, withheld in 5 of 5 runs of UDP; at p90 and in requests a second no ",
        ),
        (five(lost=0), [group_of(lost=40 + run) for run in range(5)], "; TCP lost 0.42% and UDP 0%."),
        (five(lost=40), five(lost=40), "; both lost 0.40%."),
        (
            five(lost=0),
            [group_of(lost=run) for run in range(5)],
            "; TCP lost 0.02% and UDP 0%, a difference that may be chance.",
        ),
        (
            five(lost=0),
            [group_of(lost=1 + run) for run in range(5)],
            "; TCP lost 0.03% and UDP 0%, less than the 0.1 points that count.",
        ),
        (
            five(rate=1000.0),
            [group_of(rate=700.0 + run) for run in range(5)],
            "; it made 30% fewer requests a second (95% interval 29.6-30.0%); ",
        ),
        (
            five(rate=0.0),
            five(rate=1.0),
            "; their requests a second cannot be compared, being 0 in a run of UDP; ",
        ),
        (
            five()[:1],
            five(0.002)[:1],
            "Nothing can be said of a difference between UDP (1 run) and TCP (1 run): with fewer than 4 runs of each, "
            "chance alone sets them apart too often; make 4 or more of each (repeat: 4 in the scenario).",
        ),
        (
            [group_of(p50=1.0 + run, p99=4.0 + run) for run in range(4)],
            [group_of(p50=9.0 + run, p99=9.0 + run) for run in range(4)],
            "Nothing can be said of a difference between UDP (4 runs) and TCP (4 runs): that is too few runs to tell 2 "
            "figures from chance; make 5 or more of each (repeat: 5 in the scenario).",
        ),
    ],
)
def test_what_is_said(base: list[GroupResult], other: list[GroupResult], sentence: str) -> None:
    found = said(base, other)
    assert sentence in found
    assert found.endswith(".")


@pytest.mark.parametrize(("p", "text"), [(1.0, "1.000"), (0.0159, "0.016"), (0.001, "0.001"), (0.00099, "<0.001")])
def test_a_p_value(p: float, text: str) -> None:
    assert p_value(p) == text


def test_it_stands_after_the_tables_of_a_run() -> None:
    result = replace(RESULT, repeat=5, comparison=COMPARISONS["udp_tcp"])
    text = run_report.render(result, None, "table")
    assert "comparison of the variants\n\ngroup askers: median of the runs\n" in text
    assert text.index("each run by itself") < text.index("comparison of the variants") < text.index("threshold ")
    few = run_report.render(replace(RESULT, repeat=3, comparison=COMPARISONS["three_runs"]), None, "table")
    assert "Nothing can be said of differences between the variants: 3 runs of each is too few to tell them from" in few
    assert "group askers: median" not in few


sides = st.lists(st.tuples(texts, st.lists(groups, min_size=1, max_size=5)), min_size=2, max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(sides, texts)
def test_any_comparison_fits_the_terminal_and_is_a_csv(found: list[tuple[str, list[GroupResult]]], name: str) -> None:
    comparison = compare(
        [
            (Side(label, {name: label}, len(of_side)), [run_of(replace(group, name=name)) for group in of_side])
            for label, of_side in found
        ]
    )
    section = Section(name, comparison)
    for format in ("table", "markdown"):
        lines = render((name,), (name,), [section], hold(CONDITIONS, comparison), format).split("\n")
        assert all(line.isprintable() for line in lines)
        assert format == "markdown" or max(map(cells.width, lines)) <= 120
    rows = list(csv.DictReader(io.StringIO(render((), (), [section], (), "csv"))))
    assert len(rows) == len(comparison.groups[0].rows) * len(comparison.sides)
