"""Results of a folder in their order, and what is none of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sockbench.model.result import Result
from sockbench.store import load, save
from sockbench.store.disk import write
from sockbench.store.folder import dumps
from sockbench.store.listing import listed, newest, read, time_of
from tests.report.samples import RESULT
from tests.report.strategies import results


def saved(folder: Path, started: str, name: str = "udp10") -> Path:
    return save(replace(RESULT, started=started, name=name), [], folder)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("20261121T065000Z-udp10", datetime(2026, 11, 21, 6, 50, tzinfo=UTC)),
        ("20261121T065000Z-udp10-2", datetime(2026, 11, 21, 6, 50, tzinfo=UTC)),
        ("20261321T065000Z-udp10", None),
        ("20261121-udp10", None),
        ("x-20261121T065000Z-udp10", None),
        ("", None),
    ],
)
def test_the_time_of_a_folder(name: str, moment: datetime | None) -> None:
    assert time_of(Path("results") / name) == moment


def test_newest_first_whatever_the_folders_are_called(tmp_path: Path) -> None:
    for started in (
        "2026-11-03T10:00:00Z",
        "2026-11-01T10:00:00Z",
        "2026-11-01T10:00:00Z",
        "2026-11-02T10:00:00+02:00",
    ):
        saved(tmp_path, started)
    saved(tmp_path, "2026-11-02T12:00:00Z").rename(tmp_path / "before the change")
    (tmp_path / "README.md").write_text("no folder")
    (tmp_path / ".tmp-12-0").mkdir()
    found = [(folder.name, isinstance(result, Result)) for folder, result in newest(tmp_path)]
    assert found == [
        ("20261103T100000Z-udp10", True),
        ("before the change", True),
        ("20261102T080000Z-udp10", True),
        ("20261101T100000Z-udp10-2", True),
        ("20261101T100000Z-udp10", True),
    ]


def test_what_is_no_result_has_a_reason(tmp_path: Path) -> None:
    texts = {
        "20261101T000001Z-a": None,
        "20261101T000002Z-b": "{",
        "20261101T000003Z-c": '{"schema": 2}',
        "20261101T000004Z-d": json.dumps(json.loads(dumps(RESULT)) | {"started": "yesterday"}),
        "20261101T000005Z-e": "[]",
        "other": None,
    }
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "result.json").write_text(text)
    reasons = [(folder.name[-1], result) for folder, result in newest(tmp_path)]
    assert [name for name, _ in reasons] == ["e", "d", "c", "b", "a", "r"]
    assert [str(result)[:45] for _, result in reasons] == [
        "is no result that can be read: result is not ",
        "is no result that can be read: result.started",
        "is no result that can be read: result.schema ",
        "is no result that can be read: it is not JSON"[:45],
        "holds no result.json",
        "holds no result.json",
    ]


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """So the newest of thousands are at hand at once: what is wrong with an older one is not even known."""
    saved(tmp_path, "2026-11-03T10:00:00Z")
    (saved(tmp_path, "2026-11-01T10:00:00Z") / "result.json").chmod(0)
    assert next(newest(tmp_path))[0].name == "20261103T100000Z-udp10"
    assert [folder.name for folder in listed(tmp_path)] == ["20261103T100000Z-udp10", "20261101T100000Z-udp10"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(results())
def test_without_intervals_it_is_the_same_result(tmp_path_factory: pytest.TempPathFactory, result: Result) -> None:
    path = tmp_path_factory.mktemp("result") / "result.json"
    bare = replace(result, runs=tuple(replace(run, intervals=()) for run in result.runs))
    write(path, dumps(result))
    assert load(path, intervals=False) == replace_plan(load(path), bare)
    path.write_text(json.dumps(json.loads(dumps(result))))  # in another layout they are read with it
    assert load(path, intervals=False) == load(path)


def replace_plan(loaded: Result, bare: Result) -> Result:
    """A file payload comes back without its data."""
    return replace(bare, scenario=loaded.scenario, variants=loaded.variants)


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        listed(tmp_path / "none")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert listed(tmp_path) == []
    (tmp_path / "folder" / "result.json").mkdir(parents=True)
    assert read(tmp_path / "folder") == "holds no result.json"
