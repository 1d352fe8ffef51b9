"""The histogram against tables, its invariants, and the hdrhistogram package as an oracle."""

from __future__ import annotations

import pickle

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats.histogram import HIGHEST, Histogram, bucket_range, index_of

values = st.lists(
    st.one_of(
        st.integers(0, HIGHEST), st.integers(0, 5000), st.integers(10_000, 10_000_000), st.sampled_from([2047, 2048])
    ),
    min_size=1,
    max_size=60,
)


def of(*durations: int) -> Histogram:
    histogram = Histogram()
    histogram.record_all(durations)
    return histogram


def oracle(durations: list[int]) -> HdrHistogram:
    histogram = HdrHistogram(1, HIGHEST, 3)
    for value in durations:
        assert histogram.record_value(value)
    return histogram


@pytest.mark.parametrize(
    ("value", "index"),
    [(0, 0), (1, 1), (2047, 2047), (2048, 2048), (2049, 2048), (2050, 2049), (4095, 3071), (4096, 3072), (4099, 3072)],
)
def test_bucket_of_a_value(value: int, index: int) -> None:
    assert index_of(value) == index
    lowest, highest = bucket_range(index)
    assert lowest <= value <= highest


@given(st.integers(0, HIGHEST))
def test_buckets_are_those_of_hdrhistogram(value: int) -> None:
    reference = HdrHistogram(1, HIGHEST, 3)
    assert index_of(value) == reference._counts_index_for(value)
    assert bucket_range(index_of(value)) == (
        reference.get_lowest_equivalent_value(value),
        reference.get_highest_equivalent_value(value),
    )


@given(st.integers(1, HIGHEST))
def test_a_bucket_is_never_wider_than_a_thousandth(value: int) -> None:
    lowest, highest = bucket_range(index_of(value))
    assert highest - lowest <= value / 1000


@given(values, st.integers(0, 99))
def test_percentiles_are_those_of_hdrhistogram(durations: list[int], percent: int) -> None:
    assert of(*durations).percentile(percent, 100) == oracle(durations).get_value_at_percentile(percent)


@given(values)
def test_counts_are_those_of_hdrhistogram(durations: list[int]) -> None:
    reference = oracle(durations)
    ours = of(*durations)
    assert [(i, reference.get_count_at_index(i)) for i, _ in ours.counts()] == list(ours.counts())
    assert ours.n == reference.get_total_count()


@given(values)
def test_exact_numbers_are_exact(durations: list[int]) -> None:
    histogram = of(*durations)
    assert (histogram.n, histogram.min, histogram.max, histogram.total) == (
        len(durations),
        min(durations),
        max(durations),
        sum(durations),
    )
    assert histogram.mean == sum(durations) / len(durations)
    assert histogram.percentile(1, 1) == max(durations)


@given(values, values, values)
def test_merging_is_recording_together_in_any_order(first: list[int], second: list[int], third: list[int]) -> None:
    together = of(*first, *second, *third)
    merged = of(*third)
    merged.merge(of(*first))
    merged.merge(Histogram())
    merged.merge(of(*second))
    assert merged == together
    assert list(merged.counts()) == list(together.counts())


@given(values)
def test_recording_one_by_one_is_recording_all(durations: list[int]) -> None:
    histogram = Histogram()
    for value in durations:
        histogram.record(value)
    assert histogram == of(*durations)


@given(values)
def test_it_survives_pickling(durations: list[int]) -> None:
    histogram = of(*durations)
    copy = pickle.loads(pickle.dumps(histogram))
    assert copy == histogram
    copy.record(5)
    assert copy != histogram


def test_what_is_out_of_range_counts_at_the_end_of_the_range() -> None:
    histogram = of(-5, 7, HIGHEST * 3)
    assert (histogram.n, histogram.min, histogram.max, histogram.total) == (3, 0, HIGHEST, HIGHEST + 7)
    assert list(histogram.counts()) == [(0, 1), (7, 1), (index_of(HIGHEST), 1)]


def test_an_empty_histogram_knows_nothing() -> None:
    histogram = Histogram()
    histogram.record_all(iter(()))
    assert (histogram.n, histogram.mean, histogram.percentile(1, 2)) == (0, None, 0)
    assert list(histogram.counts()) == []
    assert not histogram.supports(0, 1)
    assert histogram != 0


@pytest.mark.parametrize(
    ("n", "numerator", "denominator", "supported"),
    [
        (19, 50, 100, False),
        (20, 50, 100, True),
        (21, 50, 100, True),
        (99, 90, 100, False),
        (100, 90, 100, True),
        (999, 99, 100, False),
        (1000, 99, 100, True),
        (9_999, 999, 1000, False),
        (10_000, 999, 1000, True),
    ],
)
def test_a_percentile_needs_ten_samples_beyond_it(n: int, numerator: int, denominator: int, supported: bool) -> None:
    assert of(*range(n)).supports(numerator, denominator) is supported


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (3, 2), (0, 0)])
def test_a_percentile_is_a_share(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        of(1).percentile(numerator, denominator)


@pytest.mark.parametrize("pair", [(-1, 1), (index_of(HIGHEST) + 1, 1), (5, 0), (5, -2)])
def test_counts_out_of_range_are_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no bucket"):
        Histogram.from_counts([pair])


def test_counts_alone_give_the_ends_and_middles_of_buckets() -> None:
    histogram = Histogram.from_counts([(3, 2), (index_of(1_000_000), 1)])
    lowest, highest = bucket_range(index_of(1_000_000))
    assert (histogram.n, histogram.min, histogram.max) == (3, 3, highest)
    assert histogram.total == 6 + (lowest + highest + 1) // 2
