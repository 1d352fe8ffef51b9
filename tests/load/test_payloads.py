"""What requests say: each payload, the fields of a text, and the same words for the same seed."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.payloads import digits, fill, make_payload, payload_size
from sockbench.model.plan import ChoicePayload, DigitsPayload, FilePayload, Payload, SizePayload, TextPayload

ALL: list[Payload] = [
    TextPayload("{random} {seq}"),
    SizePayload(64),
    DigitsPayload(1, 30),
    ChoicePayload(("a", "b", "ção")),
    FilePayload("f", b"\x00\xff"),
]


def said(payload: Payload, n: int = 50, *, index: int = 1, seed: int = 1) -> list[bytes]:
    make = make_payload(payload, index=index, seed=seed)
    return [make(number) for number in range(1, n + 1)]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("Olá", "Olá"),
        ("{index}", "3"),
        ("{seq}/{index}/{random}", "8/3/tok"),
        ("{{}}", "{}"),
        ("{{index}}", "{index}"),
        ("{{{index}}}", "{3}"),
        ("{{{{", "{{"),
        ("{", "{"),
        ("}", "}"),
        ("{other}", "{other}"),
        ("{index", "{index"),
        ("{ index }", "{ index }"),
        ("{{seq}", "{seq}"),
        ("{index!r}", "{index!r}"),
        ("{index.__class__}", "{index.__class__}"),
    ],
)
def test_the_fields_of_a_text(template: str, text: str) -> None:
    assert fill(template, index=3, seq=8, token="tok") == text


@given(st.text())
def test_doubled_braces_stand_for_braces(text: str) -> None:
    assert fill(text.replace("{", "{{").replace("}", "}}"), index=1, seq=1, token="") == text


def test_a_text_for_each_request() -> None:
    assert said(TextPayload("n{index} {seq}"), 3, index=4) == [b"n4 1", b"n4 2", b"n4 3"]
    assert said(TextPayload("Olá {index}"), 2, index=4) == ["Olá 4".encode()] * 2
    tokens = said(TextPayload("{random}"), 50)
    assert len(set(tokens)) == 50
    assert all(re.fullmatch(b"[0-9a-f]{8}", token) for token in tokens)
    twice = said(TextPayload("{random}{random}"), 1)[0]
    assert twice[:8] == twice[8:]


@pytest.mark.parametrize("size", [1, 64, 100_000])
def test_a_size_is_exact_and_readable(size: int) -> None:
    first, second = said(SizePayload(size), 2)
    assert len(first) == size
    assert first == second
    assert first.isalnum()
    assert first.isascii()


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 40))
def test_digits_are_as_many_as_asked_and_no_zero_comes_first(seed: int, fewest: int, more: int) -> None:
    number = digits(random.Random(seed), fewest, fewest + more)
    assert fewest <= len(number) <= fewest + more
    assert re.fullmatch("[1-9][0-9]*", number)


def test_every_length_and_every_choice_comes_up() -> None:
    assert {len(number) for number in said(DigitsPayload(1, 5), 300)} == {1, 2, 3, 4, 5}
    assert {len(number) for number in said(DigitsPayload(4000, 4000), 2)} == {4000}
    assert set(said(ChoicePayload(("a", "ção")), 50)) == {b"a", "ção".encode()}
    assert said(ChoicePayload(("{seq}",)), 1) == [b"{seq}"]
    assert said(FilePayload("f", b"\x00\xff"), 2) == [b"\x00\xff"] * 2


@pytest.mark.parametrize("payload", ALL)
def test_the_same_seed_says_the_same(payload: Payload) -> None:
    assert said(payload, index=2, seed=7) == said(payload, index=2, seed=7)


@pytest.mark.parametrize("payload", ALL[:-1])
def test_another_seed_or_client_says_something_else(payload: Payload) -> None:
    assert said(payload, index=2, seed=7) != said(payload, index=2, seed=8)
    assert said(payload, index=2, seed=7) != said(payload, index=3, seed=7)


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (TextPayload("Olá {index} {seq} {random}"), 17),
        (SizePayload(64), 64),
        (DigitsPayload(1, 30), 15.5),
        (ChoicePayload(("a", "abc")), 2),
        (FilePayload("f", b"\x00\xff"), 2),
    ],
)
def test_the_mean_size(payload: Payload, size: float) -> None:
    assert payload_size(payload) == size
