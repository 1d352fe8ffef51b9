"""`result.json`: its shape and order, and that a result comes back as it was."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sockbench.model.plan import FilePayload, Plan
from sockbench.model.result import Result
from sockbench.store.decode import decode
from sockbench.store.encode import encode
from sockbench.store.folder import dumps
from sockbench.store.reading import ResultError
from tests.report.experiments import MATRIX
from tests.report.samples import EVERY_KIND, RESULT
from tests.report.strategies import results

DOCUMENT: dict[str, Any] = json.loads(dumps(RESULT))


def without_data(plan: Plan) -> Plan:
    groups = (
        replace(group, payload=replace(group.payload, data=b"")) if isinstance(group.payload, FilePayload) else group
        for group in plan.groups
    )
    return replace(plan, groups=tuple(groups))


def keys(values: dict[str, Any]) -> str:
    return " ".join(values)


def test_the_order_of_the_design() -> None:
    run = DOCUMENT["runs"][0]
    group = run["groups"][0]
    assert keys(DOCUMENT) == (
        "schema sockbench name started interrupted seed verdict environment scenario thresholds comparison find runs"
    )
    assert keys(run) == "variant repetition warmup_s duration_s elapsed_s groups servers intervals relays aborted_by"
    assert keys(group) == (
        "name server transport clients planned sent ok late lost refused failed corrupt skipped unfinished "
        "duplicate reordered stray lost_up lost_down lost_unknown bytes_sent bytes_received "
        "requests_per_s replies_per_s rtt response lag jitter unregistered warmup late_rtt "
        "kernel_rtt kernel_drops churned hints receive_buffer send_buffer tcp"
    )
    assert keys(group["rtt"]) == "n min_s mean_s p50_s p90_s p99_s p999_s max_s"
    assert keys(run["servers"][0]) == (
        "name transport address received answered rejected clients_peak kernel_drops cpu_s receive_buffer send_buffer "
        "idled unproven"
    )
    assert keys(run["intervals"][0]) == (
        "start_s end_s group planned sent ok late lost refused failed corrupt skipped unfinished "
        "went_out timed_out requests_per_s rtt"
    )
    assert list(DOCUMENT["thresholds"][0])[:3] == ["expression", "actual", "ok"]
    assert DOCUMENT["schema"] == 1
    assert DOCUMENT["comparison"] is None


def test_the_scenario_is_in_the_words_of_a_scenario() -> None:
    scenario = json.loads(dumps(replace(RESULT, scenario=EVERY_KIND)))["scenario"]
    assert (
        keys(scenario)
        == "name description source seed warmup duration drain servers clients thresholds repeat variants"
    )
    assert scenario["servers"]["echo"] == {
        "service": "echo",
        "transport": "tcp",
        "host": "127.0.0.1",
        "port": 0,
        "max_clients": None,
        "idle": 60.0,
        "banner": True,
        "once": False,
        "max_per_address": None,
        "impair": None,
        "nodelay": True,
        "quickack": True,
        "send_buffer": None,
        "receive_buffer": None,
        "congestion": None,
    }
    assert [scenario["clients"][3][key] for key in ("nodelay", "quickack", "send_buffer", "congestion", "writes")] == [
        False,
        None,
        65_536,
        "reno",
        2,
    ]
    assert [client["payload"] for client in scenario["clients"]] == [
        {"text": "Olá, servidor!"},
        {"size": 64},
        {"text": "Olá, servidor!"},
        {"digits": [1, 30]},
        *[{"text": "Olá, servidor!"}] * 3,
        {"choice": ["a", "b"]},
        {
            "file": "data/message.bin",
            "size": 5,
            "sha256": "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5",
        },
    ]
    assert [client["arrivals"] for client in scenario["clients"]] == [
        {"rate": 100.0, "pattern": "constant", "phase": "staggered"},
        {"closed": True, "think": 0.5, "phase": "lockstep"},
        {"rate": 100.0, "pattern": "constant", "phase": "staggered"},
        {"every": 10.0, "phase": "staggered"},
        {"closed": True, "think": [0.5, 1.5], "phase": "staggered"},
        {"rate": 5.0, "pattern": "burst", "burst": 20, "phase": "staggered"},
        {
            "stages": [{"duration": 4.0, "rate": [0.0, 50.0]}, {"duration": 1.0, "rate": [0.0, 0.0]}],
            "pattern": "poisson",
            "phase": "staggered",
        },
        {"rate": 5.0, "pattern": "poisson", "phase": "lockstep"},
        {"rate": 100.0, "pattern": "constant", "phase": "staggered"},
    ]
    assert [client["target"] for client in scenario["clients"]] == [None] * 8 + ["tcp://[::1]:8888"]
    assert scenario["thresholds"][0] == "students.rtt.p90 < 20ms"


def test_a_plan_that_was_saved_before_groups_had_times_is_read() -> None:
    document = json.loads(dumps(RESULT))
    for client in document["scenario"]["clients"]:
        for key in ("start", "stop", "churn"):
            del client[key]
    assert decode(document) == RESULT


def test_an_impairment_is_in_the_words_of_a_scenario() -> None:
    scenario = json.loads(dumps(replace(RESULT, scenario=EVERY_KIND)))["scenario"]
    quiet = {
        "loss": None,
        "delay": 0.0,
        "jitter": None,
        "duplicate": 0.0,
        "reorder": 0.0,
        "corrupt": 0.0,
        "rate": None,
        "queue": None,
    }
    assert scenario["servers"]["upper"]["impair"] == {
        "up": quiet | {"delay": 0.02, "rate": 1.25e6, "queue": 65_536},
        "down": quiet | {"delay": 0.01},
        "stall": {"every": 5.0, "for": 0.5},
        "reset": 30.0,
    }
    impair = scenario["clients"][2]["impair"]
    assert impair["up"]["loss"] == {"p": 0.01, "r": 0.25, "bad": 0.9, "good": 0.001}
    assert impair["up"]["jitter"] == {"normal": 0.005}
    assert impair["down"]["loss"] == 0.05
    assert impair["down"]["jitter"] == {"uniform": 0.001}


def test_a_result_of_before_there_were_impairments_is_read() -> None:
    document = copy.deepcopy(DOCUMENT)
    for holder in (*document["scenario"]["servers"].values(), *document["scenario"]["clients"]):
        del holder["impair"]
    assert decode(document) == RESULT


def test_every_kind_of_plan_comes_back() -> None:
    result = replace(RESULT, scenario=EVERY_KIND)
    assert decode(json.loads(dumps(result))) == replace(result, scenario=without_data(EVERY_KIND))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_any_result_comes_back(result: Result) -> None:
    assert decode(json.loads(dumps(result))) == result


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dumps(replace(RESULT, runs=(replace(RESULT.runs[0], elapsed_s=number),)))


def test_a_result_of_before_these_were_written_is_read() -> None:
    document = copy.deepcopy(DOCUMENT)
    environment: Any = document["environment"]
    del environment["workers_auto"], environment["start_late_s"]
    read = decode(document).environment
    assert (read.workers_auto, read.start_late_s) == (False, None)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    if isinstance(value, list):
        for i, inner in enumerate(value):
            found += places(inner, (*path, i))
    return found


@given(st.sampled_from(places(DOCUMENT)), st.sampled_from([..., None, -1, 1e400, "text", [], {}, [[]], True]))
def test_a_changed_document_is_read_or_refused_with_its_place(place: tuple[str | int, ...], value: object) -> None:
    document = copy.deepcopy(DOCUMENT)
    holder: Any = document
    for step in place[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    assert isinstance(read(document), Result | ResultError)


def read(document: object) -> Result | ResultError:
    try:
        return decode(document)
    except ResultError as error:
        return error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, "result.schema is 2, and this version of sockbench reads schema 1 only"),
        ({"schema": "1"}, "result.schema is not a whole number"),
        ({"name": None}, "result.name is not a text"),
        ({"interrupted": 0}, "result.interrupted is not true or false"),
        ({"runs": {}}, "result.runs is not a list"),
        ({"runs": [1]}, r"result.runs\[0\] is not an object"),
        ({"verdict": {"status": "fine", "reasons": []}}, "verdict.status is not one of valid, suspect, invalid"),
        ({"verdict": {"status": "valid", "reasons": [1]}}, "verdict.reasons is not a list of texts"),
        ({"thresholds": [{"expression": "x", "actual": 10**400, "ok": None}]}, r"thresholds\[0\].actual is too large"),
        ({"thresholds": [{"expression": "x", "actual": "1", "ok": None}]}, "actual is not a number"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ResultError, match=words):
        decode(DOCUMENT | change)


@pytest.mark.parametrize(
    ("way", "change", "words"),
    [
        ("up", {"loss": "5%"}, "up.loss is not an object"),
        ("up", {"loss": {"p": 1}}, "up.loss.r is missing"),
        ("down", {"jitter": {"even": 1}}, "down.jitter is neither uniform nor normal"),
        ("down", {"queue": 1.5}, "down.queue is not a whole number"),
    ],
)
def test_a_wrong_impairment_is_refused_with_its_place(way: str, change: dict[str, Any], words: str) -> None:
    document = json.loads(dumps(replace(RESULT, scenario=EVERY_KIND)))
    document["scenario"]["clients"][2]["impair"][way] |= change
    with pytest.raises(ResultError, match=rf"clients\[2\]\.impair\.{words}"):
        decode(document)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ResultError, match=r"^result\.schema is missing$"):
        decode({})


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_no_object_is_no_result(document: object) -> None:
    with pytest.raises(ResultError, match="result is not an object"):
        decode(document)


def test_counts_that_do_not_add_up_are_refused() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["runs"][0]["groups"][0]["planned"] += 1
    with pytest.raises(ResultError, match=r"groups\[0\]: planned and sent are not the sums"):
        decode(document)


@pytest.mark.parametrize("url", ["udp://:1", "udp://host", "sctp://host:1", "host:1", "udp://host:123456", "udp://h:x"])
def test_a_target_that_is_no_url_is_refused(url: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["scenario"]["clients"][0]["target"] = url
    with pytest.raises(ResultError, match=r"clients\[0\]\.target is no URL"):
        decode(document)


def test_a_result_of_the_first_version_has_no_kernel_times() -> None:
    document = copy.deepcopy(DOCUMENT)
    group = document["runs"][0]["groups"][0]
    del document["runs"][0]["intervals"][0]["requests_per_s"]
    del group["kernel_rtt"], group["kernel_drops"], document["scenario"]["clients"][0]["timestamps"]
    del group["receive_buffer"], document["runs"][0]["servers"][0]["receive_buffer"]
    del group["send_buffer"], group["tcp"], document["runs"][0]["servers"][0]["send_buffer"]
    for holder in (document["scenario"]["servers"]["registry"], document["scenario"]["clients"][0]):
        for key in ("nodelay", "quickack", "send_buffer", "receive_buffer", "congestion"):
            del holder[key]
    del document["scenario"]["clients"][0]["writes"]
    assert decode(document) == decode(DOCUMENT)
    assert RESULT.runs[0].groups[0].kernel_rtt is None


def test_encoding_shares_nothing_with_the_result() -> None:
    encoded: Any = encode(RESULT)
    encoded["environment"]["libraries"]["trio"] = "changed"
    encoded["runs"][0]["variant"]["transport"] = "changed"
    assert RESULT.environment.libraries["trio"] == "0.35.0"
    assert RESULT.runs[0].variant == {}


def test_a_result_of_before_the_matrix_has_one_variant_run_once() -> None:
    document = copy.deepcopy(DOCUMENT)
    del document["scenario"]["repeat"], document["scenario"]["variants"]
    for held in document["thresholds"]:
        del held["variant"], held["repetition"]
    found = decode(document)
    assert found == decode(DOCUMENT)
    assert (found.variants, found.repeat, found.is_of_many) == ((), 1, False)


def test_each_variant_comes_back_with_its_own_plan() -> None:
    found = decode(json.loads(dumps(MATRIX)))
    assert found == replace(MATRIX, scenario=found.scenario, variants=found.variants)  # but for thresholds not judged
    assert [variant.values for variant in found.variants] == [{"transport": "udp"}, {"transport": "tcp"}]
    assert found.plan_of({"transport": "tcp"}).duration == 20.0
    assert found.plan_of({"transport": "udp"}) == found.scenario
    assert found.is_of_many


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"repeat": "5"}, "result.scenario.repeat is not a whole number"),
        ({"variants": [{"values": {"a": 1}, "plan": {}}]}, r"variants\[0\].values.a is not a text"),
        ({"variants": [{"values": {"a": "1"}, "plan": {}}]}, r"variants\[0\].plan.thresholds is missing"),
    ],
)
def test_a_damaged_variant_is_told(change: dict[str, Any], words: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["scenario"] |= change
    with pytest.raises(ResultError, match=words):
        decode(document)
