"""Numbers as a person reads them: durations, counts, rates, sizes and shares. Unknown is `-`, never 0.

Each function takes a plain number (seconds, bytes, per second, a share of one) and gives short text.
"""

from __future__ import annotations

UNKNOWN = "-"

# (below so many seconds, factor to the unit, decimals, unit); a limit is where rounding reaches the next row.
_DURATIONS = (
    (9.95e-6, 1e6, 1, "us"),
    (999.5e-6, 1e6, 0, "us"),
    (99.95e-3, 1e3, 1, "ms"),
    (999.5e-3, 1e3, 0, "ms"),
    (9.995, 1.0, 2, "s"),
    (99.95, 1.0, 1, "s"),
)
_RATES = ((0.0995, 3), (0.995, 2), (999.95, 1))
_SIZES = ((1e3, 1.0, "B"), (999.5e3, 1e3, "kB"), (999.5e6, 1e6, "MB"), (999.5e9, 1e9, "GB"))


def duration(seconds: float | None) -> str:
    """Seconds as `4.1 us`, `412 us`, `1.3 ms`, `40.4 ms`, `104 ms`, `1.20 s` or `3,600 s`."""
    if seconds is None:
        return UNKNOWN
    if seconds == 0:
        return "0 us"
    for below, factor, decimals, unit in _DURATIONS:
        if abs(seconds) < below:
            return f"{seconds * factor:.{decimals}f} {unit}"
    return f"{seconds:,.0f} s"


def close_duration(seconds: float) -> str:
    """Seconds with four significant digits, for a number that is held against another: `19.98 ms`."""
    for below, factor, unit in ((1e-3, 1e6, "us"), (1.0, 1e3, "ms")):
        if abs(seconds) < below:
            return f"{seconds * factor:.4g} {unit}"
    return f"{seconds:.4g} s" if abs(seconds) < 1e4 else f"{seconds:,.0f} s"


def span(seconds: float) -> str:
    """Seconds that a person chose, as short as they are exact: `10 s`, `1.5 s`, `250 ms`."""
    if 0 < seconds < 1:
        return f"{seconds * 1e3:g} ms"
    return f"{seconds:,.3f}".rstrip("0").rstrip(".") + " s"


def count(number: int | None) -> str:
    """A count with separators: `1,000`."""
    return UNKNOWN if number is None else f"{number:,}"


def counted(number: int, noun: str) -> str:
    """`1 worker`, `2 workers`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def rate(per_second: float | None) -> str:
    """Events per second, the unit left to the heading: `0.50`, `99.8`, `45,210`."""
    if per_second is None:
        return UNKNOWN
    if per_second == 0:
        return "0"
    for below, decimals in _RATES:
        if abs(per_second) < below:
            return f"{per_second:.{decimals}f}"
    return f"{per_second:,.0f}"


def size(number: int | None) -> str:
    """Bytes as `64 B`, `1.2 kB`, `64 kB`, `1.5 MB` (powers of 1,000)."""
    if number is None:
        return UNKNOWN
    for below, factor, unit in _SIZES:
        if number < below:
            scaled = number / factor
            return f"{scaled:.1f} {unit}" if scaled < 9.95 and factor > 1 else f"{scaled:.0f} {unit}"
    return f"{number / 1e12:,.1f} TB"


def close_share(part: float) -> str:
    """A share of one with four significant digits, for a number that is held against another: `1.004%`."""
    return f"{part * 100:.4g}%"


def share(part: float | None) -> str:
    """A share of one: `0.40%`, `12.3%`, `100%`; what is not quite none or all never looks so."""
    if part is None:
        return UNKNOWN
    percent = part * 100
    if 0 < percent < 0.005:
        return "<0.01%"
    if 99.95 <= percent < 100:
        return ">99.9%"
    if percent in (0, 100):
        return f"{percent:.0f}%"
    return f"{percent:.2f}%" if percent < 9.995 else f"{percent:.1f}%"
