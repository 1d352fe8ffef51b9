"""Network namespaces for one test: made and removed by it, with names that nobody else has. Linux and root only."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import itertools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.command import PATIENCE

NEAR, FAR = "10.77.0.1", "10.77.0.2"
"""The addresses of the two ends of a cable. They are in namespaces of their own, so tests may have them at once."""
_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


@dataclass(frozen=True)
class Namespace:
    """A network namespace: its own devices, addresses, ports, filters and counters."""

    name: str

    @property
    def within(self) -> tuple[str, ...]:
        """What to put before a command that is to run in it; the process is the command's own."""
        return "ip", "netns", "exec", self.name

    def ip(self, words: str) -> None:
        """`ip` with these words, in it."""
        _do("ip", "-n", self.name, *words.split())

    def tc(self, words: str) -> None:
        """`tc` with these words, in it."""
        _do("tc", "-n", self.name, *words.split())

    def queue_drops(self, device: str) -> int:
        """Packets for which the one queue of a device had no room."""
        (queue,) = json.loads(_do("tc", "-n", self.name, "-s", "-j", "qdisc", "show", "dev", device))
        return int(queue["drops"])

    def nft(self, rules: str) -> None:
        """Have nftables do these rules."""
        subprocess.run((*self.within, "nft", "-f", "-"), input=rules.encode(), check=True, timeout=PATIENCE)

    def counters(self) -> dict[str, int]:
        """The packets of each named counter of nftables."""
        told = _do(*self.within, "nft", "--json", "list", "counters")
        entries: list[dict[str, Any]] = json.loads(told)["nftables"]
        return {each["counter"]["name"]: each["counter"]["packets"] for each in entries if "counter" in each}

    def snmp(self, protocol: str, name: str) -> int:
        """One number of /proc/net/snmp: what the kernel counts in this namespace alone."""
        with _entered(self.name):
            text = Path("/proc/thread-self/net/snmp").read_text()
        lines = [line.split() for line in text.splitlines()]
        names, values = (line for line in lines if line[0] == f"{protocol}:")
        return int(dict(zip(names, values, strict=True))[name])

    def socket(self, kind: socket.SocketKind) -> socket.socket:
        """A socket of the test's own process in it: a socket stays where it was made."""
        with _entered(self.name):
            return socket.socket(socket.AF_INET, kind)


@dataclass(frozen=True)
class Pair:
    """Two namespaces with a cable (veth) between their devices, both called `cable`."""

    near: Namespace
    far: Namespace


@contextlib.contextmanager
def namespace() -> Iterator[Namespace]:
    """One with a loopback. Whoever left a process in it has not cleaned up: that fails."""
    made = Namespace(f"sockbench-{os.getpid()}-{next(_numbers)}")
    _do("ip", "netns", "add", made.name)
    try:
        made.ip("link set lo up")
        yield made
        assert _do("ip", "netns", "pids", made.name) == ""
    finally:
        for pid in _do("ip", "netns", "pids", made.name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), 9)
        _do("ip", "netns", "del", made.name)


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    """Two with a cable between them: NEAR and FAR."""
    with namespace() as near, namespace() as far:
        _do(
            "ip", "link", "add", "cable", "netns", near.name, "type", "veth", "peer", "name", "cable", "netns", far.name
        )
        for end, address in ((near, NEAR), (far, FAR)):
            end.ip(f"addr add {address}/30 dev cable")
            end.ip("link set cable up")
        yield Pair(near, far)


@functools.cache
def why_not() -> str | None:
    """Why there are no namespaces here; None when there are."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root makes network namespaces"
    if shutil.which("ip") is None or shutil.which("tc") is None:
        return "needs ip(8) and tc(8): apt-get install iproute2"
    try:
        with namespace():
            return None
    except subprocess.CalledProcessError as error:
        return f"this machine makes no network namespaces: {error.stderr.strip()}"


def _do(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stdout


@contextlib.contextmanager
def _entered(name: str) -> Iterator[None]:
    """This thread is in the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as own, Path(f"/run/netns/{name}").open() as other:
        _set(libc, other.fileno())
        try:
            yield
        finally:
            _set(libc, own.fileno())


def _set(libc: ctypes.CDLL, descriptor: int) -> None:
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
