"""Completion as shells ask for it: what is offered, in real bash, zsh and fish; what it imports; names that bite."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sockbench.cli.main import COMMANDS
from sockbench.scenario import builtin_names
from tests.cli.command import COMMAND, PATIENCE
from tests.cli.here import called
from tests.cli.terminal import Terminal

HEAVY = {"trio", "rich", "pydantic", "ruamel", "tabulate", "jinja2", "asyncio", "multiprocessing", "xml", "ssl"}
HEAVY_ROOMS = {"net", "report", "stats", "store", "wire", "impair"}
RESULTS = ["20261122T070000Z-ping", "20261121T065000Z-udp10"]
HOSTILE = [
    "20261120T000000Z-a b",
    "20261120T000000Z-$(touch bitten)",
    "20261120T000000Z-x\ny",
    "*",
    "`touch bitten`;",
    "-o",
]
PRINTS = 'sockbench() { echo GOT "$@"; }'
"""What a typed command does in the tests; completion asks the program itself."""
PATHS = {"PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with results, two of them whole, and a file."""
    for name in (*RESULTS, *HOSTILE):
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "result.json").write_text("{}")
    (tmp_path / "results" / "20261119T000000Z-none").mkdir()
    (tmp_path / "mine.yaml").write_text("")
    return tmp_path


def asked(folder: Path, *words: str, shell: str = "bash", **environment: str) -> list[str]:
    """What the command answers when the last of `words` is to be completed: `type,value`."""
    environment |= {"COMP_WORDS": shlex.join(words), "COMP_CWORD": str(len(words) - 1)}
    return answered(shell, environment, folder).splitlines()


def answered(shell: str, environment: dict[str, str], folder: Path | None = None) -> str:
    """What the command prints when a shell asks with such an environment. It never complains."""
    done = called(cwd=folder, stdin=b"", **environment, _SOCKBENCH_COMPLETE=f"{shell}_complete")
    assert done.stderr == ""
    return done.stdout


def in_bash(folder: Path, *words: str) -> list[str]:
    """COMPREPLY, after bash called the function of the script as it does when a person presses TAB."""
    script = folder / "completion.bash"
    script.write_text(called("completion", "bash").stdout)
    lines = [f"source {script}", f"COMP_WORDS=({shlex.join(words)})", f"COMP_CWORD={len(words) - 1}"]
    lines += [
        "_sockbench_completion sockbench x y",
        '(( ${#COMPREPLY[@]} )) && printf "%s\\0" "${COMPREPLY[@]}"',
        "true",
    ]
    done = subprocess.run(
        ["bash", "--norc", "-c", "\n".join(lines)],
        cwd=folder,
        env=os.environ | PATHS,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["c"], ["check", "calibrate", "compare", "completion"]),
        (["report", ""], ["last", *RESULTS]),
        (["report", "20261122"], RESULTS[:1]),
        (["compare", "last", "202611"], RESULTS),
        (["report", "--results", "elsewhere", ""], ["20200101T000000Z-old"]),
        (["report", "last", "--form"], ["--format"]),
        (["report", "--format", "j"], ["json", "junit"]),
        (["report", "--format", "=", "j"], ["json", "junit"]),
        (["run", "echo"], ["echo-tcp", "echo-udp"]),
        (["check", "udp10", "num"], ["numbers"]),
        (["run", "m"], ["mine.yaml"]),
        (["run", "udp10", "--dr"], ["--driver"]),
        (["run", "udp10", "--driver", "l"], ["lanes"]),
        (["serve", "e"], ["echo"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["run", "udp10", "--seed", ""], []),
    ],
)
def test_what_bash_is_offered(folder: Path, words: Sequence[str], offered: list[str]) -> None:
    (folder / "elsewhere" / "20200101T000000Z-old").mkdir(parents=True)
    (folder / "elsewhere" / "20200101T000000Z-old" / "result.json").write_text("{}")
    found = in_bash(folder, "sockbench", *words)
    if words == ["run", "m"]:  # bash lists files by itself where no scenario is meant
        assert found == []
        assert asked(folder, "sockbench", *words) == ["file,m"]
    elif words[-2:] == ["elsewhere", ""]:
        assert found == ["last", *offered]
    else:
        assert found == offered


def test_scenarios_stand_beside_files(folder: Path) -> None:
    (folder / "echo-mine*.yaml").write_text("")
    assert in_bash(folder, "sockbench", "run", "echo") == ["echo-tcp", "echo-udp", "echo-mine*.yaml"]
    assert set(builtin_names()) <= set(in_bash(folder, "sockbench", "run", ""))


def test_no_name_that_a_shell_would_interpret_is_offered(folder: Path) -> None:
    assert asked(folder, "sockbench", "report", "") == [f"plain,{name}" for name in ("last", *RESULTS)]
    for shell in ("zsh", "fish"):
        text = "\n".join(asked(folder, "sockbench", "report", "", shell=shell))
        assert "touch" not in text
        assert "a b" not in text
    empty = asked(folder, "sockbench", "report", "", SOCKBENCH_RESULTS="nowhere")
    assert empty == ["dir,"]


def test_a_tab_in_a_terminal_writes_the_word_and_runs_nothing(folder: Path) -> None:
    script = folder / "completion.bash"
    script.write_text(called("completion", "bash").stdout)
    shell = Terminal("--norc", "--noprofile", "-i", command=["bash"])
    shell.type(f"PATH={PATHS['PATH']}; cd {folder}; source {script}; {PRINTS}\n")
    shell.type("sockbench rep\t20261121\t--form\tjun\t\n")
    shell.wait_for("GOT report 20261121T065000Z-udp10 --format junit\n")
    shell.type("sockbench report 20261120\t\t\nexit\n")
    shell.wait_for("GOT report 20261120\n")
    shell.end()
    assert not (folder / "bitten").exists()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_a_tab_in_zsh(folder: Path) -> None:
    script = folder / "_sockbench"
    script.write_text(called("completion", "zsh").stdout)
    assert script.read_text().startswith("#compdef sockbench\n# Completion of sockbench for zsh. To install it: ")
    shell = Terminal("-f", "-i", command=["zsh"])
    shell.type(f"PATH={PATHS['PATH']}; fpath=({folder} $fpath); cd {folder}; autoload -Uz compinit; compinit -u -D\n")
    shell.type(f"{PRINTS}\n")
    shell.type("sockbench rep\t20261121\t--form\tjun\t\n")
    shell.wait_for("GOT report 20261121T065000Z-udp10 --format junit\n")
    shell.type("sockbench report last --format=jun\t\n")
    shell.wait_for("GOT report last --format=junit\n")
    shell.type("exit\n")
    shell.end()
    assert not (folder / "bitten").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("report ", ["last", *RESULTS]),
        ("run echo", ["echo-tcp", "echo-udp"]),
        ("run mi", ["mine.yaml"]),
        ("report last --format j", ["json", "junit"]),
        ("report last --format=j", ["--format=json", "--format=junit"]),
        ("rep", ["report"]),
    ],
)
def test_what_fish_offers(folder: Path, line: str, offered: list[str]) -> None:
    script = folder / "sockbench.fish"
    script.write_text(called("completion", "fish").stdout)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C {shlex.quote(f'sockbench {line}')}"],
        cwd=folder,
        env=os.environ | PATHS | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert sorted(row.partition("\t")[0] for row in done.stdout.splitlines()) == sorted(offered)
    if line == "rep":
        assert done.stdout == f"report\t{COMMANDS['report']}\n"


@pytest.mark.parametrize("words", [[""], ["run", "u"], ["report", ""], ["compare", "last", "--"]])
def test_it_imports_nothing_heavy(folder: Path, words: Sequence[str]) -> None:
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from sockbench.cli.main import run\nrun()\n"
    )
    words = ["sockbench", *words]
    asks = {
        "_SOCKBENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": shlex.join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=os.environ | asks, capture_output=True, text=True, check=True
    )
    assert done.stdout
    modules = json.loads(done.stderr)
    assert HEAVY & {name.partition(".")[0] for name in modules} == set()
    assert {name.split(".")[1] for name in modules if name.startswith("sockbench.")} & HEAVY_ROOMS == set()
    if words == ["sockbench", ""]:
        assert not [name for name in modules if name.startswith("sockbench.cli.") and name.endswith("_command")]


@pytest.mark.parametrize(
    "environment",
    [{}, {"COMP_WORDS": "sockbench 'run", "COMP_CWORD": "1"}, {"COMP_WORDS": "sockbench", "COMP_CWORD": "x"}],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_a_shell_that_asks_nonsense_is_told_nothing(shell: str, environment: dict[str, str]) -> None:
    assert answered(shell, environment).splitlines()[20:] == []
