"""Every mistake that a person can make in a scenario or a flag: one clear sentence each, and the right exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import SMALL
from tests.cli.here import called

Make = Callable[[Path], str]


def missing(folder: Path) -> str:
    return "nowhere.yaml"


def a_folder(folder: Path) -> str:
    (folder / "a.yaml").mkdir()
    return "a.yaml"


def contents(data: bytes) -> Make:
    def make(folder: Path) -> str:
        (folder / "s.yaml").write_bytes(data)
        return "s.yaml"

    return make


def changed(old: str, new: str) -> Make:
    assert old in SMALL
    return contents(SMALL.replace(old, new).encode())


@pytest.mark.parametrize(
    ("make", "sentences"),
    [
        pytest.param(missing, ["nowhere.yaml: there is no file"], id="no such file"),
        pytest.param(a_folder, ['a.yaml: "a.yaml" is a folder'], id="a directory"),
        pytest.param(contents(bytes(range(128, 256))), ["s.yaml: ", "UTF-8"], id="binary bytes"),
        pytest.param(contents(b""), ["s.yaml", "empty"], id="an empty file"),
        pytest.param(contents(b"a: [1,\nb: }"), ["s.yaml:2:"], id="invalid YAML"),
        pytest.param(
            contents(b"clients: &a\n  - *a\n"), ["s.yaml:2:5: ", '"*a" contains itself'], id="recursive aliases"
        ),
        pytest.param(
            changed("count", "cuont"),
            ['s.yaml:6:20: clients[0]: unknown key "cuont", did you mean "count"?'],
            id="an unknown key",
        ),
        pytest.param(changed("500ms", "500"), ['s.yaml:6:78: clients[0].timeout: "500" has no unit'], id="no unit"),
        pytest.param(changed("count: 3", "count: 0"), ["s.yaml:6:27: clients[0].count: ", '"0"'], id="count: 0"),
        pytest.param(changed("100/s", "-100/s"), ["s.yaml:6:", "-100/s", "negative"], id="a negative rate"),
        pytest.param(changed("udp", "udb"), ["s.yaml:4:", '"udb"', 'did you mean "udp"?'], id="an unknown transport"),
        pytest.param(
            changed("server: echo, arr", "server: ecko, arr"),
            ["s.yaml:6:38: clients[0].server: ", '"ecko"', '"echo"'],
            id="no such server",
        ),
        pytest.param(
            contents((SMALL + "repeat: five\n").encode()), ["s.yaml:7:9: repeat", "not a whole number"], id="repeat"
        ),
        pytest.param(
            contents((SMALL + "matrix: {transport: [udp, tcp]}\n").encode()),
            ["s.yaml:7:10: matrix", '"transport" is used nowhere', "${transport}"],
            id="matrix",
        ),
        pytest.param(
            changed("{rate: 100/s}", "{stages: [{duration: 1s, rate: 5}]}"),
            ["s.yaml:6:", "stages[0].rate", "5/s"],
            id="stages",
        ),
        pytest.param(changed("{rate: 100/s}", "{rate: 5/s, burst: 20}"), ["s.yaml:6:", "pattern: burst"], id="burst"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_scenario_is_exit_104(tmp_path: Path, command: str, make: Make, sentences: list[str]) -> None:
    done = called(command, make(tmp_path), cwd=tmp_path)
    assert done.returncode == 104
    assert done.stdout == ""
    for sentence in sentences:
        assert sentence in done.stderr
    assert all(line.count(": ") >= 1 for line in done.stderr.splitlines())


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    wrong = SMALL.replace("count: 3", "cuont: 3").replace("500ms", "500").replace("duration: 1s", "duration: soon")
    (tmp_path / "s.yaml").write_text(wrong)
    done = called("check", "s.yaml", cwd=tmp_path)
    assert done.returncode == 104
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == ["s.yaml:2:11", "s.yaml:6:20", "s.yaml:6:78"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "clients.0.cuont=5"], "--set clients.0.cuont=5: clients[0] has no key"),
        (["--set", "clients.9.count=5"], "--set clients.9.count=5: "),
        (["--set", "clients.0.count=none of them"], "--set clients.0.count=none of them: "),
        (["--duration", "5"], '--duration: "5" has no unit'),
        (["--seed", "x"], '--seed: "x" is '),
        (["--repeat", "x"], '--repeat: "x" is not a whole number from 1 to 1000'),
    ],
)
def test_a_wrong_override_names_its_flag(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "s.yaml").write_text(SMALL)
    done = called("run", "s.yaml", "--no-save", *arguments, cwd=tmp_path)
    assert done.returncode == 104, done.stderr
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "udp10", "--workers", "0"],
        ["run", "udp10", "--workers", "257"],
        ["run", "udp10", "--workers", "all"],
        ["run", "udp10", "--workers", ""],
        ["run", "udp10", "--format", "xml"],
        ["run", "udp10", "--set", "no equals sign"],
        ["run", "udp10", "--unknown"],
        ["run", "udp10", "--results", ""],
        ["run", "udp10", "--cache", ""],
        ["calibrate", "--cache", ""],
        ["walk"],
    ],
)
def test_wrong_use_is_exit_2(arguments: list[str]) -> None:
    done = called(*arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr


@pytest.mark.parametrize("flag", ["--results", "--cache"])
def test_an_empty_folder_is_none_and_a_point_is_this_one(tmp_path: Path, flag: str) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("duration: 1s", "duration: 200ms"))
    done = called("run", "s.yaml", flag, "", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Error: Invalid value for {flag}: it must not be empty\n" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]
    done = called("run", "s.yaml", flag, ".", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_variable_of_the_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL)
    done = called("run", "s.yaml", "--no-save", cwd=tmp_path, SOCKBENCH_DURATION="5")
    assert done.returncode == 104
    assert done.stderr.startswith('SOCKBENCH_DURATION: "5" has no unit')


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("rnu", 'there is no command "rnu", did you mean "run"?'),
        ("Serve", 'there is no command "Serve", did you mean "serve"?'),
        ("zzz", 'there is no command "zzz": write run, serve, send, '),
        ("udp10", '"udp10" is a scenario, not a command: write sockbench run udp10'),
        ("mine.yaml", '"mine.yaml" is a scenario, not a command: write sockbench run mine.yaml'),
        ("\x1b[2Jx", 'there is no command "\\x1b[2Jx"'),
        ("", 'there is no command ""'),
        ("--rnu", "No such option"),
    ],
)
def test_a_word_that_is_no_command(word: str, sentence: str) -> None:
    done = called(word)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "\x1b" not in done.stderr


def test_results_that_are_a_file_are_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    done = called("run", "udp10", "--results", tmp_path / "results")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for --results: '{tmp_path / 'results'}' is no folder: name another\n" in done.stderr


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("send echo -m a --count x", "'--count': 'x' is not a whole number from 1 up"),
        ("send echo -m a --count 0", "'--count': '0' is not a whole number from 1 up"),
        ("send echo -m a --seed 1.5", "'--seed': '1.5' is not a whole number\n"),
        ("serve echo --port 70000", "'--port': '70000' is not a whole number from 0 to 65535"),
        ("relay 9000 udp://127.0.0.1:9 --seed -1", "'--seed': '-1' is not a whole number from 0 up"),
    ],
)
def test_a_number_that_is_none_or_out_of_range(line: str, sentence: str) -> None:
    done = called(*line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Error: Invalid value for {sentence}" in done.stderr
