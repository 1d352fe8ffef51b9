"""The grammar of thresholds: what each means, and what each wrong one is told."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.scenario.thresholds import METRICS, parse_threshold
from tests.scenario.helpers import mistakes, plan, told

GROUPS = ["students", "ping over UDP", "rtt", "a<b"]

RIGHT: list[tuple[str, tuple[str | None, str, str | None, str, float, str]]] = [
    ("lost < 1%", (None, "lost", None, "<", 0.01, "share")),
    ("lost == 0", (None, "lost", None, "==", 0.0, "count")),
    ("lost==0", (None, "lost", None, "==", 0.0, "count")),
    ("students.ok >= 10", ("students", "ok", None, ">=", 10.0, "count")),
    ("students.rtt.p99 < 20ms", ("students", "rtt", "p99", "<", 0.02, "seconds")),
    ("rtt.p999 <= 1s", (None, "rtt", "p999", "<=", 1.0, "seconds")),
    ("response.max < 1m30s", (None, "response", "max", "<", 90.0, "seconds")),
    ("lag.min > 0s", (None, "lag", "min", ">", 0.0, "seconds")),
    ("jitter.rfc3550 < 2ms", (None, "jitter", "rfc3550", "<", 0.002, "seconds")),
    ("students.jitter.ipdv_mean < 2ms", ("students", "jitter", "ipdv_mean", "<", 0.002, "seconds")),
    ("requests_per_s > 500/s", (None, "requests_per_s", None, ">", 500.0, "per_second")),
    ("students.replies_per_s > 60/m", ("students", "replies_per_s", None, ">", 1.0, "per_second")),
    ("ping over UDP.lost < 1%", ("ping over UDP", "lost", None, "<", 0.01, "share")),
    ("rtt.lost < 1%", ("rtt", "lost", None, "<", 0.01, "share")),
    ("rtt.rtt.p50 < 1ms", ("rtt", "rtt", "p50", "<", 0.001, "seconds")),
    ("a<b.lost < 1%", ("a<b", "lost", None, "<", 0.01, "share")),
]
RIGHT += [(f"{metric} < 3", (None, metric, None, "<", 3.0, "count")) for metric in METRICS[:13]]

WRONG = [
    ("lost", '"lost" compares nothing: write <, <=, >, >= or ==, like rtt.p99 < 20ms or lost < 1%'),
    ("lost = 1", '"lost = 1" compares nothing: write <, <=, >, >= or ==, like rtt.p99 < 20ms or lost < 1%'),
    ("< 1%", '"< 1%" has no metric before <: write it like rtt.p99 < 20ms or lost < 1%'),
    ("lost <", '"lost <" has no value after <: write it like rtt.p99 < 20ms or lost < 1%'),
    ("lsot < 1%", '"lsot < 1%": "lsot" is not a metric, did you mean "lost"?'),
    ("rttt.p99 < 1s", '"rttt.p99 < 1s": "rttt" is not a metric, did you mean "rtt"?'),
    (
        "rtt < 1s",
        '"rtt < 1s": rtt needs a statistic: write rtt.max or another of min, mean, p50, p90, p99, p999 or max',
    ),
    ("rtt.p98 < 1s", '"rtt.p98 < 1s": "p98" is not a statistic of rtt, did you mean "p99"?'),
    (
        "rtt.rfc3550 < 1s",
        '"rtt.rfc3550 < 1s": "rfc3550" is not a statistic of rtt: write min, mean, p50, p90, p99, p999 or max',
    ),
    ("students.lost.p99 < 1", '"students.lost.p99 < 1": lost has no statistic: leave ".p99" out'),
    ("lost.p99 < 1", '"lost.p99 < 1": lost has no statistic: leave ".p99" out'),
    ("studnets.lost < 1%", '"studnets.lost < 1%": no group is called "studnets", did you mean "students"?'),
    ("zzz.lost < 1%", '"zzz.lost < 1%": no group is called "zzz": write students, ping over UDP, rtt or a<b'),
    ("students.lsot < 1%", '"students.lsot < 1%": "lsot" is not a metric, did you mean "lost"?'),
    (
        "a.b.lost.p99 < 1",
        '"a.b.lost.p99 < 1": "a.b.lost.p99" is not [group.]metric[.statistic], like rtt.p99 < 20ms or lost < 1%',
    ),
    ("rtt.p99 < 20", '"rtt.p99 < 20": "20" has no unit: write 20s, 20ms or 1m30s'),
    ("requests_per_s > 500", '"requests_per_s > 500": "500" has no unit: write 500/s, 500/m or 500/h'),
    ("lost < 101%", '"lost < 101%": "101%" is more than 100%'),
    ("lost < 1.5", '"lost < 1.5": "1.5" is neither a whole number nor a share: write it like 10 or 1%'),
    ("lost < -1", '"lost < -1": "-1" is neither a whole number nor a share: write it like 10 or 1%'),
    ("lost < 1ms", '"lost < 1ms": "1ms" is neither a whole number nor a share: write it like 10 or 1%'),
    ("x" * 600, '"' + "x" * 57 + '..." is too long for a threshold: write it like rtt.p99 < 20ms or lost < 1%'),
]


RIGHT += [
    ("students.lost_up < 1%", ("students", "lost_up", None, "<", 0.01, "share")),
    ("lost_down == 0", (None, "lost_down", None, "==", 0.0, "count")),
    ("students.kernel_rtt.p99 < 1ms", ("students", "kernel_rtt", "p99", "<", 0.001, "seconds")),
]

SMALL = """\
servers: {echo: {service: echo, transport: udp}}
clients:
  - {name: askers, server: echo}
  - {name: stamped, server: echo, timestamps: kernel}
thresholds:
  - """


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("lost < 1%", None),
        ('{expression: "lost < 1%"}', None),
        ('{expression: "lost < 1%", abort: false}', None),
        ('{expression: "lost < 1%", abort: true}', 0.0),
        ('{expression: "lost == 0", abort: true, grace: 1m30s}', 90.0),
    ],
)
def test_when_it_may_end_a_run(written: str, expected: float | None) -> None:
    (threshold,) = plan(SMALL + written).thresholds
    assert threshold.abort_after == expected


NOT_SO = [
    ("{abort: true}", '6:5: thresholds[0]: the key "expression" is missing: write expression: "lost < 1%"'),
    (
        '{expression: "lost < 1%", grace: 5s}',
        '6:31: thresholds[0]: "grace" goes with abort: true: write both, or leave it out',
    ),
    (
        '{expression: "lsot < 1%", abort: true}',
        '6:18: thresholds[0].expression: "lsot < 1%": "lsot" is not a metric, did you mean "lost"?',
    ),
    (
        '{expression: "ok >= 100", abort: true}',
        '6:18: thresholds[0].expression: "ok >= 100" may come true until the run ends, since a count grows: leave '
        "abort out, or hold a share or a rate against it",
    ),
    (
        '{expression: "lost < 1%", abort: 5s}',
        '6:38: thresholds[0].abort: "5s" is not true or false',
    ),
    (
        '{expression: "lost < 1%", abort: true, grace: 5}',
        '6:51: thresholds[0].grace: "5" has no unit: write 5s, 5ms or 1m30s',
    ),
    (
        '{expression: "lost < 1%", abrot: true}',
        '6:31: thresholds[0]: unknown key "abrot", did you mean "abort"?',
    ),
    ("5", '6:5: thresholds[0]: "5" is a number, not text: write it in quotes'),
    (
        '"askers.kernel_rtt.p50 < 1ms"',
        '6:5: thresholds[0]: "askers.kernel_rtt.p50 < 1ms": the group "askers" has no kernel RTTs: write timestamps: '
        "kernel there, or hold rtt",
    ),
]


@pytest.mark.parametrize(("written", "expected"), NOT_SO)
def test_what_is_told_of_a_wrong_one(written: str, expected: str) -> None:
    assert mistakes(SMALL + written) == [expected]


def test_kernel_rtts_are_of_groups_that_have_them() -> None:
    assert not mistakes(SMALL + '"stamped.kernel_rtt.p50 < 1ms"')
    assert not mistakes(SMALL + '"kernel_rtt.p50 < 1ms"')


@pytest.mark.parametrize(("text", "expected"), RIGHT)
def test_right(text: str, expected: tuple[str | None, str, str | None, str, float, str]) -> None:
    found = parse_threshold(text, GROUPS)
    assert (found.group, found.metric, found.statistic, found.op, found.value, found.unit) == expected
    assert found.expression == text


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_wrong(text: str, expected: str) -> None:
    assert told(lambda: parse_threshold(text, GROUPS)) == expected


def test_groups_that_are_not_known_are_not_held_against_it() -> None:
    assert parse_threshold("anyone.lost < 1%", None).group == "anyone"


@given(st.text(), st.sampled_from(METRICS))
def test_any_text_is_a_threshold_or_a_sentence(text: str, metric: str) -> None:
    for whole in (text, f"{metric} < {text}", f"{text} < 1%", f"{text}.{metric} == 1"):
        words = told(partial(parse_threshold, whole, GROUPS))
        assert words is None or words.isprintable()


def test_the_counts_are_the_first_metrics() -> None:
    counts = "planned sent ok late lost refused failed corrupt skipped unfinished duplicate reordered stray"
    assert " ".join(METRICS[:13]) == counts
