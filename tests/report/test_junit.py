"""JUnit XML against golden files, and against the shape that the schemas of Ant's and Jenkins's reports ask for.

`SOCKBENCH_GOLDEN=write pytest tests/report` writes the golden files anew: read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import HealthCheck, given, settings

from sockbench.model.experiment import Variant
from sockbench.model.result import Result, ThresholdResult, Verdict
from sockbench.report.junit import junit
from tests.report import experiments, samples, searches
from tests.report.strategies import results

GOLDEN = Path(__file__).parent / "golden"
INVALID = Verdict("invalid", ("the tool was late by 12 ms & more", "a <second> reason"))
ABORTED = replace(
    samples.RESULT, runs=(replace(samples.RUN, elapsed_s=3.2, aborted_by=samples.LOST.expression),), verdict=INVALID
)
NAME = "\x1b[31m<script>alert(\"'&'\")</script>\n\x00\ufffe\ud800]]>"
HOSTILE_RUN = replace(samples.RUN, variant={NAME: NAME})
RESULTS: dict[str, Result] = {
    "one_group": samples.RESULT,
    "aborted": ABORTED,
    "interrupted": replace(samples.RESULT, verdict=samples.SUSPECT, interrupted=True, thresholds=()),
    "matrix": experiments.MATRIX,
    "searched": searches.RESULT,
    "nothing_found": replace(
        searches.RESULT, find=replace(searches.TOOL, value=None, confirmed=False, limited_by="system")
    ),
    "hostile": replace(
        samples.RESULT,
        name=NAME,
        runs=(HOSTILE_RUN,),
        variants=(Variant(HOSTILE_RUN.variant, samples.PLAN),),
        thresholds=(ThresholdResult(NAME, 0.5, False, HOSTILE_RUN.variant, 1, NAME),),
        verdict=Verdict("invalid", (NAME, NAME)),
    ),
}
DECIMAL = re.compile(r"\d+(\.\d+)?")


def parsed(text: str) -> list[Xml.Element]:
    """The suites of a document that has the shape that the schemas ask for."""
    root = Xml.fromstring(text)
    assert (root.tag, dict(root.attrib)) == ("testsuites", {})
    for number, suite in enumerate(root):
        needed = {"name", "tests", "failures", "errors", "skipped", "time", "id", "package", "hostname", "timestamp"}
        assert (suite.tag, set(suite.attrib)) == ("testsuite", needed)
        assert suite.get("id") == str(number)
        assert all(suite.attrib.values())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        cases = suite.findall("testcase")
        assert [child.tag for child in suite] == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
        for one in suite[0]:
            assert (one.tag, set(one.attrib), bool(one.get("name"))) == ("property", {"name", "value"}, True)
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert all(case.attrib.values())
            assert DECIMAL.fullmatch(case.attrib["time"])
            assert [child.tag for child in case] in ([], ["failure"], ["error"], ["skipped"])
            for child in case:
                assert set(child.attrib) == ({"message"} if child.tag == "skipped" else {"message", "type"})
                assert all(child.attrib.values())
        assert DECIMAL.fullmatch(suite.attrib["time"])
        counted = {"tests": "testcase", "failures": "*/failure", "errors": "*/error", "skipped": "*/skipped"}
        assert {key: len(suite.findall(path)) for key, path in counted.items()} == {
            key: int(suite.attrib[key]) for key in counted
        }
    return list(root)


def endings(text: str) -> list[tuple[str, str, str]]:
    """(test case, how it ended, of which type) of all suites."""
    return [
        (case.attrib["name"], case[0].tag if len(case) else "passed", case[0].get("type", "") if len(case) else "")
        for suite in parsed(text)
        for case in suite.findall("testcase")
    ]


@pytest.mark.parametrize("name", RESULTS)
def test_golden(name: str) -> None:
    path = GOLDEN / f"{name}.junit.xml"
    text = junit(RESULTS[name])
    if os.environ.get("SOCKBENCH_GOLDEN") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()
    parsed(text)


def test_each_threshold_is_a_case_and_the_verdict_too() -> None:
    assert endings(junit(samples.RESULT)) == [
        ("verdict", "passed", ""),
        ("students.rtt.p90 < 20ms", "passed", ""),
        ("students.rtt.p999 < 50ms", "error", "withheld"),
        ("lost < 0.3%", "failure", "threshold"),
        ("sent >= 1000", "passed", ""),
        ("requests_per_s > 50/s", "passed", ""),
    ]
    (failed,) = Xml.fromstring(junit(samples.RESULT)).iter("failure")
    assert failed.get("message") == "lost < 0.3%: actual 0.4%, margin -0.1% (-33%)"
    assert failed.text == "expression: lost < 0.3%\nactual: 0.4%\nmargin: -0.1% (-33%)"


def test_each_run_has_a_suite() -> None:
    suites = parsed(junit(experiments.MATRIX))
    assert [suite.get("name") for suite in suites[1:3]] == [
        "udp10 (transport=tcp, repetition 1): thresholds",
        "udp10 (transport=udp, repetition 1): thresholds",
    ]
    assert [ending for _, ending, _ in endings(junit(experiments.MATRIX))] == [
        *("passed", "passed", "passed", "failure", "skipped")
    ]
    assert len(parsed(junit(experiments.COMPARED))) == 13


def test_an_invalid_result_fails_and_one_that_was_cut_short_is_an_error() -> None:
    assert endings(junit(ABORTED))[0] == ("verdict", "failure", "invalid")
    assert endings(junit(RESULTS["interrupted"])) == [("verdict", "error", "interrupted")]
    suspect = junit(replace(samples.RESULT, verdict=samples.SUSPECT))
    assert endings(suspect)[0] == ("verdict", "passed", "")
    (out, *_) = Xml.fromstring(suspect).iter("system-out")
    assert (out.text or "").startswith("verdict: suspect\nthe run was interrupted after 3.2 s\n")


def test_what_ended_a_run_is_told() -> None:
    told = "the threshold lost < 0.3% ended the run after 3.2 s of 10 s"
    (_, failed) = Xml.fromstring(junit(ABORTED)).iter("failure")
    assert failed.get("type") == "abort"
    assert (failed.get("message") or "").endswith(told)
    assert [out.text for out in Xml.fromstring(junit(ABORTED)).iter("system-out")][1] == told


def test_a_search_that_found_nothing_fails() -> None:
    assert endings(junit(RESULTS["nothing_found"]))[1][1:] == ("failure", "search")
    assert endings(junit(searches.RESULT))[1][1:] == ("passed", "")


def test_a_started_that_is_no_time_and_one_elsewhere() -> None:
    for started, shown in (("soon", "1970-01-01T00:00:00"), ("2026-11-21T08:50:00.5+02:00", "2026-11-21T06:50:00")):
        assert parsed(junit(replace(samples.RESULT, started=started)))[0].get("timestamp") == shown


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_result_is_a_document_of_this_shape(result: Result) -> None:
    text = junit(result)
    assert text.isascii()
    assert len([case for case in endings(text) if case[0] == "verdict"]) >= 1
