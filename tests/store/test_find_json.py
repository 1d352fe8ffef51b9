"""A search comes back from its folder as it was; what is none is refused with its place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sockbench.store.decode import decode
from sockbench.store.encode import encode
from sockbench.store.reading import ResultError
from tests.report.searches import RESULT, STEPS, TOOL


def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(encode(RESULT)))
    return read


@pytest.mark.parametrize(
    "find",
    [
        TOOL,
        replace(TOOL, value=None, limit=None, confirmed=False, limited_by="unknown"),
        replace(TOOL, steps=(*STEPS[:3], replace(STEPS[3], run=None, status=None, held=()), *STEPS[4:])),
        None,
    ],
)
def test_what_is_written_is_read(find: Any) -> None:
    result = replace(RESULT, find=find)
    assert decode(json.loads(json.dumps(encode(result)))) == result


def test_results_of_before_have_none() -> None:
    old = document()
    del old["find"]
    assert decode(old).find is None


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("what", "speed", "result.find.what is not one of rate, clients"),
        ("path", "rate", "result.find.path is not a path"),
        ("value", "many", "result.find.value is not a number"),
        ("limited_by", "luck", "result.find.limited_by is not one of"),
        ("steps", [{}], r"result.find.steps\[0\].thresholds is missing"),
    ],
)
def test_what_is_no_search_is_refused(key: str, value: object, words: str) -> None:
    wrong = document()
    wrong["find"][key] = value
    with pytest.raises(ResultError, match=words):
        decode(wrong)


def test_a_step_names_a_run_that_is_there() -> None:
    wrong = document()
    wrong["find"]["steps"][0]["run"] = 7
    with pytest.raises(ResultError, match=r"steps\[0\].run names no run"):
        decode(wrong)
