"""The window of requests that came: against a set that remembers everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.message import SEEN_SPAN
from sockbench.wire.seen import SPAN, Seen

NUMBERS = st.integers(1, 2**32 - 1)


@given(st.lists(st.integers(1, 200)))
def test_copies_are_not_counted_within_the_window(numbers: list[int]) -> None:
    seen = Seen()
    came: set[int] = set()
    for number in numbers:
        assert seen.take(number) is (number not in came)
        came.add(number)
        assert (seen.received, seen.highest) == (len(came), max(came))
        told = {seen.highest - place for place in range(SEEN_SPAN) if int.from_bytes(seen.told) >> place & 1}
        assert told == {number for number in came if number > seen.highest - SEEN_SPAN}


@given(st.lists(NUMBERS))
def test_whatever_comes_it_stays_small(numbers: list[int]) -> None:
    seen = Seen()
    for number in numbers:
        seen.take(number)
    assert seen._bits < 1 << SPAN
    assert seen.received <= len(set(numbers))
    assert seen.highest == max(numbers, default=0)


@pytest.mark.parametrize(("behind", "is_new"), [(1, True), (SPAN - 1, True), (SPAN, False), (10 * SPAN, False)])
def test_what_is_too_old_to_be_told_from_a_copy_is_not_counted(behind: int, is_new: bool) -> None:
    seen = Seen()
    seen.take(100_000)
    assert seen.take(100_000 - behind) is is_new
    assert seen.received == 1 + is_new
