"""What all tests share: examples are drawn anew in each run, and none is wrong for being slow."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sockbench",
    deadline=None,
    max_examples=int(os.environ.get("SOCKBENCH_EXAMPLES", "50")),
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),  # a change is judged by the same examples each time
)
settings.load_profile("sockbench")

# What somebody measured on this machine is no part of a test.
os.environ["SOCKBENCH_CACHE"] = os.path.join(tempfile.gettempdir(), f"sockbench-tests-{os.getpid()}", "no-cache")

# The tests start some thousand processes. Where Python is told to write no bytecode, each would compile all of ours
# again, a third of what starting costs: they share a folder that ends with the tests. It is for them alone: pytest's
# own processes would compile the library of Python, too, as nothing that is elsewhere counts beside such a folder.
BYTECODE = "SOCKBENCH_TESTS_BYTECODE"
if os.environ.get("PYTHONDONTWRITEBYTECODE") and BYTECODE not in os.environ:
    os.environ[BYTECODE] = tempfile.mkdtemp(prefix="sockbench-tests-bytecode-")
    atexit.register(shutil.rmtree, os.environ[BYTECODE], ignore_errors=True)

# While some thousand tests are collected nothing becomes garbage, and looking for it is a third of the work.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """The tests begin, in this process."""
    gc.enable()
    gc.freeze()
    if BYTECODE in os.environ:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = os.environ[BYTECODE]
