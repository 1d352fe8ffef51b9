"""`sockbench run --find`: its flags, and the search that they ask for instead of the scenario's runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.find import Question, Step
    from sockbench.model.result import Run

RESOLUTION = "2%"

_OPTIONS: list[Callable[[Any], Any]] = [
    click.option(
        "--find",
        "aim",
        metavar="WHAT",
        help="Search the highest rate, or number of clients, that keeps --while: rate, clients or a path such as "
        "clients.0.arrivals.rate.",
    ),
    click.option(
        "--while", "conditions", metavar="CONDITIONS", help="What --find keeps: 'rtt.p99 < 10ms and lost < 0.1%'."
    ),
    click.option(
        "--from", "lowest", metavar="VALUE", help="With --find: the lowest value to try, 100/s or 10, and the first."
    ),
    click.option("--to", "highest", metavar="VALUE", help="With --find: the highest value to try."),
    click.option(
        "--resolution",
        metavar="SHARE",
        help=f"With --find: how exactly the answer is to be known.  [default: {RESOLUTION}]",
    ),
]


@dataclass(frozen=True, slots=True)
class FindWish:
    """What the flags say, as text."""

    aim: str
    conditions: str
    lowest: str | None
    highest: str | None
    resolution: str


def find_flags(command: Callable[..., None]) -> Callable[..., None]:
    """The flags of a search, as one parameter: `wish`, None when none is asked for."""

    @wraps(command)
    def gathered(
        *,
        aim: str | None,
        conditions: str | None,
        lowest: str | None,
        highest: str | None,
        resolution: str | None,
        **others: Any,
    ) -> None:
        command(wish=_wish(aim, conditions, lowest, highest, resolution), **others)

    found: Callable[..., None] = gathered
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def _wish(
    aim: str | None, conditions: str | None, lowest: str | None, highest: str | None, resolution: str | None
) -> FindWish | None:
    """The search that is asked for; None when there is none. Half of one is wrong use."""
    if aim is None:
        flags = {"--while": conditions, "--from": lowest, "--to": highest, "--resolution": resolution}
        for flag, value in flags.items():
            if value is not None:
                raise click.BadParameter("it goes with --find: write --find rate, or leave it out", param_hint=flag)
        return None
    if conditions is None:
        text = "it goes with --while: write what is to be kept, such as --while 'rtt.p99 < 10ms and lost < 0.1%'"
        raise click.BadParameter(text, param_hint="--find")
    return FindWish(aim, conditions, lowest, highest, resolution or RESOLUTION)


def question_of(wish: FindWish, experiment: Experiment) -> Question:
    """What is searched in the scenario. Wrong use, as a sentence, where it cannot be."""
    from sockbench.model.find import Question
    from sockbench.scenario.find import bounds_of, parse_aim, parse_resolution, parse_value, parse_while

    plan = experiment.plan
    if experiment.variants[0].values:
        key = next(iter(experiment.variants[0].values))
        raise click.BadParameter(
            f"a search takes a scenario without a matrix, and this one has one, of {key!r}: write a value in "
            "its place, and search each by itself",
            param_hint="--find",
        )
    if experiment.repeat > 1:
        raise click.BadParameter(
            "a search decides by itself how often it runs what: leave repeat out (--repeat 1)", param_hint="--find"
        )
    with _blaming("--find"):
        aim = parse_aim(wish.aim, plan)
    with _blaming("--while"):
        conditions = parse_while(wish.conditions, plan)
    with _blaming("--resolution"):
        resolution = parse_resolution(wish.resolution)
    with _blaming("--from"):
        lowest = None if wish.lowest is None else parse_value(wish.lowest, aim)
    with _blaming("--to"):
        highest = None if wish.highest is None else parse_value(wish.highest, aim)
        bounds = bounds_of(plan, aim, lowest, highest, resolution)
    return Question(aim, bounds, wish.conditions.strip(), conditions)


@contextmanager
def _blaming(flag: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=flag) from None


def tell_steps(say: Callable[[str], None] | None) -> Callable[[Question, Step, Run | None], None] | None:
    """What tells `say` a line after each run of a search; None when nothing is to be said."""
    if say is None:
        return None
    count = 0

    def tell(question: Question, step: Step, run: Run | None) -> None:
        from sockbench.report.cells import plain
        from sockbench.report.find_report import step_line

        nonlocal count
        count += 1
        say(plain(step_line(question, count, step, run)))

    return tell
