"""Durations, sizes, rates and shares: what each text is worth, and what each wrong one is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.scenario import units
from tests.scenario.helpers import told

RIGHT: list[tuple[Callable[[str], float], str, float]] = [
    (units.duration, "250us", 0.00025),
    (units.duration, "250µs", 0.00025),
    (units.duration, "250μs", 0.00025),
    (units.duration, "10ns", 1e-8),
    (units.duration, "20ms", 0.02),
    (units.duration, "10s", 10.0),
    (units.duration, "0s", 0.0),
    (units.duration, "0.5s", 0.5),
    (units.duration, "1m30s", 90.0),
    (units.duration, "1h", 3600.0),
    (units.duration, "1h2m3s4ms5us6ns", 3723.004005006),
    (units.duration, "1.5m", 90.0),
    (units.size, "64B", 64),
    (units.size, "1kB", 1000),
    (units.size, "1KiB", 1024),
    (units.size, "1.5KiB", 1536),
    (units.size, "1MiB", 1048576),
    (units.size, "2MB", 2000000),
    (units.rate, "100/s", 100.0),
    (units.rate, "6/m", 0.1),
    (units.rate, "3600/h", 1.0),
    (units.rate, "0.5/s", 0.5),
    (units.byte_rate, "125kB/s", 125_000.0),
    (units.byte_rate, "1MiB/s", 1_048_576.0),
    (units.byte_rate, "10Mbit/s", 1_250_000.0),
    (units.byte_rate, "1bit/s", 0.125),
    (units.byte_rate, "0.5B/s", 0.5),
    (units.share, "1%", 0.01),
    (units.share, "0.5%", 0.005),
    (units.share, "100%", 1.0),
]

WRONG: list[tuple[Callable[[str], float], str, str]] = [
    (units.duration, "10", '"10" has no unit: write 10s, 10ms or 1m30s'),
    (units.duration, "0.5", '"0.5" has no unit: write 0.5s, 0.5ms or 1m30s'),
    (units.duration, "-5s", '"-5s" is negative: write a duration of 0 or more, like 10s, 10ms or 1m30s'),
    (units.duration, "-5", '"-5" is negative: write a duration of 0 or more, like 10s, 10ms or 1m30s'),
    (units.duration, "10 s", '"10 s" has a space in it: write 10s'),
    (units.duration, "10sec", '"10sec" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, "30s1m", '"30s1m" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, "1s1s", '"1s1s" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, "", '"" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, "1e3s", '"1e3s" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, "10s\n", '"10s\\n" has a space in it: write 10s'),
    (units.duration, "١s", '"١s" is not a duration: write it like 10s, 10ms or 1m30s'),
    (units.duration, ".inf", '".inf" is not a duration: write it like 10s, 10ms or 1m30s'),
    (
        units.duration,
        "9" * 60 + "s",
        '"' + "9" * 57 + '..." is too long for a duration: write it like 10s, 10ms or 1m30s',
    ),
    (units.size, "64", '"64" has no unit: write 64B, 64kB or 64KiB'),
    (units.size, "64b", '"64b" is not a size: write it like 64B, 1kB or 1KiB'),
    (units.size, "-1B", '"-1B" is negative: write a size of 0 or more, like 64B, 1kB or 1KiB'),
    (units.size, "0.5B", '"0.5B" is not a whole number of bytes'),
    (units.rate, "100", '"100" has no unit: write 100/s, 100/m or 100/h'),
    (units.rate, "100s", '"100s" is not a rate: write it like 100/s, 6/m or 1/h'),
    (units.rate, "-1/s", '"-1/s" is negative: write a rate of 0 or more, like 100/s, 6/m or 1/h'),
    (units.byte_rate, "5", '"5" has no unit: write 5kB/s, 5MB/s or 5Mbit/s'),
    (units.byte_rate, "5MB", '"5MB" is not a rate of bytes: write it like 125kB/s, 1MB/s or 10Mbit/s'),
    (units.byte_rate, "5Mb/s", '"5Mb/s" is not a rate of bytes: write it like 125kB/s, 1MB/s or 10Mbit/s'),
    (units.byte_rate, "5 MB/s", '"5 MB/s" has a space in it: write 5MB/s'),
    (
        units.byte_rate,
        "-5MB/s",
        '"-5MB/s" is negative: write a rate of bytes of 0 or more, like 125kB/s, 1MB/s or 10Mbit/s',
    ),
    (units.share, "1", '"1" has no unit: write 1%'),
    (units.share, "101%", '"101%" is more than 100%'),
    (units.share, "-1%", '"-1%" is negative: write a share of 0 or more, like 1% or 0.5%'),
]


@pytest.mark.parametrize(("parse", "text", "expected"), RIGHT)
def test_right(parse: Callable[[str], float], text: str, expected: float) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("parse", "text", "expected"), WRONG)
def test_wrong(parse: Callable[[str], float], text: str, expected: str) -> None:
    assert told(lambda: parse(text)) == expected


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999), st.integers(0, 999))
def test_duration_round_trip(hours: int, minutes: int, seconds: int, millis: int, micros: int) -> None:
    total = (hours * 3600 + minutes * 60 + seconds) * 10**6 + millis * 1000 + micros
    assert units.duration(f"{hours}h{minutes}m{seconds}s{millis}ms{micros}us") == total / 10**6


@given(st.integers(0, 10**12), st.sampled_from(sorted(units.BYTES)))
def test_size_round_trip(number: int, unit: str) -> None:
    assert units.size(f"{number}{unit}") == number * units.BYTES[unit]


@given(st.integers(0, 10**9), st.sampled_from(sorted(units.PER)))
def test_rate_round_trip(number: int, unit: str) -> None:
    assert units.rate(f"{number}/{unit}") == number / units.PER[unit]


@given(st.integers(0, 10_000))
def test_share_round_trip(hundredths: int) -> None:
    assert units.share(f"{hundredths // 100}.{hundredths % 100:02}%") == hundredths / 10_000


@given(st.text())
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    for parse in (units.duration, units.size, units.rate, units.byte_rate, units.share):
        words = told(partial(parse, text))
        assert words is None or (words.startswith('"') and words.isprintable())
