"""TCP connections added up: sums, spreads, and what is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.connection import TcpInfo
from sockbench.model.result import Spread
from sockbench.stats.connections import ConnectionTally

US = 1_000
INFO = TcpInfo(50 * US, 20 * US, 8 * US, 1, 0, 10, 11, 0, 0)


def tally(*infos: TcpInfo | None) -> ConnectionTally:
    found = ConnectionTally()
    for info in infos:
        found.add(info)
    return found


def test_nothing_was_told() -> None:
    assert tally().result() is None
    assert tally(None, None).result() is None


def test_sums_and_spreads() -> None:
    found = tally(
        INFO, None, INFO._replace(rtt=70 * US, min_rtt=5 * US, retransmits=3), INFO._replace(rtt=900)
    ).result()
    assert found is not None
    assert (found.connections, found.retransmits, found.segments, found.delivered) == (3, 5, 30, 33)
    assert (found.dsack_dups, found.lost_at_end, found.reorderings) == (0, 0, 0)
    assert found.rtt.min_s == 9e-7
    assert found.rtt.max_s == 7e-5
    assert found.rtt.median_s is not None
    assert abs(found.rtt.median_s - 5e-5) <= 5e-8
    assert found.min_rtt_s == 5e-6
    assert found.congestion is None


def test_what_one_connection_lacks_is_not_known_of_all() -> None:
    old = TcpInfo(50 * US, 20 * US, None, 1, 0, None, None, None, None)
    found = tally(INFO, old).result()
    assert found is not None
    assert (found.retransmits, found.lost_at_end) == (2, 0)
    assert (found.segments, found.delivered, found.dsack_dups, found.reorderings) == (None, None, None, None)
    assert found.min_rtt_s == 8e-6
    unmeasured = tally(INFO._replace(rtt=None, rttvar=None, min_rtt=None)).result()
    assert unmeasured is not None
    assert (unmeasured.rtt, unmeasured.rttvar, unmeasured.min_rtt_s) == (Spread(None, None, None),) * 2 + (None,)


words = st.none() | st.integers(0, 2**32 - 1)
infos = st.builds(TcpInfo, *[st.none() | st.integers(US, 10**10)] * 3, *[words] * 6)


@given(st.lists(st.none() | infos, max_size=20), st.integers(0, 20))
def test_a_merge_is_as_if_one_had_counted_all(told: list[TcpInfo | None], cut: int) -> None:
    first, second = tally(*told[:cut]), tally(*told[cut:])
    second.congestion = "cubic"
    first.merge(second)
    whole = tally(*told)
    whole.congestion = "cubic"
    assert first.result() == whole.result()
    found = whole.result()
    if found is not None and found.rtt.median_s is not None:
        assert (found.rtt.min_s or 0) <= found.rtt.median_s <= (found.rtt.max_s or 0)
