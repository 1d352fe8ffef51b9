"""CSV with every field, JSON against golden files, and what a pull request is shown first."""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.result import Buffer, GroupResult, Result, Run
from sockbench.report.run_report import render
from sockbench.store.folder import dumps
from tests.report import experiments, samples, searches
from tests.report.strategies import results

GOLDEN = Path(__file__).parent / "golden"
NOT_OF_A_GROUP = {"variant", "repetition", "groups", "servers", "intervals", "relays"}
"""Fields of a run that name it, and those that have rows of their own in `result.json`."""


@pytest.mark.parametrize(
    ("name", "result"), [("one_group", samples.RESULT), ("matrix", experiments.MATRIX), ("searched", searches.RESULT)]
)
def test_json_golden(name: str, result: Result) -> None:
    path = GOLDEN / f"{name}.json"
    text = dumps(result)
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


def test_the_csv_has_every_field_of_a_group_and_of_its_run() -> None:
    columns = next(csv.reader(io.StringIO(render(samples.RESULT, None, "csv"))))
    assert len(columns) == len(set(columns))
    for field in (*fields(GroupResult), *fields(Run)):
        names = {"counts": ("planned", "sent", *OUTCOME_NAMES)}.get(field.name, (field.name,))
        if field.name not in NOT_OF_A_GROUP:
            for name in names:
                assert any(column == name or column.startswith(f"{name}_") for column in columns), name


def test_the_csv_says_what_a_buffer_was_and_what_ended_the_run() -> None:
    group = replace(samples.GROUP, receive_buffer=Buffer(1000, 2000), hints=("one", "=two"))
    result = replace(samples.RESULT, runs=(replace(samples.RUN, groups=(group,), aborted_by="lost < 1%"),))
    (row,) = csv.DictReader(io.StringIO(render(result, None, "csv")))
    assert (row["receive_buffer_size"], row["receive_buffer_wanted"]) == ("1000", "2000")
    assert (row["hints"], row["aborted_by"], row["elapsed_s"]) == ("one; =two", "lost < 1%", "11.0")
    (plain,) = csv.DictReader(io.StringIO(render(samples.RESULT, None, "csv")))
    assert (plain["receive_buffer_size"], plain["hints"], plain["aborted_by"]) == ("", "", "")


def test_a_pull_request_sees_what_decides_before_anything_is_folded() -> None:
    text = render(experiments.COMPARED, None, "markdown")
    shown = text.partition("<details>")[0]
    places = [shown.index(part) for part in ("**verdict: valid**", "round trip was ", "| threshold", "| transport |")]
    assert places == sorted(places)
    assert re.findall(r"<summary>(.*)</summary>", text) == [
        "details",
        "comparison of the variants",
        "how it was measured",
    ]
    few = render(experiments.MATRIX, None, "markdown")
    assert "<summary>comparison" not in few


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_results_folds_are_closed_and_no_name_opens_one(result: Result) -> None:
    lines = render(result, None, "markdown").split("\n")
    tags = [line for line in lines if re.match(r"\s*<", line)]
    assert {re.sub(">.*", ">", tag) for tag in tags} <= {"<details>", "<summary>", "</details>"}
    assert tags.count("<details>") == tags.count("</details>") == len(tags) / 3
    for place, line in enumerate(lines):
        if line.startswith(("<summary>", "</details>")):  # else GitHub takes what follows, or precedes, for HTML
            assert lines[place + (1 if line.startswith("<s") else -1)] == ""
