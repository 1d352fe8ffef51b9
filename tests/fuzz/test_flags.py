"""Flags that are very long: refused at once by one short sentence, however long it would take to read them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import click
import pytest

from fuzz.scenarios import NOW, PLAN
from sockbench.cli.moments import since
from sockbench.cli.relay_command import _impairment
from sockbench.scenario.find import parse_while
from tests.fuzz.work import calls_of

LONG = 100_000


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (lambda text: parse_while(text, PLAN), "a" + " " * LONG + "b"),
        (lambda text: since(text, NOW), "1" * LONG),
        (lambda text: _impairment({"up": (text,)}, "udp"), "loss=" + " " * LONG + "{"),
    ],
)
def test_a_flag_that_is_very_long(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises((ValueError, click.UsageError)) as told:
        parse(text)
    assert len(str(told.value)) < 250
    assert calls_of(lambda: _refused(parse, text)) < 1_000


def _refused(parse: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(ValueError, click.UsageError):
        parse(text)


def test_what_is_as_long_as_it_may_be_is_read() -> None:
    conditions = " and ".join(["lost < 1%"] * 100)
    assert len(parse_while(conditions, PLAN)) == 100
    assert since("2026-11-01T10:00:00.000000+00:00", NOW) == datetime(2026, 11, 1, 10, tzinfo=UTC)
