"""Formats: pure encoders and incremental decoders. A new format is one file and one entry in `FORMATS`."""

from __future__ import annotations

from sockbench.model.message import MAX_PAYLOAD, Decoder, Format, Kind, Message, plain
from sockbench.wire.envelope import HEADER_SIZE, Envelope, is_envelope
from sockbench.wire.greeting import Greeted
from sockbench.wire.guard import Guard
from sockbench.wire.length import Length
from sockbench.wire.line import Line
from sockbench.wire.seen import Seen
from sockbench.wire.text import Text
from sockbench.wire.token import PROOF_SIZE, Repeated, Token, Unproven

FORMATS: dict[str, Format] = {
    "envelope": Envelope(),
    "text": Text(),
    "line": Line(),
    "length": Length(),
}


def overhead_of(name: str, has_token: bool) -> int:
    """Bytes that a message of the format `name` is longer than its payload; only envelopes carry proof of a token."""
    return FORMATS[name].overhead + (PROOF_SIZE if has_token else 0)


__all__ = [
    "FORMATS",
    "HEADER_SIZE",
    "MAX_PAYLOAD",
    "PROOF_SIZE",
    "Decoder",
    "Envelope",
    "Format",
    "Greeted",
    "Guard",
    "Kind",
    "Message",
    "Repeated",
    "Seen",
    "Token",
    "Unproven",
    "is_envelope",
    "overhead_of",
    "plain",
]
