"""Moments on the command line: `2026-11-01`, `2026-11-01T10:00`, or how long ago: `7d`. Decides how they are read.

UTC where nothing else is said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_END = datetime.max.replace(tzinfo=UTC)
_DAYS = re.compile(r"([0-9]{1,5})([dw])")
_LONGEST = 60
_EXAMPLES = "write a day like 2026-11-01, a time like 2026-11-01T10:00, or how long ago, like 7d or 12h"


def since(text: str, now: datetime) -> datetime:
    """The first moment that counts: the beginning of a day. ValueError, a sentence, when it is no moment."""
    return _moment(text, now)[0]


def until(text: str, now: datetime) -> datetime:
    """The first moment that counts no more: the end of a day, or of a minute that was given without seconds."""
    moment, length = _moment(text, now)
    return moment + min(length, _END - moment)


def _moment(text: str, now: datetime) -> tuple[datetime, timedelta]:
    """It, and how long what was written lasts."""
    written = text.strip()
    if len(written) > _LONGEST:
        raise ValueError(f"{written[:_LONGEST] + '...'!r} is no moment: {_EXAMPLES}")  # none is so long
    try:
        if (match := _DAYS.fullmatch(written)) is not None:
            return now - timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1)), timedelta()
        if re.match(r"[0-9]{4}-?[0-9]", written) is None:
            from sockbench.scenario import parse_duration

            return now - timedelta(seconds=parse_duration(written)), timedelta()
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
        clock = (
            re.sub(r"(Z|[+-][0-9:]+)$", "", re.split("[T ]", written)[-1]) if len(written) > len("2026-11-01") else ""
        )
        length = timedelta(days=1) if not clock else timedelta(minutes=len(clock.replace(":", "")) <= len("HHMM"))
        return moment, length
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no moment: {_EXAMPLES}") from None
