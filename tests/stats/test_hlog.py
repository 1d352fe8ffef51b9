"""Interval logs: our reader and the hdrhistogram package must both read what is written; anything else is refused."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given
from hypothesis import strategies as st

from sockbench.stats import hlog
from sockbench.stats.histogram import HIGHEST, HIGHEST_INDEX, Histogram
from sockbench.stats.hlog import LogLine
from tests.stats.test_histogram import of, oracle

durations = st.lists(st.one_of(st.integers(0, HIGHEST), st.integers(0, 3000)), max_size=80)
sparse = st.dictionaries(st.integers(0, HIGHEST_INDEX), st.integers(1, 2**40), max_size=30)


def reader(path: Path, text: str) -> HistogramLogReader:
    path.write_text(text, encoding="utf-8")
    return HistogramLogReader(str(path), HdrHistogram(1, HIGHEST, 3))


def test_the_text_is_that_of_an_hdrhistogram_log() -> None:
    text = hlog.dump([LogLine("udp/students", 1.0, 1.0, of(1_300_000))], 1_763_708_400.25)
    head, start, legend, line, end = text.split("\n")
    assert head == "#[Histogram log format version 1.3]"
    assert start == "#[StartTime: 1763708400.250 (seconds since epoch), 2025-11-21T07:00:00.250+00:00]"
    assert legend == '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'
    assert line.startswith("Tag=udp/students,1.000,1.000,1.300,HISTFAAAA")
    assert end == ""


def test_the_hdrhistogram_package_reads_it(tmp_path: Path) -> None:
    lines = [
        LogLine("udp/students", 0.0, 1.0, of(5, 5, 400_000, 3_000_000_000)),
        LogLine("udp/generators", 1.0, 0.5, Histogram()),
        LogLine("", 1.5, 0.5, of(*range(0, 100_000, 37))),
    ]
    log = reader(tmp_path / "latency.hlog", hlog.dump(lines, 1_763_708_400.0))
    for line in lines:
        theirs = log.get_next_interval_histogram()
        assert theirs.get_tag() == (line.tag or None)
        assert theirs.get_total_count() == line.histogram.n
        assert [(i, theirs.get_count_at_index(i)) for i, _ in line.histogram.counts()] == list(line.histogram.counts())
        assert theirs.get_start_time_stamp() == pytest.approx((1_763_708_400.0 + line.start_s) * 1000)
    assert log.get_next_interval_histogram() is None
    log.input_file.close()


@given(durations)
def test_the_encoding_is_what_the_package_decodes(values: list[int]) -> None:
    theirs = HdrHistogram.decode(hlog.encode(of(*values)))
    assert [(i, c) for i, c in enumerate(theirs.counts) if c] == list(of(*values).counts())


@given(durations)
def test_what_the_package_encodes_is_decoded(values: list[int]) -> None:
    payload = oracle(values).encode().decode("ascii")
    assert list(hlog.decode(payload).counts()) == list(of(*values).counts())


@given(sparse)
def test_counts_of_any_size_come_back(counts: dict[int, int]) -> None:
    histogram = Histogram.from_counts(sorted(counts.items()))
    assert hlog.decode(hlog.encode(histogram)) == histogram


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**9), st.integers(0, 10**7), durations), max_size=4))
def test_lines_come_back(rows: list[tuple[str, int, int, list[int]]]) -> None:
    lines = [LogLine(tag, start / 1000, length / 1000, of(*values)) for tag, start, length, values in rows]
    found = hlog.parse(hlog.dump(lines, 0.0))
    assert [(line.tag, line.start_s, line.length_s, list(line.histogram.counts())) for line in found] == [
        (line.tag, line.start_s, line.length_s, list(line.histogram.counts())) for line in lines
    ]


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("udp/students", "udp/students"),
        ("a,b c%", "a%2Cb%20c%25"),
        ("line\nbreak", "line%0Abreak"),
        ("Olá", "Olá"),
        ("\u2028\ud800", "%E2%80%A8%ED%A0%80"),
    ],
)
def test_a_tag_is_escaped(tag: str, written: str) -> None:
    text = hlog.dump([LogLine(tag, 0.0, 1.0, of(1))], 0.0)
    assert f"\nTag={written},0.000," in text
    assert hlog.parse(text)[0].tag == tag


def test_other_writers_lines_are_read() -> None:
    payload = hlog.encode(of(7))
    text = f'#comment\r\n\n"legend"\n0.127,1.007,2.769,{payload}\r\n'
    assert [(line.tag, line.start_s, line.length_s) for line in hlog.parse(text)] == [("", 0.127, 1.007)]


@given(st.integers(1, 2**63 - 1))
def test_the_longest_counts_take_nine_bytes(count: int) -> None:
    encoded = hlog._zigzag(count)
    assert len(encoded) <= 9
    assert list(hlog._numbers(encoded)) == [count]
    assert list(hlog._numbers(hlog._zigzag(-count) + encoded)) == [-count, count]


def test_a_count_beyond_64_bits_is_not_written() -> None:
    with pytest.raises(ValueError, match="too large"):
        hlog.encode(Histogram.from_counts([(1, 2**64)]))


def inner(body: bytes, cookie: int = 0x1C849313, offset: int = 0, digits: int = 3, lowest: int = 1) -> bytes:
    return struct.pack(">IIIIQQd", cookie, len(body), offset, digits, lowest, HIGHEST, 1.0) + body


def outer(data: bytes, cookie: int = 0x1C849314, extra: int = 0, tail: bytes = b"") -> str:
    compressed = zlib.compress(data) + tail
    return base64.b64encode(struct.pack(">II", cookie, len(compressed) + extra) + compressed).decode()


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "!!!!",
        "AAAA",
        outer(inner(b""), cookie=0x12345678),
        outer(inner(b""), extra=1),
        outer(inner(b""), tail=b"more"),
        outer(inner(b"", cookie=0x12345678)),
        outer(inner(b"", offset=1)),
        outer(inner(b"", digits=2)),
        outer(inner(b"", lowest=1000)),
        outer(inner(b"")[:20]),
        outer(inner(b"\x02")[:-1]),
        outer(inner(b"\x80")),
        outer(inner(hlog._zigzag(-HIGHEST_INDEX - 1) + hlog._zigzag(1))),
        outer(bytes(50_000_000)),
        base64.b64encode(struct.pack(">II", 0x1C849314, 3) + b"abc").decode(),
        "é",
    ],
)
def test_hostile_payloads_are_refused(payload: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        hlog.decode(payload)
    with pytest.raises(ValueError, match="line 1 "):
        hlog.parse(f"0.0,1.0,0.0,{payload}")


@pytest.mark.parametrize(
    "line",
    ["nonsense", "nan,1,1,X", "-1.0,1.0,1.0,X", "1,2,3", "Tag=a b,1,2,3,X", "1" * 400 + ",1,1,X", "Tag=%FF,1,2,3,X"],
)
def test_hostile_lines_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 "):
        hlog.parse("#[Histogram log format version 1.3]\n" + line)


def refusal_of(read: Callable[[str], object], text: str) -> str:
    """What the ValueError says, if there is one; any other exception comes out."""
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return "none"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refusal_of(hlog.parse, text).startswith(("none", "line "))


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_decoded_or_refused(data: bytes, framed: bool) -> None:
    payload = outer(inner(data)) if framed else base64.b64encode(data).decode()
    assert refusal_of(hlog.decode, payload)
