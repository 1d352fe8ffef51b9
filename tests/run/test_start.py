"""What is imported before the first request leaves: a child that imports what it does not need makes every run late.

And the children that are started ahead: taken, dropped, and gone when the block ends.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockbench.run.messages import Role
from sockbench.run.pipes import Unpacker
from sockbench.run.spares import Spares, start

OURS_OR_TRIO = {"sockbench", "trio", "attr", "attrs", "idna", "outcome", "sniffio", "sortedcontainers"}
"""Trio, and what it imports itself."""


def imported_by(program: str) -> set[str]:
    """The modules that there are in a new process after `program`, without those of every process."""
    told = f"import sys\nbefore = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-P", "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def libraries(modules: set[str]) -> set[str]:
    """Packages that do not come with Python."""
    return {name.partition(".")[0] for name in modules} - sys.stdlib_module_names


def rooms(modules: set[str]) -> set[str]:
    """The rooms of the house that were entered."""
    return {name.split(".")[1] for name in modules if name.startswith("sockbench.")}


@pytest.mark.parametrize(
    ("program", "needed"),
    [
        ("worker", {"errors", "model", "wire", "services", "load", "stats", "net", "run"}),
        ("server_process", {"errors", "model", "wire", "services", "load", "net", "run"}),
        ("relay_process", {"errors", "model", "wire", "load", "impair", "net", "run"}),
    ],
)
def test_a_child_imports_what_it_needs_and_no_more(program: str, needed: set[str]) -> None:
    modules = imported_by(f"import sockbench.run.child, sockbench.run.{program}")
    assert libraries(modules) <= OURS_OR_TRIO
    assert rooms(modules) <= needed
    assert "sockbench.stats.verdict" not in modules
    assert "email" not in modules  # importlib.metadata needs it, and nothing else here


def test_children_are_started_before_anything_heavy_is_imported() -> None:
    modules = imported_by("import sockbench.cli.run_command")
    assert libraries(modules) <= {"sockbench", "click"}
    assert rooms(modules) <= {"cli", "errors", "run"}
    assert {name for name in modules if name.startswith("sockbench.run.")} == {
        "sockbench.run.machine",
        "sockbench.run.spares",
        "sockbench.run.stops",
        "sockbench.run.workers",
    }


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_spares_are_taken_once_and_the_rest_ends_with_the_block() -> None:
    with Spares() as spares:
        spares.add("servers")
        spares.add("worker", 2)
        first, second = spares.take("worker"), spares.take("worker")
        assert first is not None
        assert second is not None
        assert first.process.pid != second.process.pid
        assert spares.take("worker") is None
        assert spares.take("relays") is None
        server = spares.take("servers")
        assert server is not None
        spares.add("relays")
    assert spares.take("relays") is None
    for taken in (first, second, server):
        assert is_there(taken.process.pid)
        os.close(taken.orders)
        assert taken.process.wait(30) == 3  # its conductor is gone
        os.close(taken.words)


def test_what_is_dropped_is_gone() -> None:
    with Spares() as spares:
        spares.add("worker")
        spares.drop("servers")
        (waiting,) = [started.process for _, started in spares._waiting]
        spares.drop("worker")
        assert not is_there(waiting.pid)


@pytest.mark.parametrize("role", ["servers", "relays", "worker"])
def test_a_child_that_hears_nothing_ends_when_its_orders_end_and_says_nothing(role: Role) -> None:
    started = start(role)
    os.close(started.orders)
    assert started.process.wait(30) == 3
    assert Unpacker().feed(os.read(started.words, 1000)) == []
    os.close(started.words)
