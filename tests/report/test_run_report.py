"""Whole reports against golden files, and what holds for any result.

`SOCKBENCH_GOLDEN=write pytest tests/report` writes the golden files anew: read the difference before keeping it.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sockbench.model.plan import Threshold
from sockbench.model.result import Jitter, Result, Run
from sockbench.model.sockets import SocketOptions
from sockbench.report import cells
from sockbench.report.run_report import ReportFormat, render
from sockbench.stats.thresholds import judge
from tests.report import experiments, samples, searches
from tests.report.strategies import results

GOLDEN = Path(__file__).parent / "golden"
SAVED = "results/20261121T065000Z-udp10"
ENDINGS: dict[ReportFormat, str] = {"table": "txt", "markdown": "md", "csv": "csv"}
RESULTS: dict[str, Result] = {
    "one_group": samples.RESULT,
    "all_outcomes": samples.result_of(samples.ALL_OUTCOMES, verdict=samples.SUSPECT, interrupted=True, elapsed_s=3.2),
    "huge": samples.result_of(samples.HUGE, thresholds=()),
    "silent": samples.result_of(samples.SILENT),
    "twelve_groups": samples.result_of(*samples.many_groups(), thresholds=()),
    "kernel": samples.result_of(samples.KERNEL, samples.GROUP, thresholds=()),
    "streams": samples.result_of(
        samples.STREAMS,
        samples.OLD_KERNEL,
        thresholds=(),
        scenario=replace(
            samples.PLAN,
            groups=(
                replace(samples.STUDENTS, name="streams", socket=SocketOptions(receive_buffer=1_048_576)),
                replace(samples.STUDENTS, name="old kernel"),
            ),
        ),
    ),
    "relayed": replace(
        samples.RESULT,
        scenario=replace(samples.PLAN, servers=(replace(samples.SERVER, impair=samples.BURSTY),)),
        runs=(replace(samples.RUN, relays=(samples.RELAY,)),),
    ),
    "matrix": experiments.MATRIX,
    "repeated": experiments.REPEATED,
    "calibrated": replace(
        samples.RESULT, environment=replace(samples.ENVIRONMENT, calibration=samples.CALIBRATION), thresholds=()
    ),
    "compared": experiments.COMPARED,
    "searched": searches.RESULT,
    "hostile": samples.result_of(samples.HOSTILE, servers=(), thresholds=()),
}


@pytest.mark.parametrize("format", ENDINGS)
@pytest.mark.parametrize("name", RESULTS)
def test_golden(name: str, format: ReportFormat) -> None:
    path = GOLDEN / f"{name}.{ENDINGS[format]}"
    text = render(RESULTS[name], SAVED, format)
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_result_fits_the_terminal_and_puts_its_doubts_first(result: Result) -> None:
    lines = render(result, SAVED, "table").split("\n")
    assert max(map(cells.width, lines)) <= 120
    assert all(line.isprintable() for line in lines)
    title = cells.wrap(cells.plain(titled(result)), 120)
    assert lines[: len(title) + 1] == [*title, f"verdict: {result.verdict.status}"]
    block = lines[len(title) + 1 : lines.index("", len(title))]
    assert all(line.startswith("  ") for line in block)
    assert len(block) >= len(result.verdict.reasons)


def titled(result: Result) -> str:
    """The title: the name, cut to a line, and the description."""
    description = cells.prose(result.scenario.description)
    name = cells.cut(cells.plain(result.name), 120)
    return f"{name}: {description}" if description else name


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_result_is_a_csv_of_one_row_a_group(result: Result) -> None:
    rows = list(csv.DictReader(io.StringIO(render(result, None, "csv"))))
    groups = [group for run in result.runs for group in run.groups]
    assert [int(row["planned"]) for row in rows] == [group.counts.planned for group in groups]
    assert [row["rtt_p50_s"] for row in rows] == [
        "" if group.rtt.p50_s is None else str(group.rtt.p50_s) for group in groups
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_result_is_markdown(result: Result) -> None:
    text = render(result, SAVED, "markdown")
    assert all(line.isprintable() for line in text.split("\n"))
    title, verdict = text.split("\n\n")[:2]
    assert title.startswith("## ")
    assert verdict == f"**verdict: {result.verdict.status}**"


def test_why_a_threshold_about_jitter_failed() -> None:
    threshold = Threshold("jitter.ipdv_p99 < 5ms", None, "jitter", "ipdv_p99", "<", 0.005, "seconds")
    held = judge([threshold], [], replace(samples.GROUP, jitter=Jitter(None, None, None)))
    result = replace(samples.RESULT, scenario=replace(samples.PLAN, thresholds=(threshold,)), thresholds=held)
    text = render(result, None, "table")
    assert re.search(r"✗ FAILED +- +- +withheld: too few samples, and p99 takes 1,000$", text, re.MULTILINE)


def test_the_margin_is_what_is_left_to_the_limit() -> None:
    text = render(samples.RESULT, None, "table")
    assert re.search(r"p90 < 20ms +✓ ok +680 us +19.32 ms \(97%\)$", text, re.MULTILINE)
    assert re.search(r"lost < 0.3% +✗ FAILED +0.4% +-0.1% \(-33%\)$", text, re.MULTILINE)
    assert re.search(r"sent >= 1000 +✓ ok +1,000 +0$", text, re.MULTILINE)
    assert re.search(r"requests_per_s > 50/s +✓ ok +90.9/s +40.9/s \(82%\)$", text, re.MULTILINE)


def test_a_run_that_a_threshold_ended_says_so() -> None:
    run = replace(samples.RUN, elapsed_s=3.2, aborted_by="lost < 0.3%")
    text = render(replace(samples.RESULT, runs=(run,)), None, "table")
    assert "ended by a threshold after 3.2 s of 10 s, after a 1 s warm-up" in text


def test_a_long_path_stays_in_one_piece() -> None:
    path = "results/" + "long/" * 60
    assert f"saved: {path}" in render(samples.RESULT, path, "table").split("\n")


def test_not_saved_is_not_said() -> None:
    assert "saved" not in render(samples.RESULT, None, "table")


def test_the_tools_share_is_what_the_kernels_rtt_leaves_of_the_applications() -> None:
    text = render(RESULTS["kernel"], SAVED, "table")
    assert re.search(r"^kernel +994 +312 us +550 us +- +11.9 ms +100 us$", text, re.MULTILINE)
    assert "without a kernel RTT: 2 of the 996 requests of kernel that are ok" in text
    assert "dropped at this machine's own sockets, so not by the network: 3 of kernel" in text
    plain = render(samples.RESULT, SAVED, "table")
    assert "kernel RTT" not in plain
    assert "own sockets" not in plain


def test_a_warm_up_is_in_none_of_the_numbers() -> None:
    assert "warm-up: 100 requests, 100 ok, in none of the numbers above" in render(samples.RESULT, None, "table")


def test_medians_are_of_the_runs_and_requests_of_all_of_them() -> None:
    text = render(experiments.MATRIX, SAVED, "table")
    assert re.search(r"^udp +students +2 +2,000 +1,996 +0 +4 ", text, re.MULTILINE)
    assert re.search(r"^udp +students .* 250 us +680 us +1.0 ms ", text, re.MULTILINE)
    assert re.search(r"^tcp +students .* 500 us +680 us +2.0 ms ", text, re.MULTILINE)
    repeated = render(experiments.REPEATED, SAVED, "table")
    assert re.search(r"^students +2 .* 250 us +680 us +- ", repeated, re.MULTILINE)  # a run has no p99


def test_a_threshold_of_several_runs_says_in_how_many() -> None:
    text = render(experiments.MATRIX, SAVED, "table")
    assert re.search(r"p90 < 20ms +tcp +\? not judged in 1 of 2 runs +- +-$", text, re.MULTILINE)
    assert re.search(r"p90 < 20ms +udp +✗ FAILED in 1 of 2 runs +1.2 ms +", text, re.MULTILINE)


def test_a_hint_stands_below_the_table() -> None:
    result = samples.result_of(replace(samples.GROUP, hints=("9% of the round trips stalled\n",)))
    assert "\nhint: 9% of the round trips stalled\\n\n" in render(result, None, "table")


def test_a_hint_of_several_runs_is_told_once_with_the_variant_that_has_it() -> None:
    def stalled(run: Run, share: int) -> Run:
        groups = (replace(run.groups[0], hints=(f"{share}% of the round trips stalled",)), *run.groups[1:])
        return replace(run, groups=groups)

    matrix = experiments.MATRIX
    result = replace(matrix, runs=(stalled(matrix.runs[0], 9), *matrix.runs[1:3], stalled(matrix.runs[3], 8)))
    text = render(result, SAVED, "table")
    assert text.count("hint: ") == 1
    assert "\nhint: 9% of the round trips stalled (transport=tcp)\n" in text


def test_several_runs_stand_beside_the_floor_too() -> None:
    matrix = experiments.MATRIX
    calibrated = replace(matrix, environment=replace(matrix.environment, calibration=samples.CALIBRATION))
    text = " ".join(render(calibrated, SAVED, "table").split())
    floor = samples.CALIBRATION.udp.p50_s
    assert floor is not None
    assert f"udp students' p50 is {0.00025 / floor:,.1f} times that" in text
