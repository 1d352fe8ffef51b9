"""Histograms as the text of an HdrHistogram interval log, and back: one interval of one tag a line.

The encoding is HdrHistogram's V2, compressed: ZigZag LEB128 counts, zlib, base64; any HdrHistogram tool reads it.
What is read is treated as hostile: whatever is wrong with it is a ValueError. Opens no file.
Formats: HistogramLogWriter and AbstractHistogram.encodeIntoCompressedByteBuffer of HdrHistogram, log version 1.3.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote

from sockbench.stats.histogram import HIGHEST, HIGHEST_INDEX, Histogram

_LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'
_OUTER = struct.Struct(">II")  # cookie, length of what follows
_INNER = struct.Struct(">IIIIQQd")  # cookie, length of the counts, offset, digits, lowest, highest, ratio
_OUTER_COOKIE = 0x1C849304 | 0x10
_INNER_COOKIE = 0x1C849303 | 0x10
_DIGITS = 3
LONGEST_LINE = 2**20
"""Characters; twice what the largest histogram takes."""
MOST_BUCKETS = 4_000_000
"""Filled buckets of all tags together, of some hundred bytes each: a thousand groups have a tenth."""
_MOST_BYTES = _INNER.size + 9 * (HIGHEST_INDEX + 1)  # nothing longer is decompressed
_LINE = re.compile(r"(?:Tag=([^,\s]*),)?(\d{1,15}(?:\.\d{1,9})?),(\d{1,15}(?:\.\d{1,9})?),\d{1,15}(?:\.\d{1,9})?,(\S+)")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One histogram (ns) of `tag`, from `start_s` for `length_s` seconds since the log's start time."""

    tag: str
    start_s: float
    length_s: float
    histogram: Histogram


def dump(lines: Iterable[LogLine | str], started: float) -> str:
    """The text of a whole log that began `started` seconds after the epoch. Times are kept to the millisecond.

    A line may be text already, made by `dump_line`: a thirtieth of the size of its histogram, or less.
    """
    moment = datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds")
    head = (
        "#[Histogram log format version 1.3]",
        f"#[StartTime: {started:.3f} (seconds since epoch), {moment}]",
        _LEGEND,
    )
    texts = (line if isinstance(line, str) else dump_line(line) for line in lines)
    return "\n".join((*head, *texts)) + "\n"


def parse(text: str) -> list[LogLine]:
    """The intervals of a log, in the order of its lines. ValueError, with the number of the line, when it is none."""
    return list(intervals(text.split("\n")))


def intervals(lines: Iterable[str]) -> Iterator[LogLine]:
    """The same of its lines, one at a time: a line of a few hundred letters may hold a histogram of some megabytes."""
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\n").removesuffix("\r")
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} of the histogram log is longer than {LONGEST_LINE:,} characters")
        if not line or line.startswith(("#", '"')):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} of the histogram log is not an interval: {line[:40]!r}")
        tag, start, length, payload = match.groups()
        try:
            found = LogLine(_unescape(tag or ""), float(start), float(length), decode(payload))
        except ValueError as error:
            raise ValueError(f"line {number} of the histogram log: {error}") from error
        yield found


def by_tag(lines: Iterable[LogLine]) -> list[LogLine]:
    """The intervals of each tag as one, in the order of their first: a log may have a thousand times as many.

    ValueError when all of them have more buckets than fit into memory.
    """
    found: dict[str, LogLine] = {}
    buckets = 0
    for line in lines:
        whole = found.setdefault(line.tag, LogLine(line.tag, line.start_s, 0.0, Histogram()))
        before = whole.histogram.buckets
        whole.histogram.merge(line.histogram)
        found[line.tag] = replace(whole, length_s=whole.length_s + line.length_s)
        buckets += whole.histogram.buckets - before
        if buckets > MOST_BUCKETS:
            raise ValueError(f"the histogram log has more than {MOST_BUCKETS:,} counts of durations")
    return list(found.values())


def encode(histogram: Histogram) -> str:
    """The counts of `histogram` as base64 text of HdrHistogram's V2 compressed form."""
    body = bytearray()
    following = 0  # the index after the last one written
    for index, count in histogram.counts():
        gap = index - following
        if gap:
            body += _zigzag(-gap if gap > 1 else 0)  # a run of empty buckets is minus its length, one of them a 0
        body += _zigzag(count)
        following = index + 1
    inner = _INNER.pack(_INNER_COOKIE, len(body), 0, _DIGITS, 1, HIGHEST, 1.0) + body
    compressed = zlib.compress(inner)
    return base64.b64encode(_OUTER.pack(_OUTER_COOKIE, len(compressed)) + compressed).decode("ascii")


def decode(payload: str) -> Histogram:
    """The histogram that `encode` wrote; ValueError for anything that is none of ours or of the same buckets."""
    raw = base64.b64decode(payload, validate=True)
    if len(raw) < _OUTER.size:
        raise ValueError("the histogram is cut short")
    cookie, length = _OUTER.unpack_from(raw)
    if cookie & ~0xF0 != _OUTER_COOKIE & ~0xF0 or length != len(raw) - _OUTER.size:
        raise ValueError("it is no compressed V2 histogram of the length it states")
    inner = _decompress(raw[_OUTER.size :])
    if len(inner) < _INNER.size:
        raise ValueError("the histogram is cut short")
    cookie, length, offset, digits, lowest, _, _ = _INNER.unpack_from(inner)
    if cookie & ~0xF0 != _INNER_COOKIE & ~0xF0 or length != len(inner) - _INNER.size:
        raise ValueError("it is no V2 histogram of the length it states")
    if (offset, digits, lowest) != (0, _DIGITS, 1):
        raise ValueError(f"its buckets are not ours: {digits} digits from {lowest}, shifted by {offset}")
    return Histogram.from_counts(_filled(inner[_INNER.size :]))


def dump_line(line: LogLine) -> str:
    """One interval as a line of a log, without its end."""
    tag = f"Tag={_escape(line.tag)}," if line.tag else ""
    largest_ms = line.histogram.max / 1e6
    return f"{tag}{line.start_s:.3f},{line.length_s:.3f},{largest_ms:.3f},{encode(line.histogram)}"


def _decompress(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        inner = stream.decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"the histogram does not decompress: {error}") from error
    if not stream.eof or stream.unused_data:
        raise ValueError("the histogram is cut short, or larger than any of ours")
    return inner


def _zigzag(value: int) -> bytes:
    """ZigZag LEB128 as HdrHistogram has it: at most 9 bytes, the ninth with all its eight bits."""
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while rest > 0x7F and len(out) < 8:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    if rest > 0xFF:
        raise ValueError("a count is too large to be written")
    out.append(rest)
    return bytes(out)


def _numbers(body: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in body:
        if shift == 56 or byte < 0x80:
            value |= byte << shift
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0
        else:
            value |= (byte & 0x7F) << shift
            shift += 7
    if shift:
        raise ValueError("the last count is cut short")


def _filled(body: bytes) -> Iterator[tuple[int, int]]:
    index = 0
    for number in _numbers(body):
        if number > 0:
            yield index, number
            index += 1
        else:
            index += -number or 1


def _escape(tag: str) -> str:
    """A comma, a space, a control character or a `%` becomes `%` and two hex digits for each of its UTF-8 bytes."""
    return "".join(
        char
        if char.isprintable() and not char.isspace() and char not in "%,"
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in tag
    )


def _unescape(tag: str) -> str:
    return unquote(tag, errors="surrogatepass")
