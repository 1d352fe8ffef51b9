"""What `--fail-if` may say, and one sentence for each way to say it wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.scenario.conditions import parse_condition
from sockbench.stats.figures import FIGURES, SHORT

GROUPS = ("students", "rtt")


@pytest.mark.parametrize(
    ("text", "group", "figure", "op", "value"),
    [
        ("rtt.p99 > +10%", None, "rtt.p99", ">", 0.1),
        ("p99 > +10%", None, "rtt.p99", ">", 0.1),
        ("p99>+10%", None, "rtt.p99", ">", 0.1),
        ("  response.p999 > +2.5% ", None, "response.p999", ">", 0.025),
        ("throughput < -5%", None, "requests_per_s", "<", -0.05),
        ("replies_per_s < -5%", None, "replies_per_s", "<", -0.05),
        ("lost > +0.5%", None, "lost", ">", 0.005),
        ("p50 > +0%", None, "rtt.p50", ">", 0.0),
        ("p50 > +150%", None, "rtt.p50", ">", 1.5),
        ("students.rtt.p99 > +10%", "students", "rtt.p99", ">", 0.1),
        ("students.p99 > +10%", "students", "rtt.p99", ">", 0.1),
        ("students . lost > +1%", "students", "lost", ">", 0.01),
        ("rtt.rtt.p99 > +10%", "rtt", "rtt.p99", ">", 0.1),
        ("jitter.rfc3550 > +10%", None, "jitter.rfc3550", ">", 0.1),
    ],
)
def test_what_may_be_said(text: str, group: str | None, figure: str, op: str, value: float) -> None:
    found = parse_condition(text, GROUPS)
    assert (found.expression, found.group, found.figure.name, found.op) == (text.strip(), group, figure, op)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", '"" compares nothing: write > or <, like rtt.p99 > +10%'),
        ("p99 +10%", '"p99 +10%" compares nothing: write > or <, like rtt.p99 > +10%'),
        ("p99 > +10% > +5%", '"p99 > +10% > +5%" compares nothing: write > or <, like rtt.p99 > +10%'),
        ("p99 >= +10%", '"p99 >= +10%": a change is held against its limit by > or <, not >=: write rtt.p99 > +10%'),
        ("p99 = +10%", '"p99 = +10%": a change is held against its limit by > or <, not =: write rtt.p99 > +10%'),
        ("> +10%", '"> +10%" has no figure before >: write it like rtt.p99 > +10%'),
        ("rtt.maxi > +10%", '"rtt.maxi > +10%": "maxi" is not a statistic of rtt, did you mean "max"?'),
        ("througput < -5%", '"througput < -5%": "througput" is not a figure, did you mean "throughput"?'),
        ("students.los > +1%", '"students.los > +1%": "los" is not a figure, did you mean "lost"?'),
        (
            "quick < -5%",
            '"quick < -5%": "quick" is not a figure: write one like rtt.p99, response.p99, requests_per_s or lost',
        ),
        ("rtt > +5%", '"rtt > +5%": rtt needs a statistic: write rtt.min, mean, p50, p90, p99, p999 or max'),
        (
            "lag.slow > +5%",
            '"lag.slow > +5%": "slow" is not a statistic of lag: write min, mean, p50, p90, p99, p999 or max',
        ),
        ("studnts.p99 > +1%", '"studnts.p99 > +1%": no group is called "studnts", did you mean "students"?'),
        ("x.p99 > +1%", '"x.p99 > +1%": no group is called "x": write students or rtt'),
        ("p99 >", '"p99 >": there is no change after >: write it like > +10%'),
        ("lost > 1ms", '"lost > 1ms": "1ms" is not a change: write it like > +0.5%'),
        ("p99 > ten", '"p99 > ten": "ten" is not a change: write it like > +10%'),
        ("p99 > +10", '"p99 > +10": "+10" has no unit: write > +10%'),
        ("p99 > 10", '"p99 > 10": "10" has no unit: write > +10%'),
        ("p99 > 10%", '"p99 > 10%": "10%" has no sign: write > +10%'),
        ("throughput < 5%", '"throughput < 5%": "5%" has no sign: write < -5%'),
        ("throughput < +5%", '"throughput < +5%": "+5%" goes the other way than <: write < -5%'),
        ("p99 > -5%", '"p99 > -5%": "-5%" goes the other way than >: write > +5%'),
        ("p99 < -100%", '"p99 < -100%": nothing changes by -100%, so it could never fail: write < -10%'),
        ("lost > +100%", '"lost > +100%": nothing changes by +100%, so it could never fail: write > +0.5%'),
    ],
)
def test_each_mistake_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - its whole text is compared
        parse_condition(text, GROUPS)
    assert str(error.value) == sentence


def test_a_long_text_is_cut_in_its_mistake() -> None:
    with pytest.raises(ValueError, match="is too long for a condition") as error:
        parse_condition("p" * 100_000, GROUPS)
    assert len(str(error.value)) < 200


def test_a_group_where_there_is_none() -> None:
    with pytest.raises(ValueError, match='no group is called "x": leave it out'):
        parse_condition("x.p99 > +1%", ())


@given(st.text(max_size=40) | st.from_regex(r"[a-z.]{0,12} ?[<>=]{0,2} ?[+-]?[0-9.]{0,5}%?", fullmatch=True))
def test_any_text_is_a_condition_or_one_printable_sentence(text: str) -> None:
    sentence = ""
    try:
        found = parse_condition(text, GROUPS)
    except ValueError as error:
        sentence = str(error)
    else:
        assert found.figure.name in FIGURES
    assert sentence.isprintable()


@given(st.sampled_from([*FIGURES, *SHORT]), st.integers(0, 99))
def test_every_figure_can_be_named(name: str, percent: int) -> None:
    assert parse_condition(f"{name} > +{percent}%", ()).figure == FIGURES[SHORT.get(name, name)]
    assert parse_condition(f"students.{name} < -{percent}%", GROUPS).group == "students"
