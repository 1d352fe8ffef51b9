"""Names that somebody else chose, of folders, groups and servers: no command prints one that commands a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from sockbench.cli.live_table import live_table
from sockbench.cli.main import cli
from sockbench.model.event import ServerView
from sockbench.store.folder import dumps
from tests.cli.here import called
from tests.report.samples import RESULT

EVIL = "a\x1b]0;x\x07\x9b2J\u202e"


def is_harmless(text: str) -> bool:
    return all(char.isprintable() for char in text if char != "\n")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two results in folders with such names, and two folders that hold none."""
    for number, text in enumerate((dumps(RESULT), dumps(RESULT), "no JSON", None)):
        folder = tmp_path / f"20261121T00000{number}Z-{EVIL}{number}"
        folder.mkdir()
        if text is not None:
            (folder / "result.json").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("output", ["table", "markdown", "csv", "json", "junit"])
@pytest.mark.parametrize("number", range(4))
def test_a_folder(results: Path, number: int, output: str) -> None:
    folder = next(results.glob(f"*{number}"))
    commands = [("report", folder), ("compare", folder, folder), ("history", "--results", results)]
    for command in commands[: 1 if output == "junit" else 3]:
        done = CliRunner().invoke(cli, [*map(str, command), "--format", output], prog_name="sockbench")
        assert done.exit_code in (0, 2), done.output
        assert not isinstance(done.exception, Exception)
        assert done.output
        assert is_harmless(done.output), command


def test_the_beginning_of_several(results: Path) -> None:
    done = CliRunner().invoke(cli, ["report", "20261121", "--results", str(results)])
    assert (done.exit_code, "the beginning of 3 results" in done.output) == (2, True)
    assert is_harmless(done.output)


def test_a_group_of_a_saved_result_and_a_scenario(tmp_path: Path) -> None:
    document = json.loads(dumps(RESULT).replace('"students"', json.dumps(EVIL)))
    folder = tmp_path / "20261121T000000Z-a"
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps(document), encoding="utf-8")
    scenario = tmp_path / f"{EVIL}.yaml"
    scenario.write_text("duration: 1")
    for command, code in ((("history", "--results", tmp_path, "--trend", "x.rtt.p99"), 2), (("check", scenario), 104)):
        done = called(*command)
        assert (done.returncode, done.stdout) == (code, "")
        assert r"a\x1b]0;x" in done.stderr
        assert is_harmless(done.stderr)


def test_a_server_in_the_live_table() -> None:
    view = ServerView(EVIL, "udp", "127.0.0.1:1234", 0, 0, 0, 0, ())
    screen = io.StringIO()
    Console(file=screen, width=120).print(live_table([view]))
    assert r"a\x1b]0;x\x07\x9b2J\u202e" in screen.getvalue()
    assert is_harmless(screen.getvalue())
