"""Fixtures of the faults: marks on processes, and network namespaces of a test's own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.faults.after import VARIABLE, Tag
from tests.faults.namespaces import Namespace, Pair, namespace, pair, why_not


@pytest.fixture
def tag(monkeypatch: pytest.MonkeyPatch) -> Tag:
    """Marks what the test starts."""
    value = f"{os.getpid()}-{uuid.uuid4().hex}"
    monkeypatch.setenv(VARIABLE, value)
    return Tag(value)


@pytest.fixture
def inside() -> Iterator[Namespace]:
    """A network namespace with a loopback of its own."""
    _skip_unless_possible()
    with namespace() as made:
        yield made


@pytest.fixture
def ends() -> Iterator[Pair]:
    """Two network namespaces with a cable between them."""
    _skip_unless_possible()
    with pair() as made:
        yield made


def _skip_unless_possible() -> None:
    if reason := why_not():
        pytest.skip(reason)
