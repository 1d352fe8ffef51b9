"""`sockbench serve` in a process of its own, and plain sockets to talk to it."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.cli.command import COMMAND, PATIENCE, wait_until

ROW = re.compile(r"^(\S+) +(udp|tcp) +(\S+):(\d+) +(sockbench send .*)$")


class Serving:
    """A `sockbench serve` that listens. `ports` is (service, transport) -> port; `commands` says how to talk to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.ports: dict[tuple[str, str], int] = {}
        self.commands: dict[tuple[str, str], str] = {}
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert process.stdout is not None
        for line in process.stdout:
            if row := ROW.match(line):
                self.ports[row[1], row[2]] = int(row[4])
                self.commands[row[1], row[2]] = row[5]
            if line.startswith("Ctrl-C"):
                break

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))

    def wait_for_log(self, text: str) -> str:
        """The first line of the log that holds `text`, when it is there."""
        wait_until(lambda: any(text in line for line in self.log))
        return next(line for line in self.log if text in line)

    def stop(self, number: signal.Signals = signal.SIGINT) -> str:
        """Interrupt it, and give what it prints then. It must exit with 0, and print no traceback."""
        self.process.send_signal(number)
        out, _ = self.process.stdout.read() if self.process.stdout else "", None
        assert self.process.wait(PATIENCE) == 0
        self._reader.join()
        assert not any("Traceback" in line for line in self.log), self.log
        return out

    def udp(self, service: str) -> socket.socket:
        """A UDP socket connected to a service."""
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", self.port(service, "udp")))
        return client

    def tcp(self, service: str) -> socket.socket:
        """A TCP connection to a service."""
        return socket.create_connection(("127.0.0.1", self.port(service, "tcp")), PATIENCE)

    def port(self, service: str, transport: str) -> int:
        """Where a service listens; a scenario may call its server `echo-udp`."""
        return self.ports.get((service, transport)) or self.ports[f"{service}-{transport}", transport]


@contextlib.contextmanager
def serving(
    *arguments: str | Path, within: Sequence[str] = (), before: Callable[[], None] | None = None
) -> Iterator[Serving]:
    """Start `sockbench serve` and wait until it listens; it is stopped with the block, if it was not before.

    The command stands behind the words of `within`; `before` is called in the child before it becomes the command.
    """
    with subprocess.Popen(
        [*within, COMMAND, "serve", *arguments],
        preexec_fn=before,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            server = Serving(process)
            yield server
            if process.poll() is None:
                server.stop()
        finally:
            if process.poll() is None:
                process.kill()


def ask(client: socket.socket, data: bytes) -> bytes:
    """Send, and give what one read gives back."""
    client.send(data)
    return client.recv(70_000)


def read_all(client: socket.socket) -> bytes:
    """Everything until the peer closes."""
    pieces = []
    while piece := client.recv(70_000):
        pieces.append(piece)
    return b"".join(pieces)
