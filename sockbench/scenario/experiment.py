"""A document -> Experiment: the values of each variant put in, and each variant checked as a scenario of its own.

The one place where the steps are put in order. A mistake that all variants share is told once; another says which of
them have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sockbench.errors import Mistake, ScenarioError
from sockbench.model.experiment import Experiment, Variant, called
from sockbench.model.plan import Plan
from sockbench.scenario.document import Document
from sockbench.scenario.findings import Findings, Path, Tree, count_of
from sockbench.scenario.known import MAX_VALUES, MEBIBYTE
from sockbench.scenario.matrix import Matrix, take_matrix
from sockbench.scenario.plan import plan_of
from sockbench.scenario.source import Source
from sockbench.scenario.variables import braced, check_variables, filled_tree, names_in, text_of, texts_of
from sockbench.scenario.words import cut, escaped, quoted, written

Values = dict[str, str]
LONGEST_WHICH = 200
"""Characters that say of which variants a mistake is."""


def experiment_of(document: Document, source: Source, token: str | None = None) -> Experiment:
    """The experiment, or ScenarioError with every mistake. `token` is for the targets that have none."""
    findings = Findings(document.places)
    findings.mistakes.extend(document.mistakes)
    for path in document.broken:
        findings.silence(path)
    tree = document.tree
    if tree is None:
        findings.value((), "the scenario is empty: it needs at least clients, see sockbench schema")
    elif not isinstance(tree, dict):
        findings.value((), f"a scenario is a mapping of keys, and this is {written(tree)}: begin with clients:")
    if not isinstance(tree, dict):
        raise ScenarioError(findings.mistakes)
    matrix = take_matrix(tree, findings)
    _check_size(tree, matrix, findings)
    hidden = _hidden(tree, matrix, findings)
    silent = {*document.broken, *hidden}
    variants = matrix.variants or ({},)
    names = [{key: text_of(value) for key, value in values.items()} for values in variants]
    plans: list[Plan] = []
    found: dict[Mistake, list[int]] = {}
    for number, values in enumerate(variants):
        own = Findings(document.places)
        for path in silent:
            own.silence(path)
        variant = filled_tree(tree, values, hidden)
        assert isinstance(variant, dict)
        plan = plan_of(variant, source, own, make=not findings.mistakes, token=token)
        if plan is not None:
            plans.append(plan)
        for mistake in dict.fromkeys(own.mistakes):
            found.setdefault(mistake, []).append(number)
    findings.mistakes += [_named(mistake, places, names) for mistake, places in found.items()]
    findings.raise_any()
    return Experiment(tuple(map(Variant, names, plans)), matrix.repeat)


def _check_size(tree: dict[str, Tree], matrix: Matrix, findings: Findings) -> None:
    """ScenarioError where to fill the variants in, or to check them all, would take very long, or much memory."""
    variants, values = len(matrix.variants), count_of(tree)
    if variants > 1 and variants * values > MAX_VALUES:
        words = f"{variants} variants of {values} values are more than {MAX_VALUES} to check: write fewer of either"
        findings.value(("matrix",), words)
        raise ScenarioError(findings.mistakes)
    widest = (
        {key: max(len(text_of(one[key])) for one in matrix.variants) for key in matrix.variants[0]} if variants else {}
    )
    letters = sum(len(text) + sum(widest.get(name, 0) for name in names_in(text)) for _, text in texts_of(tree))
    if letters > MEBIBYTE:
        words = f"with its values put in, the texts are longer than {MEBIBYTE} characters: write shorter ones"
        findings.value(("matrix",), words)
        raise ScenarioError(findings.mistakes)


def _hidden(tree: dict[str, Tree], matrix: Matrix, findings: Findings) -> set[Path]:
    """Where a text with a variable cannot be filled in. Tells of those, and of keys of the matrix that are not used."""
    used, wrong = check_variables(tree, matrix.keys, findings)
    for key in matrix.keys or ():
        if key not in used and not findings.touches(("matrix", key)):
            words = f"{quoted(key)} is used nowhere: write {braced(key)} where its values belong, or leave it out"
            findings.key(("matrix", key), words)
    return wrong if matrix.variants else {path for path, _ in texts_of(tree)}


def _named(mistake: Mistake, places: Sequence[int], names: Sequence[Values]) -> Mistake:
    """The mistake with the variants that have it, unless all do."""
    if len(places) == len(names):
        return mistake
    which = escaped(cut(_which([names[place] for place in places], names), LONGEST_WHICH))
    text = f"{mistake.text} (with {which})"
    return Mistake(mistake.line, mistake.column, mistake.source, text)


def _which(some: Sequence[Values], names: Sequence[Values]) -> str:
    """What the variants in `some` have in common, when no other has it; else the first of them, and how many more."""
    first = some[0]
    common = {
        key: value
        for key, value in first.items()
        if all(one[key] == value for one in some) and any(one[key] != value for one in names)
    }
    if common and sum(_has(one, common) for one in names) == len(some):
        return called(common)
    more = len(some) - 1
    return called(first) + (f", and in {more} other variant{'s' if more > 1 else ''}" if more else "")


def _has(values: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(values[key] == value for key, value in wanted.items())
