"""Numbers with units, from text: durations, sizes, rates and shares.

Pure: each function takes a text and gives a number (seconds, bytes, events per second, a fraction of one), or raises
ValueError with a sentence that quotes the text and shows how to write it.
Nothing is negative; no other bound is decided here.
"""

from __future__ import annotations

import re
from fractions import Fraction

from sockbench.scenario.words import quoted

NUMBER = r"[0-9]+(?:\.[0-9]+)?"
LONGEST = 40

SECONDS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),  # the micro sign
    "μs": Fraction(1, 10**6),  # the Greek letter
    "ns": Fraction(1, 10**9),
}
BYTES = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
BYTES_OF_RATE = {name: Fraction(number) for name, number in BYTES.items()} | {
    "bit": Fraction(1, 8),
    "kbit": Fraction(10**3, 8),
    "Mbit": Fraction(10**6, 8),
    "Gbit": Fraction(10**9, 8),
}
PER = {"s": 1, "m": 60, "h": 3600}

# Each unit at most once, the greatest first; at least one. These are the patterns of the JSON Schema too.
_DURATION_TEXT = (
    rf"(?=[0-9])(?:{NUMBER}h)?(?:{NUMBER}m)?(?:{NUMBER}s)?(?:{NUMBER}ms)?(?:{NUMBER}[uµμ]s)?(?:{NUMBER}ns)?"
)
DURATION_PATTERN = rf"^{_DURATION_TEXT}$"
DURATIONS_PATTERN = rf"^{_DURATION_TEXT}(?:\.\.{_DURATION_TEXT})?$"
SIZE_PATTERN = rf"^({NUMBER})({'|'.join(BYTES)})$"
RATE_PATTERN = rf"^({NUMBER})/({'|'.join(PER)})$"
RATES_PATTERN = rf"^{NUMBER}/[{''.join(PER)}](?:\.\.{NUMBER}/[{''.join(PER)}])?$"
BYTE_RATE_PATTERN = rf"^({NUMBER})({'|'.join(BYTES_OF_RATE)})/s$"
SHARE_PATTERN = rf"^({NUMBER})%$"

_PART = re.compile(rf"({NUMBER})([a-zµμ]+)")
_SIZE, _RATE, _SHARE = (re.compile(pattern) for pattern in (SIZE_PATTERN, RATE_PATTERN, SHARE_PATTERN))
_BYTE_RATE = re.compile(BYTE_RATE_PATTERN)
_DURATION = re.compile(DURATION_PATTERN)


def duration(text: str) -> float:
    """Seconds, from `250us`, `20ms`, `10s`, `1m30s`, `1h`, `0.5s`."""
    _matched(_DURATION, text, "a duration", "{0}s, {0}ms or 1m30s", "10s, 10ms or 1m30s")
    return float(sum(Fraction(number) * SECONDS[unit] for number, unit in _PART.findall(text)))


def size(text: str) -> int:
    """Bytes, from `64B`, `1kB` (1000), `1KiB` (1024), `1MiB`."""
    match = _matched(_SIZE, text, "a size", "{0}B, {0}kB or {0}KiB", "64B, 1kB or 1KiB")
    exact = Fraction(match[1]) * BYTES[match[2]]
    if exact.denominator != 1:
        raise ValueError(f"{quoted(text)} is not a whole number of bytes")
    return int(exact)


def rate(text: str) -> float:
    """Events per second, from `100/s`, `6/m`, `1/h`."""
    match = _matched(_RATE, text, "a rate", "{0}/s, {0}/m or {0}/h", "100/s, 6/m or 1/h")
    return float(Fraction(match[1]) / PER[match[2]])


def byte_rate(text: str) -> float:
    """Bytes per second, from `125kB/s`, `1MB/s`, `10Mbit/s` (8 bits are a byte)."""
    match = _matched(_BYTE_RATE, text, "a rate of bytes", "{0}kB/s, {0}MB/s or {0}Mbit/s", "125kB/s, 1MB/s or 10Mbit/s")
    return float(Fraction(match[1]) * BYTES_OF_RATE[match[2]])


def share(text: str) -> float:
    """A fraction of one, from `1%`."""
    match = _matched(_SHARE, text, "a share", "{0}%", "1% or 0.5%")
    if Fraction(match[1]) > 100:
        raise ValueError(f"{quoted(text)} is more than 100%")
    return float(Fraction(match[1]) / 100)


def _matched(pattern: re.Pattern[str], text: str, noun: str, ways: str, examples: str) -> re.Match[str]:
    if len(text) > LONGEST:
        raise ValueError(f"{quoted(text)} is too long for {noun}: write it like {examples}")
    match = pattern.match(text)
    if match is not None and match.end() == len(text):  # `$` also matches before a last newline
        return match
    if re.fullmatch(rf"-(?:{NUMBER}.*|\.inf)", text):
        raise ValueError(f"{quoted(text)} is negative: write {noun} of 0 or more, like {examples}")
    if re.fullmatch(NUMBER, text):
        raise ValueError(f"{quoted(text)} has no unit: write {ways.format(text)}")
    closed_up = "".join(text.split())
    if closed_up != text and pattern.fullmatch(closed_up):
        raise ValueError(f"{quoted(text)} has a space in it: write {closed_up}")
    raise ValueError(f"{quoted(text)} is not {noun}: write it like {examples}")
