"""What a comparison says, in words that a person can quote. It decides the words alone.

"UDP's median round trip was 18% lower than TCP's (95% interval 12-23%, 5 runs each); at p99 no difference was found."
"""

from __future__ import annotations

from sockbench.model.comparison import Change, Comparison, Estimate, Figure, FigureRow, GroupRows, Side
from sockbench.report import cells, units
from sockbench.report.comparison_table import LONGEST, called, named, short, signed
from sockbench.stats.comparison import FEWEST_RUNS, runs_needed, tested
from sockbench.stats.figures import COMPARED

_TRANSPORTS = ("udp", "tcp")


def sentences(comparison: Comparison, group: GroupRows) -> list[str]:
    """A paragraph for each side but the base, in the order of the sides."""
    whose = f"{short(group.name)}: " if len(comparison.groups) > 1 else ""
    told = [_of_side(comparison, group, at) for at in range(1, len(comparison.sides))]
    return [f"{whose}{text}" if whose else _begun(text) for text in told]


def _begun(text: str) -> str:
    """With a capital letter, unless it is a name that it begins with."""
    return text[0].upper() + text[1:] if text.startswith(("no difference", "the median")) else text


def nothing_at_all(comparison: Comparison) -> str:
    """Why there is nothing to say of any side."""
    fewest = min(side.runs for side in comparison.sides)
    needed = runs_needed(len(COMPARED))
    return (
        f"Nothing can be said of differences between the variants: {units.counted(fewest, 'run')} of each is too few "
        f"to tell them from chance; make {needed} or more (--repeat {needed}, or repeat: {needed} in the scenario)."
    )


def spoken(side: Side) -> str:
    """What a side is called in a sentence: UDP for the variant `transport=udp`, UDP/10 where there is another key."""
    values = [value.upper() if value in _TRANSPORTS else value for value in side.variant.values()]
    if len(values) > 1 or values[:1] in (["UDP"], ["TCP"]):
        return cells.cut(cells.plain("/".join(values)), LONGEST)
    return named(side)


def _of_side(comparison: Comparison, group: GroupRows, at: int) -> str:
    base, other = comparison.sides[0], comparison.sides[at]
    answers = {row.changes[at - 1].answer for row in group.rows}
    if "too few runs" in answers or min(base.runs, other.runs) < FEWEST_RUNS:
        return _nothing(base, other, tested(group.rows, at))
    by_name = {row.figure.name: row for row in group.rows}
    said = [_headline(comparison, by_name["rtt.p50"], at)]
    further = [("at p99", by_name["rtt.p99"]), ("in requests a second", by_name["requests_per_s"])]
    if by_name["rtt.p99"].changes[at - 1].answer == "withheld":
        further.insert(0, ("at p90", by_name["rtt.p90"]))
    further += [(f"in {called(row.figure)}", row) for row in group.rows if row.figure not in COMPARED]
    same = []
    for where, row in further:
        if row.changes[at - 1].answer in ("unclear", "equal"):
            same.append(where)
        elif row.figure.name == "requests_per_s":
            said.append(_rate(comparison, row, at))
        else:
            said.append(_briefly(comparison, row, at, where))
    said += [f"{_alternatives(same)} no difference was found"] if same else []
    return "; ".join([*said, _loss(comparison, by_name["lost"], at)]) + "."


def _alternatives(places: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(places[:-1]), places[-1]]))


def _nothing(base: Side, other: Side, figures: int) -> str:
    needed = runs_needed(max(1, figures))
    why = f"with fewer than {FEWEST_RUNS} runs of each, chance alone sets them apart too often"
    if min(base.runs, other.runs) >= FEWEST_RUNS:
        why = f"that is too few runs to tell {units.counted(figures, 'figure')} from chance"
    return (
        f"Nothing can be said of a difference between {spoken(base)} ({units.counted(base.runs, 'run')}) and "
        f"{spoken(other)} ({units.counted(other.runs, 'run')}): {why}; make {needed} or more of each (repeat: "
        f"{needed} in the scenario)."
    )


def _headline(comparison: Comparison, row: FigureRow, at: int) -> str:
    base, other = spoken(comparison.sides[0]), spoken(comparison.sides[at])
    change = row.changes[at - 1]
    runs = _runs(row.estimates[0], row.estimates[at])
    match change.answer:
        case "higher" | "lower" | "small":
            than = f"{other}'s median round trip was {_by(row.figure, change)} than {base}'s"
            return f"{than} ({_interval(row.figure, change)}, {runs}){_too_small(comparison, row.figure, change)}"
        case "equal":
            return f"{other}'s and {base}'s median round trips were the same in all runs ({runs})"
        case "withheld":
            return f"the median round trips of {other} and {base} cannot be compared: {_withheld(comparison, row, at)}"
    found = f"no difference was found between {other}'s median round trip and {base}'s"
    return f"{found} ({_interval(row.figure, change)}, {runs})"


def _briefly(comparison: Comparison, row: FigureRow, at: int, where: str) -> str:
    """A figure that differs or was withheld, after the first, which has named both sides."""
    change = row.changes[at - 1]
    if change.answer == "withheld":
        return f"{where} they cannot be compared, {_withheld(comparison, row, at)}"
    differs = f"{where} it was {_by(row.figure, change)} ({_interval(row.figure, change)})"
    return differs + _too_small(comparison, row.figure, change)


def _rate(comparison: Comparison, row: FigureRow, at: int) -> str:
    change = row.changes[at - 1]
    if change.difference is None:
        return f"their requests a second cannot be compared, {_withheld(comparison, row, at)}"
    more = "more" if change.difference > 0 else "fewer"
    made = f"it made {_percent(abs(change.difference))} {more} requests a second"
    return f"{made} ({_interval(row.figure, change)}){_too_small(comparison, row.figure, change)}"


def _loss(comparison: Comparison, row: FigureRow, at: int) -> str:
    base, other = row.estimates[0].median, row.estimates[at].median
    change = row.changes[at - 1]
    if base is None or other is None:
        return "their losses are not known"
    if change.answer == "equal":
        return "neither lost a request" if not base else f"both lost {units.share(base)}"
    if change.answer == "unclear" and units.share(base) == units.share(other):
        return f"both lost about {units.share(base)}"
    lost = f"{spoken(comparison.sides[at])} lost {units.share(other)} and {spoken(comparison.sides[0])} "
    lost += units.share(base)
    if change.answer == "unclear":
        return f"{lost}, a difference that may be chance"
    return lost + _too_small(comparison, row.figure, change)


def _too_small(comparison: Comparison, figure: Figure, change: Change) -> str:
    if change.answer != "small":
        return ""
    if figure.unit == "share":
        return f", less than the {comparison.min_points * 100:g} points that count"
    return f", less than the {comparison.min_effect * 100:g}% that count"


def _by(figure: Figure, change: Change) -> str:
    difference = change.difference or 0.0
    amount = f"{abs(difference) * 100:.2f} points" if figure.unit == "share" else _percent(abs(difference))
    return f"{amount} {'higher' if difference > 0 else 'lower'}"


def _interval(figure: Figure, change: Change) -> str:
    """`95% interval 12-23%` of the size of the change; with signs when it might go either way."""
    if change.low is None or change.high is None:
        return "no interval"
    if change.answer == "unclear" or change.low * change.high <= 0:
        return f"95% interval {signed(figure, change.low)} to {signed(figure, change.high)}"
    near, far = sorted((abs(change.low), abs(change.high)))
    if figure.unit == "share":
        return f"95% interval {near * 100:.2f}-{far * 100:.2f} points"
    if _percent(near) == _percent(far):
        return f"95% interval {near * 100:,.1f}-{far * 100:,.1f}%"
    return f"95% interval {_percent(near).removesuffix('%')}-{_percent(far)}"


def _percent(share: float) -> str:
    percent = share * 100
    return f"{percent:.1f}%" if percent < 9.95 else f"{percent:,.0f}%"


def _runs(base: Estimate, other: Estimate) -> str:
    return f"{base.n} runs each" if base.n == other.n else f"{other.n} and {base.n} runs"


def _withheld(comparison: Comparison, row: FigureRow, at: int) -> str:
    for side, one in ((comparison.sides[0], row.estimates[0]), (comparison.sides[at], row.estimates[at])):
        if one.withheld:
            return f"withheld in {one.withheld} of {units.counted(one.withheld + one.n, 'run')} of {spoken(side)}"
    return f"being 0 in a run of {spoken(comparison.sides[0])}"
