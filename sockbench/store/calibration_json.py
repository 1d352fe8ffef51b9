"""A calibration as JSON values and back: in a file of its own, and in the environment of a result. Rounds nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sockbench.model.calibration import Calibration
from sockbench.model.result import Times
from sockbench.store.reading import Json, Reader, ResultError


def encode_calibration(calibration: Calibration) -> dict[str, Json]:
    """Its fields, by their names."""
    values: dict[str, Json] = asdict(calibration)
    return values


def decode_calibration(raw: Reader) -> Calibration:
    """What `encode_calibration` wrote. ResultError when it did not."""
    measured = raw.text("measured")
    try:
        datetime.fromisoformat(measured)
    except ValueError:
        raise ResultError(f"{raw.path}.measured is not a time") from None
    return Calibration(
        sockbench=raw.text("sockbench"),
        measured=measured,
        cpu=raw.maybe_text("cpu"),
        kernel=raw.text("kernel"),
        python=raw.text("python"),
        udp=decode_times(raw.inner("udp")),
        tcp=decode_times(raw.inner("tcp")),
        trio_lateness=decode_times(raw.inner("trio_lateness")),
        lane_lateness=None if raw.is_null("lane_lateness") else decode_times(raw.inner("lane_lateness")),
        record_s=raw.number("record_s"),
        record_many_s=raw.number("record_many_s"),
        clock_read_s=raw.number("clock_read_s"),
        clock_resolution_s=raw.number("clock_resolution_s"),
    )


def decode_times(raw: Reader) -> Times:
    """A distribution, of a calibration or of a result."""
    return Times(
        n=raw.whole("n"),
        min_s=raw.maybe_number("min_s"),
        mean_s=raw.maybe_number("mean_s"),
        p50_s=raw.maybe_number("p50_s"),
        p90_s=raw.maybe_number("p90_s"),
        p99_s=raw.maybe_number("p99_s"),
        p999_s=raw.maybe_number("p999_s"),
        max_s=raw.maybe_number("max_s"),
    )
