"""What can go wrong with the machine, the peer and the person while the command runs."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sockbench.model.outcome import OUTCOME_NAMES
from tests.cli.command import (
    COMMAND,
    PATIENCE,
    SMALL,
    is_running,
    loaded,
    result_of,
    running,
    saved_result,
    sockbench,
    wait_until,
)
from tests.faults.after import check_after
from tests.ports import free_port, taken_port

NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and drops capabilities")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def without_capability(number: int) -> Callable[[], None]:
    """Called in a child before it becomes the command: even for root, a capability(7) is gone from then on."""

    def drop() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        pr_capbset_drop = 24
        if os.geteuid() == 0 and libc.prctl(pr_capbset_drop, number, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")

    return drop


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
def test_a_port_in_use_is_named_with_the_server_that_wanted_it(
    small: Path, transport: str, kind: socket.SocketKind
) -> None:
    with taken_port(kind) as port:
        done = sockbench(
            *("run", small, "--no-save"),
            *("--set", f"servers.echo.transport={transport}", "--set", f"servers.echo.port={port}"),
        )
    assert done.returncode == 106
    assert done.stdout == ""
    assert f"server 'echo' cannot listen on {transport} 127.0.0.1:{port}: the port is already in use" in done.stderr


@NEEDS_LINUX
def test_a_privileged_port(small: Path) -> None:
    cap_net_bind_service = 10
    done = sockbench(
        *("run", small, "--no-save", "--set", "servers.echo.port=1"), before=without_capability(cap_net_bind_service)
    )
    assert done.returncode == 106
    assert "server 'echo' cannot listen on udp 127.0.0.1:1: this user may not use that port" in done.stderr


def target(url: str, **keys: str) -> bytes:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    group = f'{{name: a, count: 2, target: "{url}", arrivals: {{rate: 50/s}}, timeout: 200ms{more}}}'
    return f"duration: 500ms\nclients:\n  - {group}\n".encode()


def test_a_udp_target_where_nobody_listens_counts_refused() -> None:
    done = sockbench("run", "-", "--no-save", "--format", "json", stdin=target(f"udp://127.0.0.1:{free_port()}"))
    assert done.returncode == 0
    (group,) = result_of(done)["runs"][0]["groups"]
    assert group["refused"] == group["planned"] == 25
    assert group["rtt"]["n"] == 0


@pytest.mark.parametrize("connect", ["once", "per-request"])
def test_a_tcp_target_where_nobody_listens_is_exit_106(connect: str) -> None:
    url = f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    done = sockbench("run", "-", "--no-save", stdin=target(url, connect=connect))
    assert done.returncode == 106
    assert done.stdout == ""
    assert f"{url}: connection refused" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_target_whose_host_is_not_known() -> None:
    done = sockbench("run", "-", "--no-save", stdin=target("tcp://no-such-host.invalid:1"))
    assert done.returncode == 106
    assert "'no-such-host.invalid'" in done.stderr


def test_a_limit_of_open_files_that_is_too_small_is_said_before_the_run(small: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    done = sockbench("run", small, "--no-save", "--set", "clients.0.count=100", before=limit)
    assert done.returncode == 106
    assert "100 clients need 124 file descriptors in one process, and the hard limit is 64" in done.stderr
    assert "`ulimit -n 124`, or use fewer clients or more workers" in done.stderr


def test_a_soft_limit_of_open_files_is_raised_to_what_the_run_needs(small: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 124))

    done = sockbench("run", small, "--no-save", "--duration", "100ms", "--set", "clients.0.count=100", before=limit)
    assert done.returncode == 0, done.stderr


def test_the_number_of_descriptors_asked_for_is_enough(small: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (124, 124))

    done = sockbench(
        *("run", small, "--no-save", "--duration", "300ms", "--format", "json"),
        *("--set", "clients.0.count=100", "--set", "servers.echo.transport=tcp"),
        before=limit,
    )
    assert done.returncode == 106  # the server's process has some of its own besides one for each client
    assert "need 127 file descriptors" in done.stderr
    assert "use fewer clients\n" in done.stderr  # more workers would not help a server

    def enough() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (127, 127))

    done = sockbench(
        *("run", small, "--no-save", "--duration", "300ms", "--format", "json"),
        *("--set", "clients.0.count=100", "--set", "servers.echo.transport=tcp"),
        before=enough,
    )
    assert done.returncode == 0
    (group,) = result_of(done)["runs"][0]["groups"]
    assert group["ok"] == group["planned"] == 30


@NEEDS_LINUX
def test_an_unwritable_results_folder_still_prints_the_tables(small: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir(mode=0o555)
    cap_dac_override = 1
    done = sockbench("run", small, "--results", results, before=without_capability(cap_dac_override))
    assert done.returncode == 106
    assert "askers" in done.stdout
    assert "saved:" not in done.stdout
    assert f"the result could not be saved in '{results}'" in done.stderr


@NEEDS_LINUX
@pytest.mark.parametrize(
    ("role", "sentence", "strict", "code"),
    [
        ("servers", "the server process died (killed by SIGKILL)", [], 0),
        ("worker", "a client process", ["--strict"], 107),
    ],
)
def test_a_process_that_dies_in_the_middle_makes_the_verdict_invalid(
    tmp_path: Path, role: str, sentence: str, strict: list[str], code: int
) -> None:
    results = tmp_path / "results"
    with loaded(tmp_path, "--results", results, *strict) as command:
        children = command.children()
        os.kill(children[role], signal.SIGKILL)
        out, _ = command.end(expected=code)
    assert not any(is_running(pid) for pid in children.values())
    assert out.split("\n")[1] == "verdict: invalid"
    assert sentence in " ".join(out.split())
    result = saved_result(results)
    assert result["verdict"]["status"] == "invalid"
    assert sentence in result["verdict"]["reasons"][0]
    assert result["interrupted"] is False
    check_after(result)


@NEEDS_LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_and_prints_what_was_measured(tmp_path: Path, number: signal.Signals) -> None:
    results = tmp_path / "results"
    with loaded(tmp_path, "--results", results) as command:
        children = command.children()
        assert set(children) == {"servers", "worker"}
        command.process.send_signal(number)
        out, _ = command.end(expected=105)
    assert "the run was interrupted after" in out
    result = saved_result(results)
    assert result["interrupted"] is True
    askers, ignored = result["runs"][0]["groups"]
    assert askers["planned"] == sum(askers[name] for name in OUTCOME_NAMES)
    # In flight and before its timeout: not lost.
    assert (ignored["planned"], ignored["unfinished"], ignored["lost"]) == (1, 1, 0)
    assert not any(is_running(pid) for pid in children.values())


@NEEDS_LINUX
def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """The first leaves a request to drain, so the second comes in the middle of that."""
    results = tmp_path / "results"
    with loaded(tmp_path, "--results", results) as command:
        children = command.children()
        command.process.send_signal(signal.SIGINT)
        command.process.send_signal(signal.SIGTERM)
        _, err = command.end(expected=105)
    assert "ended at the second interrupt; nothing was saved" in err
    assert not results.exists()
    assert not any(is_running(pid) for pid in children.values())


@NEEDS_LINUX
def test_an_interrupt_before_the_load_begins(tmp_path: Path) -> None:
    """The client asks for a place that nobody gives, so the run is not under way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{silent.getsockname()[1]}"
        (tmp_path / "s.yaml").write_text(f'clients:\n  - {{target: "{url}", format: envelope, register: "a"}}\n')
        with running("run", tmp_path / "s.yaml", "--no-save") as command:
            silent.recv(100)
            command.process.send_signal(signal.SIGINT)
            out, err = command.end(expected=105)
    assert out == ""
    assert "interrupted before the load began" in err


@NEEDS_LINUX
def test_an_interrupt_while_the_command_starts() -> None:
    """It waits for a scenario on standard input; what reads one is loaded, so the command is past its first lines."""
    with subprocess.Popen([COMMAND, "run", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        maps = Path(f"/proc/{process.pid}/maps")
        wait_until(lambda: "pydantic" in maps.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 105
        assert process.stderr is not None
        assert process.stderr.read() == b"sockbench: interrupted: nothing was measured\n"


@NEEDS_LINUX
def test_a_server_process_that_is_frozen_is_given_up(tmp_path: Path) -> None:
    results = tmp_path / "results"
    with loaded(tmp_path, "--results", results) as command:
        server = command.children()["servers"]
        os.kill(server, signal.SIGSTOP)
        command.process.send_signal(signal.SIGINT)
        out, _ = command.end(expected=105)
    assert "the server process gave no answer for 5 s, and was ended" in out
    assert saved_result(results)["verdict"]["status"] == "invalid"
    assert not is_running(server)


def test_standard_streams_that_are_closed_or_full(small: Path) -> None:
    base = f"'{COMMAND}' run '{small}' --no-save --duration 200ms"
    for redirection, code in (("<&-", 0), ("2>&-", 0), (">&-", 0), (">/dev/full", 106)):
        done = subprocess.run(
            ["sh", "-c", f"{base} {redirection}"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == code, (redirection, done.stderr)
        assert "Traceback" not in done.stderr
    assert "the output cannot be written: no space left on device" in done.stderr


def command_after(preparation: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a Python process in which something has happened before."""
    program = (
        "import os, sys\nimport sockbench.cli.main as main\n"
        f"{preparation}\nsys.argv = ['sockbench', *{list(arguments)!r}]\nsys.exit(main.run())"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_a_child_process_that_cannot_be_started(small: Path) -> None:
    done = command_after(f"sys.executable = {str(small)!r}", "run", str(small), "--no-save", "-q")
    assert (done.returncode, done.stdout) == (106, "")
    assert done.stderr == "sockbench: cannot start the server process: permission denied\n"


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        ("BrokenPipeError(32, 'Broken pipe')", "broken pipe"),
        ("PermissionError(13, 'Permission denied', '/a/b')", "permission denied ('/a/b')"),
    ],
)
def test_only_printing_can_fail_at_printing(raised: str, words: str) -> None:
    """An error of a pipe or a file that has nothing to do with what is printed."""
    preparation = (
        "from sockbench.cli.schema_command import command\n"
        f"def refused(**options):\n    raise {raised}\n"
        "command.callback = refused"
    )
    done = command_after(preparation, "schema")
    assert (done.returncode, done.stdout) == (106, "")
    assert done.stderr == f"sockbench: this machine refused to go on: {words}\n"


@pytest.mark.parametrize("arguments", [("check", "udp10"), ("schema",)])
def test_standard_output_that_nobody_reads(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_lacks_letters(small: Path) -> None:
    small.write_text(SMALL.replace("name: small", "name: 名前"))
    done = sockbench("run", small, "--no-save", "--duration", "200ms", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert "\\u540d\\u524d" in done.stdout


def test_a_server_that_never_answers_fails_a_threshold_about_times() -> None:
    scenario = target(f"udp://127.0.0.1:{free_port()}") + b"thresholds: ['a.rtt.p99 < 20ms', 'lost < 1%']\n"
    done = sockbench("run", "-", "--no-save", stdin=scenario)
    assert done.returncode == 99
    _, verdict, reason = done.stdout.split("\n")[:3]
    assert verdict == "verdict: invalid"
    assert reason.startswith("  - all 25 requests of a were refused: nobody listens at udp://127.0.0.1:")


def test_csv_tells_the_verdict_on_standard_error() -> None:
    done = sockbench("run", "-", "--no-save", "--format", "csv", stdin=target(f"udp://127.0.0.1:{free_port()}"))
    assert done.returncode == 0
    assert "all 25 requests of a were refused" in done.stderr
    assert done.stdout.count("\n") == 2


@NEEDS_LINUX
def test_replies_that_find_no_room_at_the_clients_are_told(tmp_path: Path) -> None:
    """One client asks for more than its socket can hold while it is made to wait: a stopped process reads nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        flood.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{flood.getsockname()[1]}"
        scenario = f'duration: 2s\nclients:\n  - {{name: a, target: "{url}", timeout: 10s}}\ndrain: 0s\n'
        path = tmp_path / "s.yaml"
        path.write_text(scenario)
        with running("run", path, "--no-save") as command:
            _, peer = flood.recvfrom(100)
            worker = command.children()["worker"]
            os.kill(worker, signal.SIGSTOP)
            for _ in range(20_000):
                flood.sendto(bytes(1000), peer)
            os.kill(worker, signal.SIGCONT)
            out, _ = command.end(expected=0)
    assert "at the sockets of a because their buffers were full" in " ".join(out.split())


@NEEDS_LINUX
def test_no_child_outlives_a_conductor_that_is_killed(tmp_path: Path) -> None:
    with loaded(tmp_path, "--no-save") as command:
        children = command.children()
        command.process.kill()
        command.process.wait()
        wait_until(lambda: not any(is_running(pid) for pid in children.values()))
    assert set(children) == {"servers", "worker"}
