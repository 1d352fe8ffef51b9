"""`timestamps: kernel` through the whole command, and on kernels that give less, by filters of seccomp(2)."""

from __future__ import annotations

import ctypes
import errno
import json
import platform
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import SMALL, result_of, sockbench
from tests.cli.here import called

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps are Linux's")

SO_MEMINFO = 55
SO_TIMESTAMPING = 37
SYSTEM_CALLS = {"x86_64": {"setsockopt": 54, "getsockopt": 55}, "aarch64": {"setsockopt": 208, "getsockopt": 209}}
NEEDS_SECCOMP = pytest.mark.skipif(platform.machine() not in SYSTEM_CALLS, reason="the numbers of system calls differ")


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    path = tmp_path / "stamped.yaml"
    path.write_text(SMALL.replace("timeout: 500ms", "timestamps: kernel, timeout: 500ms"))
    return path


def without_option(call: str, option: int) -> Callable[[], None]:
    """Called in a child before it becomes the command: from then on the kernel knows no such option of sockets."""
    number = SYSTEM_CALLS[platform.machine()][call]
    # Classic BPF over `struct seccomp_data`: the call's number at 0, the low half of its third argument at 32.
    load, jump, done = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | errno.ENOPROTOOPT, 0x7FFF0000
    lines = [(load, 0, 0, 0), (jump, 0, 3, number), (load, 0, 0, 32), (jump, 0, 1, option)]
    lines += [(done, 0, 0, refuse), (done, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(lines), ctypes.addressof(code)))

    def refuse_it() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        pr_set_no_new_privs, pr_set_seccomp, filter_mode = 38, 22, 2
        assert code  # it must live as long as `program`
        if libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0) or libc.prctl(pr_set_seccomp, filter_mode, program, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")

    return refuse_it


@pytest.mark.parametrize("flags", [(), ("--workers", "2"), ("--set", "clients.0.format=text")])
def test_each_request_that_is_ok_has_a_kernel_rtt_that_is_the_shorter_one(
    tmp_path: Path, stamped: Path, flags: tuple[str]
) -> None:
    done = called("run", stamped, "--results", tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    _, _, rest = done.stdout.partition("kernel RTT: from the kernel's send to the kernel's receive\n")
    assert "tool's share p50" in rest.splitlines()[0]
    assert rest.splitlines()[2].startswith("askers")
    result = json.loads(called("report", "last", "--results", tmp_path, "--format", "json").stdout)
    (group,) = result["runs"][0]["groups"]
    assert result["scenario"]["clients"][0]["timestamps"] == "kernel"
    assert group["ok"] > 20
    assert group["kernel_rtt"]["n"] == group["ok"] == group["rtt"]["n"]
    for name in ("min_s", "p50_s", "max_s"):
        assert 0 < group["kernel_rtt"][name] <= group["rtt"][name]
    assert group["kernel_rtt"]["mean_s"] < group["rtt"]["mean_s"]
    assert group["kernel_drops"] == 0


def test_over_tcp_it_is_a_mistake_of_the_scenario(stamped: Path) -> None:
    done = called("run", stamped, "--no-save", "--set", "servers.echo.transport=tcp")
    assert done.returncode == 104
    assert (
        f'{stamped}:6:81: clients[0].timestamps: "kernel" is for UDP only, and this is TCP: leave it out' in done.stderr
    )


@NEEDS_SECCOMP
def test_a_kernel_that_refuses_it_ends_the_run_before_it_begins(stamped: Path) -> None:
    done = sockbench("run", stamped, "--no-save", before=without_option("setsockopt", SO_TIMESTAMPING))
    assert done.returncode == 106
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert (
        "group 'askers' asks for timestamps: kernel, which this kernel refuses (protocol not available): write" in line
    )


@NEEDS_SECCOMP
def test_where_sockets_do_not_count_their_drops_the_sum_over_all_of_them_stands(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    arguments = ("run", path, "--no-save", "--format", "json")
    done = sockbench(*arguments, before=without_option("getsockopt", SO_MEMINFO))
    assert done.returncode == 0, done.stderr
    run = result_of(done)["runs"][0]
    assert run["groups"][0]["kernel_rtt"] is None  # nobody asked for it
    drops = run["groups"][0]["kernel_drops"]
    assert drops >= 0  # other programs of this machine may drop meanwhile
    assert run["servers"][0]["kernel_drops"] == drops
