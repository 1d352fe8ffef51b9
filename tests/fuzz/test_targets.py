"""What is fuzzed, in small: every target takes the cases of its corpus, and any that hypothesis thinks of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parents[2] / "fuzz" / "corpus"
MOST_BYTES = 100_000


def cases(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def test_each_target_has_a_corpus_and_all_of_them_are_small() -> None:
    assert sorted(folder.name for folder in CORPUS.iterdir()) == sorted(TARGETS)
    sizes = [len(case) for name in TARGETS for case in cases(name)]
    assert sum(sizes) < MOST_BYTES
    assert all(cases(name) for name in TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_again(name: str) -> None:
    for case in cases(name):
        TARGETS[name](case)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=400))
def test_any_bytes(name: str, data: bytes) -> None:
    TARGETS[name](data)
