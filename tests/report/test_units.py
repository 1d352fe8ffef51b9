"""Numbers for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.report import units


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0, "0 us"),
        (4e-7, "0.4 us"),
        (4.12e-6, "4.1 us"),
        (9.96e-6, "10 us"),
        (0.000412, "412 us"),
        (0.0009994, "999 us"),
        (0.0009996, "1.0 ms"),
        (0.00132, "1.3 ms"),
        (0.00996, "10.0 ms"),
        (0.0121, "12.1 ms"),
        (0.0404, "40.4 ms"),
        (0.09994, "99.9 ms"),
        (0.09996, "100 ms"),
        (0.104, "104 ms"),
        (0.9996, "1.00 s"),
        (1.2, "1.20 s"),
        (9.996, "10.0 s"),
        (75.14, "75.1 s"),
        (99.96, "100 s"),
        (3600, "3,600 s"),
        (-0.0005, "-500 us"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert units.duration(seconds) == shown


@given(st.floats(1e-9, 3600))
def test_a_duration_is_right_to_two_digits(seconds: float) -> None:
    number, unit = units.duration(seconds).replace(",", "").split()
    factor = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]
    assert float(number) * factor == pytest.approx(seconds, rel=0.051, abs=0.51e-7)


@pytest.mark.parametrize(
    ("call", "value", "shown"),
    [
        (units.close_duration, 0.01998, "19.98 ms"),
        (units.close_duration, 0.000412, "412 us"),
        (units.close_duration, 1.20049, "1.2 s"),
        (units.close_duration, 123_456.0, "123,456 s"),
        (units.span, 10, "10 s"),
        (units.span, 1.5, "1.5 s"),
        (units.span, 0.25, "250 ms"),
        (units.span, 0, "0 s"),
        (units.span, 3600, "3,600 s"),
        (units.count, None, "-"),
        (units.count, 0, "0"),
        (units.count, 1000, "1,000"),
        (units.rate, None, "-"),
        (units.rate, 0, "0"),
        (units.rate, 0.0123, "0.012"),
        (units.rate, 0.5, "0.50"),
        (units.rate, 99.8, "99.8"),
        (units.rate, 999.96, "1,000"),
        (units.rate, 45_210.4, "45,210"),
        (units.size, None, "-"),
        (units.size, 64, "64 B"),
        (units.size, 1_234, "1.2 kB"),
        (units.size, 64_000, "64 kB"),
        (units.size, 999_600, "1.0 MB"),
        (units.size, 25 * 10**12, "25.0 TB"),
        (units.share, None, "-"),
        (units.share, 0, "0%"),
        (units.share, 0.000001, "<0.01%"),
        (units.share, 0.004, "0.40%"),
        (units.share, 0.123, "12.3%"),
        (units.share, 0.99999, ">99.9%"),
        (units.share, 1, "100%"),
        (units.close_share, 0.01004, "1.004%"),
    ],
)
def test_other_numbers(call: Callable[[float | None], str], value: float | None, shown: str) -> None:
    assert call(value) == shown


def test_counted_things() -> None:
    assert [units.counted(n, "worker") for n in (0, 1, 1000)] == ["0 workers", "1 worker", "1,000 workers"]
