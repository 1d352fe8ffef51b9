"""What was saved and is damaged, huge, endless or made up: a ResultError, a sentence, and no memory without a bound."""

from __future__ import annotations

import base64
import json
import os
import tracemalloc
import zlib
from pathlib import Path

import pytest

from sockbench.stats import hlog
from sockbench.stats.histogram import HIGHEST_INDEX, Histogram
from sockbench.stats.hlog import LogLine
from sockbench.store import ResultError, calibration, load
from sockbench.store.disk import read_limited
from sockbench.store.folder import LARGEST, dumps, load_latencies, loads
from tests.report.samples import CALIBRATION, RESULT

WRITTEN = json.loads(dumps(RESULT))
WHOLE = Histogram.from_counts((index, 1) for index in range(HIGHEST_INDEX + 1))


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def an_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_pipe, "is no regular file"),
        (an_endless_device, "is no regular file"),
        (a_hole, f"is larger than {LARGEST:,} bytes"),
        (lambda path: path.write_bytes(b"[" * 100_000), "is not JSON"),
        (lambda path: path.write_bytes(b'{"schema": 1' + b"1" * 10_000 + b"}"), "is not JSON"),
        (lambda path: path.write_bytes(b'{"schema": NaN}'), "is not JSON"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is not JSON"),
        (lambda path: path.write_bytes(b""), "is not JSON"),
    ],
)
def test_a_file_that_is_no_result(make: object, words: str, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / "result.json")
    for path in (tmp_path, tmp_path / "result.json"):
        with pytest.raises(ResultError, match=words) as told:
            load(path)
        assert str(told.value).count(str(tmp_path)) == 1


@pytest.mark.parametrize("make", [a_pipe, an_endless_device, a_hole])
def test_a_log_that_is_none(make: object, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / "latency.hlog")
    with pytest.raises(ResultError, match=r"is no regular file|is larger"):
        load_latencies(tmp_path)


def test_a_file_of_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_limited(tmp_path / "a", 5) == b"12345"
    with pytest.raises(ResultError, match="is larger than 4 bytes"):
        read_limited(tmp_path / "a", 4)
    with pytest.raises(IsADirectoryError):
        read_limited(tmp_path, 4)
    with pytest.raises(FileNotFoundError):
        read_limited(tmp_path / "b", 4)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("seed", 2**64, "result.seed is too large"),
        ("seed", -(2**63) - 1, "result.seed is too large"),
        ("seed", 10**4000, "result.seed is too large"),
        ("seed", 1e3, "result.seed is not a whole number"),
        ("started", "0001-01-01T00:00:00+23:59", "result.started is not a time"),
        ("started", "9999-12-31T23:59:59-23:59", "result.started is not a time"),
    ],
)
def test_numbers_and_times_that_nothing_can_be_reckoned_with(field: str, value: object, words: str) -> None:
    with pytest.raises(ResultError, match=words):
        loads(json.dumps(WRITTEN | {field: value}).encode())


def test_a_started_that_is_no_time_is_shown_as_it_is() -> None:
    assert loads(json.dumps(WRITTEN | {"started": "yesterday"}).encode()).started == "yesterday"


@pytest.mark.parametrize("value", ["1e400", "-1e400", "NaN", '"1"', "null", "[]", "true"])
def test_a_calibration_with_no_number_where_one_belongs(value: str) -> None:
    text = calibration.dumps(CALIBRATION)
    damaged = text.replace('"record_s": 5.6e-07', f'"record_s": {value}')
    assert damaged != text
    with pytest.raises(ResultError, match=r"calibration\.record_s is not a number"):
        calibration.loads(damaged.encode())


# The log


def bomb(tag: str, histogram: Histogram = WHOLE) -> str:
    """A line of some two hundred letters that holds every bucket there is, of which each takes a hundred bytes."""
    return hlog.dump_line(LogLine(tag, 0.0, 1.0, histogram)) + "\n"


def test_many_intervals_of_a_group_take_the_memory_of_one(tmp_path: Path) -> None:
    lines, part = 12, Histogram.from_counts((index, 1) for index in range(2_000))
    (tmp_path / "latency.hlog").write_text(bomb("a", part) * lines)
    assert len(bomb("a")) < 250
    tracemalloc.start()
    (found,) = load_latencies(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.tag, found.length_s, found.histogram.n) == ("a", lines, lines * part.n)
    assert peak < 1_000_000  # of twelve: 1.6 MB


def test_a_log_of_more_groups_than_fit_into_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hlog, "MOST_BUCKETS", 4 * WHOLE.buckets)
    (tmp_path / "latency.hlog").write_text("".join(map(bomb, "abcd")))
    assert len(load_latencies(tmp_path)) == 4
    (tmp_path / "latency.hlog").write_text("".join(map(bomb, "abcde")))
    with pytest.raises(ResultError, match=r"the histogram log has more than [0-9,]+ counts"):
        load_latencies(tmp_path)


def test_a_line_that_does_not_end_is_refused_at_its_limit(tmp_path: Path) -> None:
    (tmp_path / "latency.hlog").write_text("#\n" + "a" * (hlog.LONGEST_LINE + 1))
    with pytest.raises(ResultError, match=r"line 2 of the histogram log is longer than 1,048,576 characters"):
        load_latencies(tmp_path)


def test_what_decompresses_without_an_end_is_refused_at_the_size_of_a_histogram() -> None:
    packed = zlib.compress(bytes(50_000_000))
    payload = base64.b64encode(hlog._OUTER.pack(hlog._OUTER_COOKIE, len(packed)) + packed).decode()
    tracemalloc.start()
    with pytest.raises(ValueError, match="larger than any of ours"):
        hlog.decode(payload)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_intervals_of_a_tag_are_one() -> None:
    one, two = Histogram.from_counts([(5, 1)]), Histogram.from_counts([(5, 2), (9, 1)])
    lines = [LogLine("a", 1.0, 1.0, one), LogLine("b", 1.0, 1.0, one), LogLine("a", 2.0, 0.5, two)]
    whole = Histogram.from_counts([(5, 3), (9, 1)])
    assert hlog.by_tag(lines) == [LogLine("a", 1.0, 1.5, whole), LogLine("b", 1.0, 1.0, one)]
