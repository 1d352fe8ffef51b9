"""Every request as a row of CSV (`run --samples`).

Times are seconds from the start of the measurement, negative in the warm-up, exact to the nanosecond; a cell is empty
where nothing happened. Names are written as in any CSV of ours.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from sockbench.model.columns import NEVER
from sockbench.model.outcome import OUTCOME_NAMES, Outcome
from sockbench.model.samples import Sample, Samples
from sockbench.report.table import csv_name

FIELDS = ("group", "client", "id", "request", "phase", "due_s", "sent_s", "done_s", "outcome", "lost", "rtt_s")

_ANSWERED = (Outcome.OK, Outcome.LATE, Outcome.CORRUPT)
# (outcome, lost) of each `Sample.end`.
_ENDS = [(name, "unknown" if name == "lost" else "") for name in OUTCOME_NAMES] + [("lost", "up"), ("lost", "down")]
_NS = 1_000_000_000


def heading(keys: Iterable[str] | None = None) -> str:
    """The first line. `keys` are those of the matrix, where there are several runs; None where there is one."""
    which = [] if keys is None else [*(f"variant_{key}" for key in keys), "repetition"]
    return _csv([(*map(csv_name, which), *FIELDS)])


def sample_rows(group: str, samples: Samples, which: Sequence[str] = ()) -> str:
    """The rows of one group, in the order in which its requests ended; `which` run it was stands before each."""
    before = tuple(map(csv_name, which))
    name = csv_name(group)
    return _csv((*before, *_row(name, samples.origin, sample)) for sample in samples)


def _csv(rows: Iterable[tuple[str | int, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _row(name: str, origin: int, sample: Sample) -> tuple[str | int, ...]:
    client, identity, number, due, sent, done, end = sample
    outcome, lost = _ENDS[end]
    return (
        name,
        client,
        identity,
        number or "",
        "warmup" if due < origin else "measured",
        seconds(due - origin),
        "" if sent == NEVER else seconds(sent - origin),
        "" if done == NEVER else seconds(done - origin),
        outcome,
        lost,
        seconds(done - sent) if end in _ANSWERED else "",
    )


def seconds(nanoseconds: int) -> str:
    """Nanoseconds as seconds with nine decimals, exactly: `-0.000000001`."""
    whole, part = divmod(abs(nanoseconds), _NS)
    return f"{'-' if nanoseconds < 0 else ''}{whole}.{part:09d}"
