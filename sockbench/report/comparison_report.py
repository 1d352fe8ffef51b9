"""A comparison for people and machines: tables and a paragraph, or rows of plain numbers.

It decides what is said and in which order: doubts come before numbers. Layout is `page`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sockbench.model.comparison import Change, Comparison, ConditionResult
from sockbench.model.result import Result
from sockbench.report import page, table, units
from sockbench.report.comparison_table import UNCLEAR, flat_table, group_tables, named, p_value, short, signed
from sockbench.report.comparison_tcp import Sides, tcp_blocks
from sockbench.report.comparison_words import nothing_at_all, sentences
from sockbench.report.page import Block, Bullets, Lines
from sockbench.report.table import Column, Table
from sockbench.stats.comparison import FEWEST_RUNS

_WORDS = {True: "FAILED", False: "ok"}
_CONDITIONS = (
    Column("condition", "condition", "text"),
    Column("group", "group", "name"),
    Column("side", "side", "text"),
    Column("result", "result", "text"),
    Column("difference", "difference", "text"),
    Column("p", "p", "text"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """One comparison of several that are made at once; `title` is empty when it is the only one. `sides` are the runs
    that are compared, for what else is told of them.
    """

    title: str
    comparison: Comparison
    sides: Sides = ()


def render(
    heading: Sequence[str],
    doubts: Sequence[str],
    sections: Sequence[Section],
    held: Sequence[ConditionResult],
    format: str,
    width: int = page.WIDTH,
) -> str:
    """The text of `sockbench compare`, ending in a newline; `format` is table, markdown or csv.

    `heading` is that of `heading_of`: a title, and lines that are never broken, since there are paths in them.
    `csv` has one row a section, group, figure and side, and nothing else.
    """
    if format == "csv":
        return table.to_csv(flat_table([(section.title, section.comparison) for section in sections]))
    blocks: list[Block] = [Lines(tuple(heading[:1]), heading=True)]
    if heading[1:]:
        blocks.append(Lines(tuple(heading[1:]), whole=True))
    if doubts:
        blocks.append(Bullets("before you compare:", tuple(doubts)))
    for section in sections:
        if section.title:
            blocks.append(Lines((section.title,), heading=True))
        blocks += comparison_blocks(section.comparison)
        blocks += tcp_blocks(section.sides)
    if held:
        blocks.append(condition_table(held))
    return page.to_markdown(blocks) if format == "markdown" else page.to_text(blocks, width)


def heading_of(labels: Sequence[str], paths: Sequence[str], results: Sequence[Result]) -> tuple[str, ...]:
    """What is compared: which result is called what, where it is, how many runs it has and whether it is valid."""
    told = [
        f"{short(label)}: {path} ({units.counted(len(result.runs), 'run')}, {result.verdict.status})"
        for label, path, result in zip(labels, paths, results, strict=True)
    ]
    return (f"comparison of {' and '.join(map(short, labels))}" if len(labels) > 1 else "comparison of variants", *told)


def remarks(doubts: Sequence[str], held: Sequence[ConditionResult]) -> str:
    """What a format without room for it must not hide: doubts, and conditions that failed or cannot be judged."""
    blocks: list[Block] = [Bullets("before you compare:", tuple(doubts))] if doubts else []
    if any(one.failed is not False for one in held):
        blocks.append(condition_table(held))
    return page.to_text(blocks) if blocks else ""


def comparison_blocks(comparison: Comparison) -> list[Block]:
    """The tables of all groups, what their signs mean, and the paragraphs."""
    blocks: list[Block] = []
    for group in comparison.groups:
        blocks += group_tables(comparison, group)
    blocks.append(Lines(tuple(_legend(comparison))))
    for group in comparison.groups:
        blocks += [Lines((sentence,)) for sentence in sentences(comparison, group)]
    return blocks


def told_with_run(comparison: Comparison) -> list[Block]:
    """The comparison of the variants of a run, after the tables of numbers. One sentence where it can tell nothing."""
    heading = Lines(("comparison of the variants",), heading=True)
    if not can_tell(comparison):
        return [heading, Lines((nothing_at_all(comparison),))]
    return [heading, *comparison_blocks(comparison)]


def can_tell(comparison: Comparison) -> bool:
    """Whether there are runs enough to say anything of any side."""
    return min(side.runs for side in comparison.sides) >= FEWEST_RUNS


def answers(comparison: Comparison) -> list[str]:
    """What the comparison says, a paragraph a group and side; one sentence where it can tell nothing."""
    if not can_tell(comparison):
        return [nothing_at_all(comparison)]
    return [sentence for group in comparison.groups for sentence in sentences(comparison, group)]


def condition_table(held: Sequence[ConditionResult]) -> Table:
    """One row for each condition, group and side."""
    rows = tuple(
        (
            one.condition.expression,
            one.group,
            one.side,
            _WORDS[one.failed] if one.failed is not None else f"not judged: {one.change.answer}",
            units.UNKNOWN if one.change.difference is None else signed(one.condition.figure, one.change.difference),
            units.UNKNOWN if one.change.adjusted_p is None else p_value(one.change.adjusted_p),
        )
        for one in held
    )
    return Table("", _CONDITIONS, rows)


def _legend(comparison: Comparison) -> list[str]:
    changes = [change for group in comparison.groups for row in group.rows for change in row.changes]
    base = named(comparison.sides[0])
    lines = [
        f"difference: to {base}, of the medians. p: Mann-Whitney, after Holm's correction over the figures of a group. "
        f"n: runs. {UNCLEAR}: may be chance (p above {comparison.alpha:g})."
    ]
    if _any(changes, "small"):
        lines.append(
            f"small: real, but below what counts ({comparison.min_effect * 100:g}%, of a loss "
            f"{comparison.min_points * 100:g} pp)."
        )
    if any(row.figure.unit == "share" for group in comparison.groups for row in group.rows):
        lines.append("pp: percentage points, of what was sent.")
    return [" ".join(lines)]


def _any(changes: Sequence[Change], answer: str) -> bool:
    return any(change.answer == answer for change in changes)
