"""What a command does beside what it was asked for: nothing. Python's own audit events tell, in every process of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import SMALL, sockbench

HOOK = """\
import json, os, sys

WATCHED = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
log = os.open(os.path.join(os.environ["AUDITED"], str(os.getpid())), os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def hear(event, arguments):
    if event in WATCHED:
        words = [repr(each) for each in (arguments[:2] if event == "socket.getaddrinfo" else arguments[1:])]
    elif event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and isinstance(arguments[0], str):
        words = [os.path.abspath(arguments[0])]
    elif event in CHANGES:
        words = [os.path.abspath(each) for each in arguments[:2] if isinstance(each, str)]
    else:
        return
    os.write(log, (json.dumps([event, *words]) + "\\n").encode())


sys.addaudithook(hear)
"""


@pytest.fixture
def heard(tmp_path: Path) -> Any:
    """A function that runs a command in an empty home, and gives what its processes were heard to do."""
    home, hook, log = (tmp_path / name for name in ("home", "hook", "log"))
    for folder in (home, hook, log):
        folder.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK)

    def run(*words: str) -> list[list[str]]:
        done = sockbench(
            *words,
            cwd=home,
            stdin=SMALL.encode(),
            HOME=str(home),
            TMPDIR=str(home),
            SOCKBENCH_CACHE="",
            PYTHONPATH=str(hook),
            PYTHONDONTWRITEBYTECODE="1",
            AUDITED=str(log),
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for file in log.iterdir() for line in file.read_text().splitlines()]

    return run


def files(events: list[list[str]], home: Path) -> set[str]:
    """The places below `home`, or elsewhere, that were written to: their first names."""
    found = set()
    for event, *words in events:
        for word in words if not event.startswith("socket.") else ():
            path = Path(word)
            if path.parts[1:2] in [("dev",), ("proc",)]:
                continue
            found.add(path.relative_to(home).parts[0] if path.is_relative_to(home) else word)
    return found


def addresses(events: list[list[str]]) -> set[str]:
    """The hosts that were spoken to, listened on or asked for."""
    found = set()
    for event, *words in events:
        if event == "socket.getaddrinfo":
            found.add(words[0].strip("b'\""))
        elif event.startswith("socket."):
            found |= {word[2:].partition("'")[0] for word in words if word.startswith("('")}
    return found


def test_a_run_writes_its_result_and_speaks_to_its_own_servers(heard: Any, tmp_path: Path) -> None:
    events = heard("run", "-", "--workers", "2")
    assert len(list((tmp_path / "log").iterdir())) == 4, "the conductor, the servers and two workers were heard"
    assert addresses(events) == {"127.0.0.1"}
    assert files(events, tmp_path / "home") == {"results"}
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["results"]


def test_without_a_result_nothing_is_written(heard: Any, tmp_path: Path) -> None:
    events = heard("run", "-", "--no-save")
    assert addresses(events) == {"127.0.0.1"}
    assert files(events, tmp_path / "home") == set()
    assert not list((tmp_path / "home").iterdir())


@pytest.mark.parametrize("words", [("check", "-"), ("schema",), ("completion", "bash")])
def test_other_commands_write_nothing_and_open_no_socket(heard: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    events = heard(*words)
    assert addresses(events) == set()
    assert files(events, tmp_path / "home") == set()
