"""The calibration in the cache: it comes back as it was, or not at all, and never half."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.calibration import what_differs
from sockbench.store.calibration import FILE, LARGEST, cache_folder, dumps, load, loads, save, try_folder
from sockbench.store.decode import decode
from sockbench.store.encode import encode
from sockbench.store.reading import ResultError
from tests.report.samples import CALIBRATION, ENVIRONMENT, RESULT

OTHER = replace(CALIBRATION, lane_lateness=None, cpu=None, python="PyPy 3.11")


def test_it_comes_back_as_it_was_and_the_last_one_counts(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    assert load(folder) is None
    for calibration in (CALIBRATION, OTHER):
        assert save(calibration, folder) == folder / FILE
        assert load(folder) == calibration
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_a_save_that_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    save(CALIBRATION, tmp_path)
    unwritable = replace(OTHER, record_s=float("nan"))
    with pytest.raises(ValueError, match="nan"):
        save(unwritable, tmp_path)
    assert load(tmp_path) == CALIBRATION
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        save(CALIBRATION, tmp_path / "file")
    assert load(tmp_path / "file") is None


def test_trying_a_folder_leaves_all_as_it_was(tmp_path: Path) -> None:
    try_folder(tmp_path / "deep" / "cache")
    assert list(tmp_path.iterdir()) == []
    save(CALIBRATION, tmp_path)
    try_folder(tmp_path)
    assert load(tmp_path) == CALIBRATION
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    for hopeless in (FILE, f"{FILE}/deep/cache"):
        with pytest.raises(OSError, match=FILE):
            try_folder(tmp_path / hopeless)
    with pytest.raises(OSError, match="proc"):
        try_folder(Path("/proc/x/y"))


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(dumps(CALIBRATION)) | changes).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 50_000, "it is not JSON"),
        (dumps(CALIBRATION).encode()[:-20], "it is not JSON"),
        (b"[]", "calibration is not an object"),
        (b"{}", "calibration.schema is missing"),
        (changed(schema=2), "its schema is not 1, the one that this version of sockbench reads"),
        (changed(udp=None), "calibration.udp is not an object"),
        (changed(udp={"n": 1}), "calibration.udp.min_s is missing"),
        (changed(record_s="fast"), "calibration.record_s is not a number"),
        (changed(measured="yesterday"), "calibration.measured is not a time"),
    ],
)
def test_what_is_no_calibration_is_told(data: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(ResultError) as error:
        load(tmp_path)
    assert str(error.value) == why


def test_what_is_no_file_or_far_too_large(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ResultError, match="it is no file"):
        load(tmp_path)
    (tmp_path / FILE).rmdir()
    (tmp_path / FILE).write_bytes(b" " * LARGEST + dumps(CALIBRATION).encode())
    with pytest.raises(ResultError, match="it is larger than 100,000 bytes"):
        load(tmp_path)


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert loads(changed(pigeons=3)) == CALIBRATION


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, "/home/ana/.cache/sockbench"),
        ({"XDG_CACHE_HOME": ""}, "/home/ana/.cache/sockbench"),
        ({"XDG_CACHE_HOME": "relative/cache"}, "/home/ana/.cache/sockbench"),
        ({"XDG_CACHE_HOME": "/var/cache/ana"}, "/var/cache/ana/sockbench"),
    ],
)
def test_where_it_is(environ: dict[str, str], folder: str) -> None:
    assert cache_folder(environ, Path("/home/ana")) == Path(folder)


def test_a_result_keeps_it_and_an_old_one_has_none() -> None:
    result = replace(RESULT, environment=replace(ENVIRONMENT, calibration=CALIBRATION))
    document: Any = json.loads(json.dumps(encode(result)))
    assert decode(document) == result
    del document["environment"]["calibration"]
    assert decode(document) == RESULT


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"sockbench": "0.0.1", "measured": "2020-01-01T00:00:00Z"}, None),
        ({"cpu": "Z80"}, "its processor is Z80, and here it is AMD EPYC 7B13"),
        ({"cpu": None}, "its processor is unknown, and here it is AMD EPYC 7B13"),
        ({"kernel": "6.9.0"}, "its kernel is 6.9.0, and here it is 6.8.0"),
        ({"python": "3.13.0"}, "its Python is 3.13.0, and here it is 3.11.7"),
    ],
)
def test_another_machine_is_told_from_this_one(changes: dict[str, str | None], why: str | None) -> None:
    changed: Any = changes
    assert what_differs(replace(CALIBRATION, **changed), ENVIRONMENT) == why
