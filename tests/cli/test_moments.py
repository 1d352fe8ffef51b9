"""Moments as a person writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sockbench.cli import moments

NOW = datetime(2026, 11, 21, 18, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "lasts"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC), timedelta(days=1)),
        ("20261101", datetime(2026, 11, 1, tzinfo=UTC), timedelta(days=1)),
        ("2026-11-01T10:00", datetime(2026, 11, 1, 10, tzinfo=UTC), timedelta(minutes=1)),
        ("2026-11-01 10:00:30", datetime(2026, 11, 1, 10, 0, 30, tzinfo=UTC), timedelta()),
        ("2026-11-01T10:00+02:00", datetime(2026, 11, 1, 8, tzinfo=UTC), timedelta(minutes=1)),
        ("20261101T100000Z", datetime(2026, 11, 1, 10, tzinfo=UTC), timedelta()),
        ("7d", NOW - timedelta(days=7), timedelta()),
        ("2w", NOW - timedelta(days=14), timedelta()),
        (" 12h ", NOW - timedelta(hours=12), timedelta()),
        ("1h30m", NOW - timedelta(minutes=90), timedelta()),
    ],
)
def test_a_moment(text: str, since: datetime, lasts: timedelta) -> None:
    assert moments.since(text, NOW) == since
    assert moments.until(text, NOW) == since + lasts


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "2026-11-31", "7", "7 d", "-7d", "2026", "2026-11", "9" * 50 + "h"],
)
def test_no_moment(text: str) -> None:
    for parse in (moments.since, moments.until):
        with pytest.raises(ValueError, match=r"is no moment: write a day like 2026-11-01") as error:
            parse(text, NOW)
        assert len(str(error.value)) < 200


def test_the_end_of_days() -> None:
    assert moments.until("9999-12-31", NOW) == datetime.max.replace(tzinfo=UTC)
