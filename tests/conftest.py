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
# again, a third of what starting costs: they share a folder that ends with the tests.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    _bytecode = tempfile.mkdtemp(prefix="sockbench-tests-bytecode-")
    atexit.register(shutil.rmtree, _bytecode, ignore_errors=True)
    os.environ["PYTHONPYCACHEPREFIX"] = _bytecode

# While some thousand tests are collected nothing becomes garbage, and looking for it is a third of the work.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on it is looked for again, in what the tests make."""
    gc.enable()
    gc.freeze()
