"""A file that grows by whole pieces, and says what went wrong once it cannot."""

from __future__ import annotations

import errno
import resource
import signal
import sys
from pathlib import Path

import pytest

from sockbench.store.growing_file import GrowingFile


def test_pieces_are_there_as_soon_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("what was there before")
    file = GrowingFile(str(path), "head\n")
    assert path.read_text() == "head\n"
    file.write("é,\udc80\n")
    assert path.read_text(encoding="utf-8") == "head\né,\\udc80\n"
    file.close()
    assert file.problem is None


@pytest.mark.parametrize("name", ["missing/rows.csv", "."])
def test_a_file_that_cannot_be_opened_is_an_error_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        GrowingFile(str(tmp_path / name), "head\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_full_from_the_start_is_an_error_at_once() -> None:
    with pytest.raises(OSError, match="No space left"):
        GrowingFile("/dev/full", "head\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes")
def test_a_disk_that_fills_up_leaves_whole_pieces(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    file = GrowingFile(str(path), "head\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # or this process would end here
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, before[1]))
    try:
        for _ in range(9):
            file.write("row of ten\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    file.write("a row after that\n")
    file.close()
    assert path.read_text() == "head\n" + "row of ten\n" * 4
    assert file.problem is not None
    assert file.problem.errno == errno.EFBIG
