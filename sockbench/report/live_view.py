"""A run that goes on, as the lines of a screen: `run --live`. Pure: from what is known and the screen's size to lines.

It decides what is shown where there is no room for all: columns leave by a fixed order (ORDER), never by being cut;
groups, thresholds and reasons beyond the height are counted in a line. No line is wider than the screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from sockbench.model.live import LiveHead, LiveRun
from sockbench.model.plan import Threshold
from sockbench.model.result import ThresholdResult, Verdict
from sockbench.report import cells, units
from sockbench.report.live_table import group_lines
from sockbench.report.live_words import Line, Style, bar, clock, fitted, line_of
from sockbench.report.threshold_table import shown_number

_PHASES = {"draining": "waiting for the last answers", "stopping": "stopping"}
_BAR_COLUMNS = 24
_VERDICTS: dict[str, Style] = {"valid": "good", "suspect": "warn", "invalid": "bad"}
_LEAST_TABLE = 5  # rows
LEAST_COLUMNS = 20
"""Narrower than this, lines are cut."""


def live_lines(head: LiveHead, run: LiveRun, notes: Sequence[str], columns: int, rows: int) -> list[Line]:
    """The screen, at most `rows` lines of at most `columns` columns. `notes` were told meanwhile, the newest last."""
    there_are, columns = columns, max(columns, LEAST_COLUMNS)
    top = [*_head(head, columns), line_of("")]
    below = [
        *_section(_thresholds(run.thresholds, columns, max(2, rows // 5))),
        *_section(_verdict(run, columns, max(3, rows // 3))),
        *_section(_notes(notes, columns, max(1, rows // 6))),
    ]
    room = max(_LEAST_TABLE, rows - len(top) - len(below))
    return [fitted(line, there_are) for line in [*top, *group_lines(run, columns, room), *below][:rows]]


def _section(lines: list[Line]) -> list[Line]:
    return [line_of(""), *lines] if lines else []


def _head(head: LiveHead, columns: int) -> list[Line]:
    """What runs; and how far it is."""
    name = cells.cut(cells.plain(head.name), columns)
    room = columns - cells.width(name) - 2
    which = cells.cut(cells.plain(head.which), room) if head.which and room > len("run 10 of 10") else ""
    title: Line = ((name, "bold"), (f"  {which}" if which else "", ""))
    elapsed = min(head.elapsed_s, head.total_s)
    words = [_PHASES.get(head.phase, head.phase)]
    if head.phase not in _PHASES:
        words += [f"{clock(elapsed)} of {clock(head.total_s)}", f"{clock(head.total_s - elapsed)} left"]
    if head.after_s:
        words.append(f"at most {clock(head.after_s)} for the runs after it")
    while len(words) > 1 and cells.width(_joined(words)) > columns:
        words.pop()
    text = _joined(words)
    room = min(_BAR_COLUMNS, columns - cells.width(text) - 2)
    drawn = bar(elapsed / head.total_s if head.total_s else 0.0, room) if room >= _BAR_COLUMNS // 3 else ""
    return [title, ((text, ""), (f"  {drawn}" if drawn else "", "dim"))]


def _joined(words: Sequence[str]) -> str:
    return "   ".join(words)


def _thresholds(held: Sequence[tuple[Threshold, ThresholdResult]], columns: int, rows: int) -> list[Line]:
    """Each as it stands, those that fail first where there is no room for all."""
    if not held:
        return []
    marks = [_mark(one) for _, one in held]
    order = sorted(range(len(held)), key=lambda place: "\u2717?\u2713".index(marks[place][0]))
    shown = sorted(order if len(order) <= rows else order[: rows - 1])
    lines: list[Line] = []
    widest = max(cells.width(cells.plain(held[place][1].expression)) for place in shown)
    expressions = min(widest, max(10, columns - 16))
    for place in shown:
        threshold, one = held[place]
        sign, style = marks[place]
        text = cells.cut(cells.plain(one.expression), expressions)
        padding = " " * (expressions - cells.width(text))
        room = columns - expressions - 4
        lines.append(((f"{sign} ", style), (f"{text}{padding}  {cells.cut(_stands(threshold, one), room)}", "")))
    if len(order) > len(shown):
        lines.append(line_of(f"{cells.ELLIPSIS} and {len(order) - len(shown):,} more thresholds", columns, "dim"))
    return [line_of("thresholds, as they stand", columns, "dim"), *lines]


def _mark(held: ThresholdResult) -> tuple[str, Style]:
    """What cannot be told yet is no failure yet."""
    if held.ok is None or (held.actual is None and not held.ok):
        return "?", "dim"
    return ("\u2713", "good") if held.ok else ("\u2717", "bad")


def _stands(threshold: Threshold, held: ThresholdResult) -> str:
    return cells.plain(held.reason) or units.UNKNOWN if held.actual is None else shown_number(held.actual, threshold)


def _verdict(run: LiveRun, columns: int, rows: int) -> list[Line]:
    told = [("verdict so far", run.verdict)] if run.verdict is not None else []
    if run.before is not None:
        told.append((f"of {units.counted(run.runs_before, 'run')} before", run.before))
    lines: list[Line] = []
    left = rows - len(told)
    for what, verdict in told:
        lines.append(((f"{what}: ", ""), (verdict.status, _VERDICTS[verdict.status])))
        reasons = _reasons(verdict, columns, left)
        left -= len(reasons)
        lines += reasons
    return lines


def _reasons(verdict: Verdict, columns: int, rows: int) -> list[Line]:
    """As many as there is room for, and how many there are besides; of the first at least the beginning."""
    lines: list[Line] = []
    for number, reason in enumerate(verdict.reasons):
        wrapped = cells.wrap(f"- {cells.plain(reason)}", columns, "  ")
        more = number + 1 < len(verdict.reasons)
        if len(lines) + len(wrapped) + more > rows:
            if not lines and rows > more:
                lines = [
                    *map(line_of, wrapped[: rows - more - 1]),
                    line_of(_open_end(wrapped[rows - more - 1], columns)),
                ]
                number += 1
            missing = len(verdict.reasons) - number
            told = f"{cells.ELLIPSIS} and {units.counted(missing, 'reason')} more"
            return [*lines, line_of(told, columns, "dim")] if missing else lines
        lines += [line_of(text) for text in wrapped]
    return lines


def _open_end(text: str, columns: int) -> str:
    return cells.cut(text, columns - 1) + cells.ELLIPSIS


def _notes(notes: Sequence[str], columns: int, rows: int) -> list[Line]:
    return [line_of(cells.plain(note), columns) for note in notes[-rows:]]
