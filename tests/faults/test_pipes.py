"""Nobody reads what is printed, or it finds no room: a command ends as it would have, and a run is saved all the same.

As ripgrep does: a reader that has read enough is no failure (exit code 0, no word). What an exit code tells of a run, a
comparison or a scenario stands.
"""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from sockbench.store.folder import save
from tests.cli.command import COMMAND, PATIENCE, Running, wait_until
from tests.cli.test_compare import quick_and_slow
from tests.faults.scene import NEEDS_LINUX, SHORT, all_end, children_of, groups_of, saved
from tests.ports import free_port
from tests.report.samples import RESULT


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A saved result."""
    return save(RESULT, [], tmp_path / "saved")


@contextmanager
def nobody() -> Iterator[int]:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def start(arguments: Sequence[str | Path], out: int, errors: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    return subprocess.Popen([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=errors)


def test_a_reader_that_has_read_enough_changes_no_exit_code(result: Path, tmp_path: Path) -> None:
    """All at once, since each takes as long as its start."""
    (tmp_path / "s.yaml").write_text(SHORT.replace("300ms", "50ms") + "thresholds: ['askers.rtt.p50 < 1ns']\n")
    (tmp_path / "wrong.yaml").write_text("duration: soon\n")
    slower = quick_and_slow(tmp_path)
    commands: list[tuple[int, tuple[str | Path, ...]]] = [
        (99, ("run", tmp_path / "s.yaml", "-q", "--results", tmp_path / "ran" / "results")),
        (0, ("report", result, "--format", "json")),
        (1, ("compare", *slower, "--results", tmp_path / "results", "--fail-if", "p50 > +10%")),
        (104, ("check", "udp10", tmp_path / "wrong.yaml")),
    ]
    with nobody() as pipe:
        started = [start(arguments, pipe) for _, arguments in commands]
        for process, (code, arguments) in zip(started, commands, strict=True):
            _, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == code, (arguments, err)
            assert b"Traceback" not in err, err
            if code in (0, 99):
                assert err == b"", arguments
    assert groups_of(saved(tmp_path / "ran"))[0]["planned"] == 10


def test_neither_output_takes_anything(result: Path) -> None:
    """106, and never the 1 of a Python that cannot print its last words. A full standard error alone ends nothing."""
    relay = ("relay", "0", "udp://127.0.0.1:9", "--duration", "10ms")
    with open("/dev/full", "wb", buffering=0) as full:
        both = [start(each, full.fileno(), full.fileno()) for each in (("report", result), relay)]
        alone = start(("report", result, "--format", "csv"), subprocess.DEVNULL, full.fileno())
        assert [process.wait(PATIENCE) for process in both] == [106, 106]
        assert alone.wait(PATIENCE) == 0


def is_answered(client: socket.socket) -> bool:
    """Whether a server listens by now."""
    try:
        client.send(b"x")
        return client.recv(100) == b"Resposta do servidor: x"
    except ConnectionRefusedError:
        return False


def test_a_server_serves_though_nobody_reads_its_list_or_its_log() -> None:
    port = free_port()
    with nobody() as pipe:
        process = start(("serve", "echo", "--transport", "udp", "--port", str(port)), pipe, pipe)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(PATIENCE)
        wait_until(lambda: is_answered(client))
        client.send(b"y")  # the event of the one before found no reader
        assert client.recv(100) == b"Resposta do servidor: y"
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0


@NEEDS_LINUX
def test_a_terminal_that_is_closed_interrupts_the_run_which_is_saved(tmp_path: Path) -> None:
    """The kernel sends SIGHUP, and from then on each word on the terminal is an error, the progress line's too."""
    (tmp_path / "s.yaml").write_text(SHORT.replace("300ms", "50s"))
    samples = tmp_path / "samples.csv"
    pid, terminal = pty.fork()
    if pid == 0:
        flags = ["--results", str(tmp_path / "results"), "--samples", str(samples)]
        os.execv(COMMAND, [str(COMMAND), "run", str(tmp_path / "s.yaml"), *flags])
    wait_until(lambda: bool(os.read(terminal, 10_000)) and samples.exists() and samples.read_bytes().count(b"\n") > 1)
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 105
    assert saved(tmp_path)["interrupted"] is True
    assert children
    assert all_end(children)


@NEEDS_LINUX
def test_closed_standard_streams_are_no_room_for_other_files(tmp_path: Path) -> None:
    """Else the file of the samples would be standard error, and an interrupt would write into it."""
    (tmp_path / "s.yaml").write_text(SHORT.replace("300ms", "50s"))
    samples = tmp_path / "samples.csv"
    command = f"exec '{COMMAND}' run '{tmp_path}/s.yaml' --results '{tmp_path}/results' --samples '{samples}'"
    with subprocess.Popen(["sh", "-c", f"{command} <&- >&- 2>&-"]) as process:
        try:
            wait_until(lambda: samples.exists() and samples.read_bytes().count(b"\n") > 1)
            places = [os.readlink(f"/proc/{process.pid}/fd/{place}") for place in range(3)]
            pids = children_of(Running(process))
            theirs = [os.readlink(f"/proc/{pid}/fd/2") for pid in pids]
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 105
        finally:
            process.kill()
    assert places == ["/dev/null"] * 3
    assert set(theirs) == {"/dev/null"}
    assert saved(tmp_path)["interrupted"] is True
    assert all(row.count(",") == 10 for row in samples.read_text().splitlines())
