"""What requests say: a function from the number of a request to its bytes, of each payload that a plan can name.

One client's requests are filled in from one seeded random stream, so the same scenario says the same on every run.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable

from sockbench.model.plan import (
    ChoicePayload,
    DigitsPayload,
    FilePayload,
    Payload,
    SizePayload,
    TextPayload,
)

MakePayload = Callable[[int], bytes]
"""From the number of a request among those that are due, 1 for a client's first, to its payload; called for each."""

_LETTERS = string.ascii_letters + string.digits
_FIELD = re.compile(r"\{\{|\}\}|\{(index|seq|random)\}")


def make_payload(payload: Payload, *, index: int, seed: int) -> MakePayload:
    """The payloads of the client with `index` (from 1), called once for each request in turn."""
    match payload:
        case TextPayload(template) if (constant := _constant(template, index)) is not None:
            return _Constant(constant).say
        case FilePayload(data=data):
            return _Constant(data).say
    stream = random.Random(f"payload:{seed}:{index}")  # 2.5 KiB, which a constant payload does without
    match payload:
        case TextPayload(template):
            return lambda number: fill(
                template, index=index, seq=number, token=f"{stream.getrandbits(32):08x}"
            ).encode()
        case SizePayload(size):
            letters = "".join(stream.choices(_LETTERS, k=size)).encode()
            return _Constant(letters).say
        case DigitsPayload(fewest, most):
            return lambda number: digits(stream, fewest, most).encode()
        case ChoicePayload(texts):
            encoded = [text.encode() for text in texts]
            return lambda number: stream.choice(encoded)


class _Constant:
    """Says the same in every request; a closure of its own for each client would take twice as much."""

    __slots__ = ("said",)

    def __init__(self, said: bytes) -> None:
        self.said = said

    def say(self, number: int) -> bytes:
        """What it says."""
        return self.said


def constant(payload: MakePayload) -> bytes | None:
    """What it says every time; None when that differs, or cannot be known."""
    said_by = getattr(payload, "__self__", None)
    return said_by.said if isinstance(said_by, _Constant) else None


def fill(template: str, *, index: int, seq: int, token: str) -> str:
    """`template` with `{index}`, `{seq}` and `{random}` filled in; `{{` and `}}` stand for braces."""
    values = {"index": str(index), "seq": str(seq), "random": token}

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return values[name] if name else match.group()[0]

    return _FIELD.sub(value, template)


def announcement(code: str) -> bytes:
    """What goes before each text of a registered client, as the classroom client writes it."""
    return f"({code}) : ".encode()


def digits(stream: random.Random, fewest: int, most: int) -> str:
    """A random decimal integer of `fewest` to `most` digits, without leading zeros."""
    length = stream.randint(fewest, most)
    first = stream.choice("123456789")
    return first + "".join(stream.choices(string.digits, k=length - 1))


def _constant(template: str, index: int) -> bytes | None:
    """What `template` says of every request of a client; None when that differs."""
    text = fill(template, index=index, seq=0, token="")
    return text.encode() if text == fill(template, index=index, seq=1, token="x") else None


def payload_size(payload: Payload, *, index: int = 1) -> float:
    """The mean size of a payload, in bytes, for an estimate before the run."""
    match payload:
        case SizePayload(size):
            return size
        case DigitsPayload(fewest, most):
            return (fewest + most) / 2
        case ChoicePayload(texts):
            return sum(len(text.encode()) for text in texts) / len(texts)
        case FilePayload(data=data):
            return len(data)
        case TextPayload(template):
            return len(fill(template, index=index, seq=1, token="0" * 8).encode())


def longest(payload: Payload, *, index: int) -> int:
    """The size of the longest payload of the clients up to `index`, in bytes."""
    match payload:
        case SizePayload(size):
            return size
        case DigitsPayload(_, most):
            return most
        case ChoicePayload(texts):
            return max(len(text.encode()) for text in texts)
        case FilePayload(data=data):
            return len(data)
        case TextPayload(template):
            return len(fill(template, index=index, seq=10**12, token="0" * 8).encode())
