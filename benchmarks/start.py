"""How long does it take to start? `python -m benchmarks.start [RUNS]` prints seconds, seen from outside, a line a run.

`--help` is from the start of the process to its end; `first request` from the start of `sockbench run` to the first
datagram that a socket of this process hears. Cold: the files of the environment are dropped from the page cache before
(Linux); no bytecode: the modules are compiled anew. Judges nothing.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import sockbench

COMMAND = (sys.executable, "-P", "-m", "sockbench")
SCENARIO = """\
name: start
duration: 100ms
servers:
  echo: {service: echo, transport: udp}
clients:
  - {name: heard, count: 1, target: "udp://127.0.0.1:PORT", format: envelope, timeout: 100ms}
  - {name: served, count: 10, server: echo, timeout: 100ms}
"""
"""A server of its own, a worker, and a client that is heard from outside."""

PATIENCE = 60.0


def help_s() -> float:
    """Seconds of `sockbench --help`."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def first_request_s(environment: dict[str, str] | None = None) -> float:
    """Seconds until the first request of a run is heard."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(PATIENCE)
        text = SCENARIO.replace("PORT", str(heard.getsockname()[1]))
        began = time.perf_counter()
        with subprocess.Popen(
            [*COMMAND, "run", "-", "--no-save", "-q"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=os.environ | (environment or {}),
        ) as run:
            assert run.stdin is not None
            run.stdin.write(text.encode())
            run.stdin.close()
            heard.recv(2000)
            took = time.perf_counter() - began
        assert run.returncode == 0, "the run failed"
    return took


def forget_files() -> None:
    """Drop what the page cache holds of Python, its libraries and sockbench; what is mapped just now stays."""
    folders = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
    folders.add(str(Path(sockbench.__file__).parent))
    for folder in folders:
        for path in Path(folder).rglob("*"):
            if path.suffix in (".py", ".pyc", ".so") and path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


def main(runs: int) -> None:
    """Measure and print."""
    first_request_s()  # so that there is bytecode of all modules
    sys.stdout.write("--help  first request: warm  cold  no bytecode\n")
    for _ in range(runs):
        helped, warm = help_s(), first_request_s()
        forget_files()
        cold = first_request_s()
        with tempfile.TemporaryDirectory() as empty:
            compiled = first_request_s({"PYTHONPYCACHEPREFIX": empty})
        sys.stdout.write(f"{helped:6.3f}  {warm:20.3f}  {cold:4.3f}  {compiled:11.3f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
