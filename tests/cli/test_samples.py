"""`run --samples` and `run --intervals`: real runs, whose rows and lines add up to the result."""

from __future__ import annotations

import csv
import re
import resource
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.stats.histogram import HIGHEST
from tests.cli.command import SMALL, loaded, result_of, saved_result, sockbench, wait_until
from tests.cli.here import called

TWO_GROUPS = """\
name: two
warmup: 300ms
duration: 3s
servers:
  echo: {service: echo, transport: udp}
  upper: {service: upper, transport: tcp}
clients:
  - {name: askers, count: 3, server: echo, arrivals: {rate: 100/s}, timeout: 500ms}
  - {name: "=two, three", count: 3, server: upper, arrivals: {rate: 50/s}, connect: per-request}
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_sums(rows: list[dict[str, str]], groups: list[dict[str, Any]]) -> None:
    """As many rows as requests, of each group, phase and outcome."""
    found = Counter((row["group"].removeprefix("'"), row["phase"], row["outcome"]) for row in rows)
    told = {
        (group["name"], phase, name): counts[name]
        for group in groups
        for phase, counts in (("measured", group), ("warmup", group["warmup"]))
        for name in OUTCOME_NAMES
    }
    assert found == Counter(told)
    assert len(rows) == sum(group["planned"] + group["warmup"]["planned"] for group in groups)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_request_is_a_row(tmp_path: Path, workers: str) -> None:
    (tmp_path / "two.yaml").write_text(TWO_GROUPS)
    file = tmp_path / "rows.csv"
    done = called(
        *("run", tmp_path / "two.yaml", "--duration", "1s", "--no-save", "--format", "json", "--workers", workers),
        SOCKBENCH_SAMPLES=str(file),
    )
    assert done.returncode == 0
    assert done.stderr == ""
    groups = result_of(done)["runs"][0]["groups"]
    rows = rows_of(file)
    assert [group["planned"] for group in groups] == [100, 50]
    check_sums(rows, groups)
    assert len({(row["group"], row["client"]) for row in rows}) == len({row["id"] for row in rows}) == 6
    assert {row["client"] for row in rows} == {"1", "2", "3"}
    for row in rows:
        assert (float(row["due_s"]) < 0) == (row["phase"] == "warmup")
        if row["outcome"] == "ok":
            assert float(row["due_s"]) <= float(row["sent_s"]) <= float(row["done_s"])
    largest = max(float(row["rtt_s"]) for row in rows if row["group"] == "askers" and row["phase"] == "measured")
    assert largest == groups[0]["rtt"]["max_s"]
    for identity in {row["id"] for row in rows}:
        numbers = sorted(int(row["request"]) for row in rows if row["id"] == identity and row["request"])
        assert numbers == list(range(1, len(numbers) + 1))


def test_who_takes_a_place_has_an_id_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("rate: 100/s}", "rate: 100/s}, churn: 200ms"))
    file = tmp_path / "rows.csv"
    done = called("run", tmp_path / "s.yaml", "--no-save", "--format", "json", "--samples", file)
    assert done.returncode == 0
    rows = rows_of(file)
    check_sums(rows, result_of(done)["runs"][0]["groups"])
    assert {row["client"] for row in rows} == {"1", "2", "3"}
    places = {row["id"]: row["client"] for row in rows}
    assert len(places) > 3
    for row in rows:
        assert places[row["id"]] == row["client"]
    assert len({(row["id"], row["request"]) for row in rows}) == len(rows) == 100


@pytest.mark.parametrize("place", ["missing/rows.csv", ".", "/dev/full"])
def test_a_file_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path, place: str) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("duration: 1s", "duration: 100s"))
    done = sockbench("run", "s.yaml", "--samples", place, cwd=tmp_path)
    assert done.returncode == 106
    assert done.stdout == ""
    assert re.fullmatch(r"sockbench: the samples cannot be written to '.*': .*; choose .*\n", done.stderr)
    assert not (tmp_path / "results").exists()


def test_standard_output_is_no_place_for_them(tmp_path: Path) -> None:
    done = called("run", "udp10", "--samples", "-", cwd=tmp_path)
    assert done.returncode == 2
    assert "it must name a file" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_ends_the_file_and_not_the_run(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("duration: 1s", "duration: 2s"))
    file = tmp_path / "rows.csv"

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))

    done = sockbench(*("run", tmp_path / "s.yaml", "--no-save", "--format", "json", "--samples", file), before=fill)
    assert done.returncode == 106
    assert re.fullmatch(r"sockbench: the samples in '.*rows.csv' end early: file too large; choose .*\n", done.stderr)
    assert result_of(done)["runs"][0]["groups"][0]["planned"] == 200
    rows = rows_of(file)
    assert 50 < len(rows) < 200
    assert all(row["rtt_s"] for row in rows if row["outcome"] == "ok")
    assert file.read_text().endswith("\n")


def test_an_interrupt_keeps_what_was_measured(tmp_path: Path) -> None:
    file, results = tmp_path / "rows.csv", tmp_path / "results"
    with loaded(tmp_path, "--samples", file, "--results", results) as command:
        wait_until(lambda: file.read_text().count("\n") > 20)
        command.process.send_signal(signal.SIGINT)
        command.end(105)
    check_sums(rows_of(file), saved_result(results)["runs"][0]["groups"])


def test_a_line_a_second_and_group(tmp_path: Path) -> None:
    """And the histograms of those seconds, as the hdrhistogram package reads them."""
    (tmp_path / "two.yaml").write_text(TWO_GROUPS)
    done = called("run", tmp_path / "two.yaml", "--results", tmp_path / "results", SOCKBENCH_INTERVALS="1")
    assert done.returncode == 0
    intervals = saved_result(tmp_path / "results")["runs"][0]["intervals"]
    lines = done.stderr.splitlines()
    assert len(lines) == len(intervals) >= 6
    assert len({line.index(" p50 ") for line in lines}) == 1
    for line, interval in zip(lines, intervals, strict=True):
        assert interval["group"] in line
        assert f"{interval['ok']:,} ok " in line
        assert interval["requests_per_s"] == pytest.approx(
            interval["went_out"] / (interval["end_s"] - interval["start_s"])
        )
    (folder,) = (tmp_path / "results").iterdir()
    log = HistogramLogReader(str(folder / "latency.hlog"), HdrHistogram(1, HIGHEST, 3))
    for interval in intervals:
        histogram = log.get_next_interval_histogram()
        assert histogram.get_tag() == interval["group"].replace(",", "%2C").replace(" ", "%20")
        assert histogram.get_total_count() == interval["ok"] == interval["rtt"]["n"]
        assert histogram.get_max_value() >= round(interval["rtt"]["max_s"] * 1e9)
    assert log.get_next_interval_histogram() is None
    log.input_file.close()
