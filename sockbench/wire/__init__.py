"""Formats: pure encoders and incremental decoders. A new format is one file and one entry in `FORMATS`."""

from __future__ import annotations

from sockbench.model.message import MAX_PAYLOAD, Decoder, Format, Kind, Message, Series, plain
from sockbench.wire import series
from sockbench.wire.envelope import HEADER_SIZE, Envelope, is_envelope
from sockbench.wire.greeting import Greeted
from sockbench.wire.length import Length
from sockbench.wire.line import Line
from sockbench.wire.seen import Seen
from sockbench.wire.text import Text

FORMATS: dict[str, Format] = {
    "envelope": Envelope(),
    "text": Text(),
    "line": Line(),
    "length": Length(),
}


def series_of(wire: Format) -> Series | None:
    """What writes messages of that format that are known before; None where nothing does."""
    return series if type(wire) is Envelope else None


__all__ = [
    "FORMATS",
    "HEADER_SIZE",
    "MAX_PAYLOAD",
    "Decoder",
    "Envelope",
    "Format",
    "Greeted",
    "Kind",
    "Message",
    "Seen",
    "is_envelope",
    "plain",
    "series_of",
]
