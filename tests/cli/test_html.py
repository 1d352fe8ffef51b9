"""`--html FILE` of `report` and `run`: a file as large as it should be, or one sentence and the old file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sockbench.store import save
from tests.cli.command import SMALL
from tests.cli.here import called
from tests.report.pages import long_result
from tests.report.samples import RESULT


def test_a_saved_result_as_a_page(tmp_path: Path) -> None:
    result, log = long_result(3)
    folder = save(result, log, tmp_path / "results")
    (tmp_path / "report.html").write_text("an older one")
    done = called("report", "last", "--html", "report.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
    assert '"id":"histogram"' in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results"]
    (folder / "latency.hlog").write_text("nonsense\n")
    done = called("report", folder / "result.json", "--html", tmp_path / "few.html")
    assert done.returncode == 0
    assert "latency.hlog: line 1 of the histogram log is not an interval: 'nonsense'; the report has" in done.stderr
    assert '"id":"histogram"' not in (tmp_path / "few.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--html", ""], 2, "Invalid value for '--html': it must name a file"),
        (["--html", "-"], 2, "Invalid value for '--html': it must name a file"),
        (["--html", "results"], 2, "'results' is a folder: name a file in it"),
        (["--html", "nowhere/report.html"], 2, "there is no folder 'nowhere': make it first"),
        (["--html", "report.html", "-o", "report.txt"], 2, "--html names the file already: leave it out"),
        (["--html", "/dev/full"], 106, "the report cannot be written to '/dev/full': no space left on device"),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    save(RESULT, [], tmp_path / "results")
    done = called("report", "last", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_run_writes_its_page_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    done = called("run", "small.yaml", "-q", "--html", "small.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    again = called("report", "last", "--html", "again.html", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "small.html").read_text() == (tmp_path / "again.html").read_text()
    wrong = called("run", "small.yaml", "--html", "nowhere/small.html", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "there is no folder 'nowhere'" in wrong.stderr
    assert len(list((tmp_path / "results").iterdir())) == 1
