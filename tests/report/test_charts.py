"""What the charts of an HTML report draw: numbers that are those of the result, and words that say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.experiment import Variant
from sockbench.model.plan import Arrivals, Closed, Every, Rate, Stage, Stages
from sockbench.model.result import Counts, Interval, Result
from sockbench.report.chart import Chart, as_json, rounded, several
from sockbench.report.chart_latency import latency_charts
from sockbench.report.chart_series import all_series, bins
from sockbench.report.chart_time import time_charts
from sockbench.report.chart_totals import number_of, total_charts
from sockbench.report.html_report import charts_of, render_html
from sockbench.stats.histogram import LEAST_BEYOND
from sockbench.stats.hlog import LogLine
from tests.report import searches
from tests.report.experiments import MATRIX
from tests.report.pages import long_result
from tests.report.samples import GROUP, NO_TIMES, PLAN, RESULT, RTT, RUN, STUDENTS
from tests.stats.test_histogram import of


def one_run(
    *intervals: Interval, arrivals: Arrivals | None = None, elapsed: float = 4.0, duration: float = 3.0
) -> Result:
    group = replace(STUDENTS, arrivals=arrivals or Closed())
    plan = replace(PLAN, groups=(group,), duration=duration, warmup=0.0)
    counts = Counts(*(sum(getattr(one.counts, name) for one in intervals) for name in Counts.__slots__))
    whole = replace(GROUP, counts=counts)
    run = replace(RUN, intervals=intervals, elapsed_s=elapsed, duration_s=duration, groups=(whole,))
    return replace(RESULT, scenario=plan, runs=(run,))


def second(
    start: float, ok: int, p99: float | None = None, *, end: float | None = None, timed_out: int = 0, lost: int = 0
) -> Interval:
    """What one of its seconds is saved as."""
    rtt = replace(RTT, p99_s=p99)
    counts = Counts(ok=ok, lost=lost)
    return Interval(start, start + 1 if end is None else end, "students", counts, rtt, float(ok), ok, timed_out)


def charts(result: Result) -> dict[str, Chart]:
    series = all_series(result)
    return {chart.id: chart for chart in (*time_charts(result, series), *total_charts(result, series))}


def values(chart: Chart) -> dict[str, tuple[float | None, ...]]:
    return {line.label: line.values for line in chart.lines}


def test_replies_a_second_are_those_of_each_second_and_a_silent_one_is_none() -> None:
    result = one_run(second(0, 10), second(2, 30), second(3, 2, end=3.2), elapsed=3.2)
    chart = charts(result)["throughput"]
    assert chart.at == (1.0, 2.0, 3.0)  # what came after the load is not drawn
    assert values(chart) == {"students": (10.0, 0.0, 30.0)}
    assert "students 10.0/s" in chart.words.sentence
    assert chart.words.rows == (("students", "0/s", "10.0/s", "30.0/s"),)


def test_timeouts_stand_where_time_was_up_not_at_the_end() -> None:
    result = one_run(second(0, 10), second(1, 10, timed_out=4), second(2, 10, lost=4))
    chart = charts(result)["outcomes"]
    assert values(chart) == {"timed out": (0.0, 4.0, 0.0)}
    assert "in all: timed out 4" in chart.words.sentence
    first = one_run(*(replace(one, timed_out=None) for one in result.runs[0].intervals))
    assert values(charts(first)["outcomes"]) == {"lost": (0.0, 0.0, 4.0)}


def test_a_result_with_nothing_but_ok_has_no_chart_of_the_rest() -> None:
    assert set(charts(one_run(second(0, 10), second(1, 10)))) == {"throughput", "rtt", "lag"}


@pytest.mark.parametrize(
    ("arrivals", "offered"),
    [
        (Every(period=2.0), (5.0, 5.0, 5.0)),
        (Rate(per_second=100.0), (100.0, 100.0, 100.0)),
        (Stages((Stage(2.0, 0.0, 100.0), Stage(1.0, 40.0, 40.0))), (25.0, 75.0, 40.0)),
        (Stages((Stage(1.0, 10.0, 10.0),)), (10.0, 0.0, 0.0)),
    ],
)
def test_what_is_offered_is_what_the_schedule_makes_due(arrivals: Arrivals, offered: tuple[float, ...]) -> None:
    result = one_run(second(0, 7), second(1, 8), second(2, 9), arrivals=arrivals)
    assert values(charts(result)["offered"]) == {"offered": pytest.approx(offered), "sent": (7.0, 8.0, 9.0)}


def test_of_a_closed_load_nothing_is_offered() -> None:
    assert "offered" not in charts(one_run(second(0, 7), second(1, 8)))


def test_a_percentile_that_a_second_cannot_support_is_a_gap() -> None:
    chart = charts(one_run(second(0, 7, 0.001), second(1, 8), second(2, 9, 0.003)))["rtt"]
    assert values(chart)["p99"] == (0.001, None, 0.003)


def test_of_repeated_runs_a_point_is_their_median() -> None:
    result = one_run(second(0, 10), second(1, 10))
    runs = tuple(
        replace(result.runs[0], repetition=number, intervals=(second(0, ok), second(1, 2 * ok)))
        for number, ok in enumerate((10, 90, 20), start=1)
    )
    chart = charts(replace(result, runs=runs, repeat=3))["throughput"]
    assert values(chart)["students"] == (20.0, 40.0, 0.0)[: len(chart.at)]
    assert "Each point is the median of the runs." in chart.words.sentence


@pytest.mark.parametrize(
    ("seconds", "lines", "most"), [(600, 1, 300), (600, 40, 150), (86_400, 1, 300), (10**15, 1, 300)]
)
def test_long_runs_are_thinned_to_whole_seconds(seconds: int, lines: int, most: int) -> None:
    result = one_run(second(0, 1), second(seconds - 1, 1), duration=float(seconds), elapsed=float(seconds))
    ends = bins(all_series(result), lines)
    assert len(ends) <= most
    assert ends[-1] == pytest.approx(seconds, abs=ends[0])
    assert ends[0] == int(ends[0])


def test_thinning_keeps_counts_and_the_slowest() -> None:
    result, _ = long_result(600)
    chart = next(chart for chart in charts_of(result) if chart.id == "throughput")
    assert {line.values[0] for line in chart.lines} == {30.0}
    rtt = next(chart for chart in charts_of(result) if chart.id == "rtt")
    highest = max(one.rtt.p50_s or 0.0 for one in result.runs[0].intervals)
    assert max(value for line in rtt.lines[:1] for value in line.values if value) == highest


TIMES = st.lists(st.integers(1_000, 10_000_000), min_size=1, max_size=400)


@given(TIMES)
def test_by_percentile_is_as_the_histogram_says_and_ends_where_it_is_not_supported(times: list[int]) -> None:
    histogram = of(*times)
    series = all_series(RESULT)
    by_percentile, bars = latency_charts(series, [LogLine("students", 0.0, 1.0, histogram)])
    (line,) = by_percentile.lines
    for beyond, value in zip(by_percentile.at, line.values, strict=True):
        if value is not None and beyond > 1:
            assert histogram.n / beyond >= LEAST_BEYOND - 1e-6
            rank = max(1, round(histogram.n * (1 - 1 / beyond)))
            assert value * 1e9 == pytest.approx(sorted(times)[rank - 1], rel=2e-3)
    known = [value for value in line.values if value is not None]
    assert known == sorted(known)
    assert known[-1] * 1e9 <= max(times) + 0.5
    assert sum(value or 0.0 for value in bars.lines[0].values) == pytest.approx(1.0)
    assert bars.at[0] * 1e9 < min(times)
    assert bars.at[-1] * 1e9 > max(times)


def test_intervals_of_all_runs_are_one_distribution_and_other_groups_are_not() -> None:
    log = [LogLine("students", 0.0, 1.0, of(*[1_000] * 30)), LogLine("students", 1.0, 1.0, of(*[3_000] * 30)),
           LogLine("teachers", 0.0, 1.0, of(*[9_000] * 30))]  # fmt: skip
    chart = latency_charts(all_series(RESULT), log)[0]
    assert chart.words.rows[0][:3] == ("students", "60", "1.0 us")
    assert chart.words.rows[0][-1] == "3.0 us"


def test_without_its_log_a_result_has_the_percentiles_it_saved() -> None:
    (chart,) = latency_charts(all_series(RESULT), [])
    assert chart.lines[0].values == (RTT.p50_s, RTT.p90_s, None, None)
    silent = replace(RESULT, runs=(replace(RUN, groups=(replace(GROUP, rtt=NO_TIMES),)),))
    assert latency_charts(all_series(silent), []) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("64B", (64.0, "size")), ("1KiB", (1024.0, "size")), ("1.5kB", (1500.0, "size")), ("10", (10.0, "number")),
        ("500/s", (500.0, "rate")), ("6/m", (0.1, "rate")), ("20ms", (0.02, "duration")), ("5%", (0.05, "share")),
        ("udp", None), ("", None), ("1e9", None), ("-3", None), ("٣", None), ("1 2", None),
    ],
)  # fmt: skip
def test_values_of_a_matrix_that_are_numbers(text: str, number: tuple[float, str] | None) -> None:
    assert number_of(text) == number


def test_loss_has_a_direction_and_lag_is_told() -> None:
    found = charts(replace(RESULT, runs=(replace(RUN, intervals=()),)))
    loss = found["loss"]
    assert [line.values for line in loss.lines] == [
        (3.0, None, None, None),
        (None, 1.0, None, None),
        (None, None, 0.0, None),
    ]
    assert loss.words.sentence == (
        "Which way requests were lost. students: 3 on the way to the server, 1 on the way back, 0 unknown."
    )
    assert loss.places == ((1.0, "students"),)
    assert found["lag"].words.rows == (("students", "48 us", "90 us", "210 us", "300 us"),)


def test_a_search_is_its_curve() -> None:
    found = charts(searches.RESULT)
    assert set(found) == {"found-rtt", "found-rate", "found-lost"}
    assert found["found-lost"].at == (100.0, 200.0, 300.0, 400.0)
    assert values(found["found-lost"])["lost"] == pytest.approx((0.0, 0.0, 0.0, 0.1))


def test_every_chart_says_in_words_what_it_draws() -> None:
    result, log = long_result(10, groups=3)
    for chart in charts_of(result, log):
        assert chart.words.sentence.endswith(".")
        assert chart.words.rows, chart.id
        assert all(len(row) == len(chart.words.headings) for row in chart.words.rows), chart.id
        assert all(len(line.values) == len(chart.at) for line in chart.lines), chart.id
        assert list(chart.at) == sorted(set(chart.at)), chart.id
        assert len({line.label for line in chart.lines}) == len(chart.lines), chart.id


@given(st.floats(1e-12, 1e12))
def test_numbers_are_short_and_near(value: float) -> None:
    short = rounded(value)
    assert short == pytest.approx(value, rel=1e-3)
    assert len(str(short)) <= 16


def test_of_many_parts_a_few_are_said() -> None:
    assert several(["a", "b", "c", "d", "e"]) == "a; b; c; d; e"
    assert several(list("abcdef")) == "a; b; c; d; and 2 more, in the table"
    assert as_json(charts_of(RESULT)[0])["lines"] != []


def test_a_sweep_has_a_point_for_each_value_and_lines_of_the_first_few() -> None:
    sizes = [2**power for power in range(4, 16)]
    runs = tuple(
        replace(RUN, variant={"size": f"{size}B"}, groups=(replace(GROUP, rtt=replace(RTT, p50_s=size * 1e-6)),))
        for size in reversed(sizes)
    )
    variants = tuple(Variant(run.variant, PLAN) for run in reversed(runs))
    result = replace(RESULT, runs=runs, variants=variants, thresholds=())
    found = {chart.id: chart for chart in charts_of(result)}
    sweep = found["against-size-rtt"]
    assert sweep.at == tuple(map(float, sizes))
    assert values(sweep)["p50"] == tuple(size * 1e-6 for size in sizes)
    assert sweep.places[0] == (16.0, "16B")
    assert sweep.x.log
    assert len(found["lag"].places) == len(found["percentiles"].lines) == 8
    assert "Lines are of the first 8 of 12 groups; the tables have all." in render_html(result)


def test_a_matrix_of_words_is_no_sweep() -> None:
    assert not [chart.id for chart in charts_of(MATRIX) if chart.id.startswith("against")]
