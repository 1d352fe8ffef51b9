"""Lines of a server's log: whatever a peer says, a line of it is short, quick to write, and harmless on a terminal."""

from __future__ import annotations

import json
import tracemalloc
import unicodedata
from datetime import UTC, datetime

import pytest

from sockbench.model.event import Event
from sockbench.report import cells
from sockbench.report.event_log import LOGGED, SHOWN, as_json, words

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LONGEST = 4 * 1024 * 1024


def said(text: str) -> Event:
    return Event("message", "echo", "tcp", "127.0.0.1:5000", None, None, text, text)


@pytest.mark.parametrize("text", ["\x01", "a", "\u0301", "e\u0301", "\u202e", "\udcff", "漢", "\x1b]0;x\x07"])
def test_a_line_is_short_however_long_the_text_is(text: str) -> None:
    whole = text * (LONGEST // len(text))
    line = words(said(whole))
    assert line.count(cells.ELLIPSIS) == 2
    assert cells.width(line) < 2 * SHOWN + 60
    assert len(line) < 4 * SHOWN + 60
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cf", "Cs")]
    written = as_json(said(whole), NOW)
    assert written.isascii()
    assert len(written) < 2 * 6 * LOGGED + 200
    found = json.loads(written)
    assert found["text"] == found["reply"] == whole[: LOGGED - 1] + cells.ELLIPSIS


def test_a_text_of_the_limit_is_whole_and_one_character_more_is_cut() -> None:
    assert f": {'a' * SHOWN}, answered" in words(said("a" * SHOWN))
    assert f": {'a' * (SHOWN - 1)}…, answered" in words(said("a" * (SHOWN + 1)))
    assert json.loads(as_json(said("é" * LOGGED), NOW))["text"] == "é" * LOGGED
    assert json.loads(as_json(said("é" * (LOGGED + 1)), NOW))["text"] == "é" * (LOGGED - 1) + "…"


def test_the_rest_of_a_long_text_is_not_looked_at() -> None:
    event = said("\x01" * LONGEST)
    tracemalloc.start()
    words(event)
    as_json(event, NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000  # its escapes take sixteen million
