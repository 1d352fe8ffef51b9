"""`sockbench compare`: saved results, or the variants of one, held against each other. Starts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sockbench.cli import names
from sockbench.cli.codes import FINE, INVALID, REGRESSED, WRONG_USE
from sockbench.cli.columns import columns
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail, unread
from sockbench.cli.results import load_result, results_flag

if TYPE_CHECKING:
    from sockbench.model.comparison import Condition, ConditionResult
    from sockbench.model.result import Result
    from sockbench.report.comparison_report import Section
    from sockbench.stats.sides import Match

FORMATS = ("table", "markdown", "csv", "json")


@click.command(
    "compare",
    epilog=examples(
        "sockbench compare last",
        "sockbench compare before after --min-effect 10%",
        "sockbench compare before last --fail-if 'rtt.p99 > +10%'",
    ),
)
@click.argument("results", nargs=-1, required=True, metavar="RESULT...", shell_complete=names.results)
@click.option("--base", metavar="SIDE", help="Hold all others against this one: a variant, or the label of a result.")
@click.option(
    "--fail-if",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Exit 1 when a change is significant and larger: 'rtt.p99 > +10%'. Repeatable.",
)
@click.option(
    "--min-effect",
    envvar="SOCKBENCH_MIN_EFFECT",
    default="5%",
    show_default=True,
    metavar="SHARE",
    help="The smallest change that counts.",
)
@click.option("--force", is_flag=True, help="Compare results whose verdict is invalid, too.")
@click.option(
    "--strict", envvar="SOCKBENCH_STRICT", is_flag=True, help="Exit 1 when a condition could not be judged, too."
)
@click.option(
    "--format",
    "output",
    envvar="SOCKBENCH_FORMAT",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How the comparison is printed.",
)
@results_flag("Where a RESULT that is a name alone is looked for.")
def command(
    results: tuple[str, ...],
    base: str | None,
    conditions: tuple[str, ...],
    min_effect: str,
    force: bool,
    strict: bool,
    output: str,
    directory: Path,
) -> None:
    """Compare each RESULT with the first, or the variants of a single RESULT with each other.

    A RESULT is the folder that `sockbench run` saved. What is compared are runs: a scenario with `repeat: 5` or more
    makes enough of them.

    Exit codes: 0 fine, 1 a --fail-if came true, 2 wrong use, 107 an invalid result without --force.
    """
    from sockbench.report.comparison_report import Section
    from sockbench.stats.comparison import compare
    from sockbench.stats.conditions import hold

    loaded = [load_result(name, directory) for name in results]
    effect = _share(min_effect)
    labels = _labels([result for _, result in loaded])
    matches = [_based(match, base) for match in _matches(labels, [result for _, result in loaded])]
    wanted = _conditions(conditions, matches)
    _refuse_invalid(labels, loaded, force)
    sections: list[Section] = []
    held: list[ConditionResult] = []
    for match in matches:
        try:
            comparison = compare(match.sides, [condition.figure for condition in wanted], effect)
        except ValueError as error:
            fail(f"the results cannot be compared: {error}", WRONG_USE)
        sides = [(side.label, runs) for side, runs in match.sides]
        sections.append(Section(match.title, comparison, sides))
        held += hold(wanted, comparison)
    for condition in wanted:
        if not any(one.condition is condition for one in held):
            fail(f"{condition.expression!r} is about a group that not all sides have: leave it out", WRONG_USE)
    with unread():
        _print(labels, loaded, matches, sections, held, output)
    failed = any(one.failed or (strict and one.failed is None) for one in held)
    raise SystemExit(REGRESSED if failed else FINE)


def _share(text: str) -> float:
    from sockbench.scenario.units import share

    try:
        return share(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--min-effect") from None


def _labels(results: Sequence[Result]) -> list[str]:
    """The names of the scenarios where they tell the results apart, else A, B, C."""
    from sockbench.report.comparison_table import short

    names = [result.name for result in results]
    if len(set(map(short, names))) == len(names):
        return names
    return [chr(ord("A") + place) if len(results) <= 26 else f"R{place + 1}" for place in range(len(results))]


def _matches(labels: Sequence[str], results: Sequence[Result]) -> list[Match]:
    from sockbench.stats.sides import of_results, of_variants

    try:
        if len(results) == 1:
            return [of_variants(results[0])]
        return of_results(list(zip(labels, results, strict=True)))
    except ValueError as error:
        if len(results) == 1:
            fail(f"there is nothing to compare {labels[0]!r} with: {error}; give another result with it", WRONG_USE)
        fail(f"the results cannot be compared: {error}", WRONG_USE)


def _based(match: Match, base: str | None) -> Match:
    from sockbench.scenario.words import either, hint

    if base is None:
        return match
    labels = [side.label for side, _ in match.sides]
    values = [next(iter(side.variant.values())) if len(side.variant) == 1 else side.label for side, _ in match.sides]
    for known in (labels, values):
        if base in known:
            return match.based_on(known.index(base))
    advice = hint(base, labels, f"write {either(labels)}")
    raise click.BadParameter(f"no side is called {base!r}{advice}", param_hint="--base")


def _conditions(texts: Sequence[str], matches: Sequence[Match]) -> list[Condition]:
    """The conditions, about groups that the sides have."""
    from sockbench.scenario.conditions import parse_condition

    groups = dict.fromkeys(
        group.name for match in matches for _, runs in match.sides for run in runs for group in run.groups
    )
    try:
        return [parse_condition(text, groups) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fail-if") from None


def _refuse_invalid(labels: Sequence[str], loaded: Sequence[tuple[Path, Result]], force: bool) -> None:
    for label, (path, result) in zip(labels, loaded, strict=True):
        if result.verdict.status == "invalid" and not force:
            why = f": {result.verdict.reasons[0]}" if result.verdict.reasons else ""
            fail(f"{label!r} ({str(path)!r}) is invalid{why}; --force compares it all the same", INVALID)


def _print(
    labels: Sequence[str],
    loaded: Sequence[tuple[Path, Result]],
    matches: Sequence[Match],
    sections: Sequence[Section],
    held: Sequence[ConditionResult],
    output: str,
) -> None:
    from sockbench.report.comparison_doubts import doubts
    from sockbench.report.comparison_report import heading_of, remarks, render

    paths, results = [str(path) for path, _ in loaded], [result for _, result in loaded]
    about = doubts(labels, results, matches)
    if output == "json":
        import json

        from sockbench.store.comparison_json import encode_outcome

        titled = [(section.title, section.comparison) for section in sections]
        outcome = encode_outcome(list(zip(labels, paths, strict=True)), about, titled, held)
        click.echo(json.dumps(outcome, indent=2, ensure_ascii=False))
        return
    if output == "csv":  # which has no room for them
        click.echo(remarks(about, held), nl=False, err=True)
    click.echo(render(heading_of(labels, paths, results), about, sections, held, output, columns()), nl=False)
