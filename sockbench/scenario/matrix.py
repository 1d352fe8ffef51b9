"""`matrix`, `exclude` and `repeat`: which variants there are, and how often each is run.

Takes them out of the tree, and tells every mistake in them. Decides nothing of what a variant then means.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sockbench.scenario import known
from sockbench.scenario.findings import Findings, Path, Tree
from sockbench.scenario.kinds import whole
from sockbench.scenario.variables import Scalar, text_of
from sockbench.scenario.words import either, hint, printable, quoted, written

EXAMPLE = "matrix: {transport: [udp, tcp]}"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The keys of the matrix (None: there is none), and the values of each variant; none where a mistake hides them."""

    keys: tuple[str, ...] | None
    variants: tuple[dict[str, Scalar], ...]
    repeat: int


def take_matrix(tree: dict[str, Tree], findings: Findings) -> Matrix:
    """What the three keys say; they are taken out of `tree`."""
    is_written, has_exclude = "matrix" in tree, "exclude" in tree
    raw, excluded = tree.pop("matrix", None), tree.pop("exclude", None)
    lists = _lists(raw, findings) if is_written else {}
    variants = _variants(lists, excluded, has_exclude, findings) if is_written else [{}]
    if has_exclude and not is_written:
        findings.key(("exclude",), f'"exclude" leaves variants of a matrix out, and there is none: write {EXAMPLE}')
    repeat = _repeat(tree, len(variants), findings)
    keys = tuple(raw) if isinstance(raw, dict) else ()
    if findings.touches(("matrix",)) or findings.touches(("exclude",)):
        variants = []
    return Matrix(keys if is_written else None, tuple(variants), repeat)


def _lists(raw: Tree, findings: Findings) -> dict[str, list[Scalar]]:
    """The values of each key that has good ones."""
    if not isinstance(raw, dict) or not raw:
        what = (
            "has no value" if raw is None else "is empty" if raw == {} else f"{written(raw)} is not a mapping of keys"
        )
        findings.value(("matrix",), f"{what}: write {EXAMPLE}")
        return {}
    found = {}
    for key, values in raw.items():
        path = ("matrix", key)
        if not key or len(key) > known.MAX_NAME or any(letter in ".{}$" for letter in key):
            advice = f'write a word of at most {known.MAX_NAME} characters without ".", "$", "{{" and "}}"'
            findings.key(path, f"{quoted(key)} cannot be a key of the matrix: {advice}")
        elif not isinstance(values, list):
            findings.value(path, _no_list(key, values))
        elif not values:
            findings.value(path, "the list is empty: write at least one value, or leave the key out")
        else:
            found[key] = _scalars(values, path, findings)
    if math.prod(map(len, found.values())) > known.MAX_VARIANTS:
        sizes = " x ".join(str(len(values)) for values in found.values())
        findings.value(("matrix",), f"has {sizes} variants, and {known.MAX_VARIANTS} is the most: write fewer values")
    return found


def _no_list(key: str, values: Tree) -> str:
    if key == "exclude":
        return '"exclude" stands beside the matrix, not in it'
    if values is None:
        return f"has no value: write a list, {key}: [...]"
    example = "[...]" if isinstance(values, dict | list) else f"[{printable(text_of(values))}]"
    return f"{written(values)} is not a list: write {printable(key)}: {example}"


def _scalars(values: list[Tree], path: Path, findings: Findings) -> list[Scalar]:
    found: dict[str, Scalar] = {}
    for place, value in enumerate(values):
        here = (*path, place)
        if value is None:
            findings.value(here, "has no value: write one, or leave it out")
        elif isinstance(value, dict | list):
            findings.value(here, f"{written(value)} is not a value: write text, a number, true or false")
        elif isinstance(value, str) and "${" in value:
            findings.value(here, f"{quoted(value)} cannot be: a value of the matrix stands for itself")
        elif len(text := text_of(value)) > known.MAX_NAME:
            findings.value(here, f"{quoted(text)} is longer than {known.MAX_NAME} characters: shorten it")
        elif text in found:
            findings.value(here, f"{quoted(text)} is in the list twice: keep one")
        else:
            found[text] = value
    return list(found.values())


def _variants(
    lists: Mapping[str, list[Scalar]], excluded: Tree, has_exclude: bool, findings: Findings
) -> list[dict[str, Scalar]]:
    """Every combination of the values, the first key's changing slowest, without those that are excluded."""
    if findings.touches(("matrix",)):
        if has_exclude:
            findings.silence(("exclude",))
        return []
    combinations = [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]
    if not has_exclude:
        return combinations
    # By the keys that they name: to hold a thousand variants against each of thousands would take long.
    patterns: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for pattern in _patterns(excluded, lists, findings):
        patterns.setdefault(tuple(pattern), set()).add(tuple(pattern.values()))
    kept = [one for one in combinations if not _is_excluded(one, patterns)]
    if not kept and not findings.touches(("exclude",)):
        findings.key(("exclude",), "every variant of the matrix is excluded, so there is nothing to run: exclude fewer")
    return kept


def _patterns(excluded: Tree, lists: Mapping[str, list[Scalar]], findings: Findings) -> list[dict[str, str]]:
    example = "exclude: [{transport: tcp}]"
    if not isinstance(excluded, list) or not excluded:
        what = (
            "has no value"
            if excluded is None
            else "is empty"
            if excluded == []
            else f"{written(excluded)} is not a list"
        )
        findings.value(("exclude",), f"{what}: write {example}, or leave it out")
        return []
    found = []
    options = {key: dict.fromkeys(map(text_of, values)) for key, values in lists.items()}
    for place, pattern in enumerate(excluded):
        path = ("exclude", place)
        if not isinstance(pattern, dict) or not pattern:
            what = "is empty" if pattern == {} else f"{written(pattern)} is not a mapping of keys of the matrix"
            findings.value(path, f"{what}: write it like {example}")
            continue
        for key, value in pattern.items():
            _check_pair(key, value, options, (*path, key), findings)
        if not findings.touches(path):
            found.append({key: _shown(value) for key, value in pattern.items()})
    return found


def _check_pair(key: str, value: Tree, known_: Mapping[str, Collection[str]], path: Path, findings: Findings) -> None:
    if key not in known_:
        otherwise = f"write {either(known_)}"
        findings.key(path, f"{quoted(key)} is not a key of the matrix{hint(key, known_, otherwise)}")
        return
    options = known_[key]
    if isinstance(value, dict | list) or value is None:
        findings.value(path, f"{written(value)} is not a value of {quoted(key)}: write {either(options)}")
    elif text_of(value) not in options and findings.places.of_value(("matrix", key)).line:
        # A flag may have taken values out of the matrix, which need not be excluded any more then.
        advice = hint(text_of(value), options, f"write {either(options)}")
        findings.value(path, f"{quoted(text_of(value))} is not a value of {quoted(key)}{advice}")


def _shown(value: Tree) -> str:
    return "" if value is None or isinstance(value, dict | list) else text_of(value)


def _is_excluded(variant: Mapping[str, Scalar], patterns: Mapping[tuple[str, ...], set[tuple[str, ...]]]) -> bool:
    return any(tuple(text_of(variant[key]) for key in keys) in values for keys, values in patterns.items())


def _repeat(tree: dict[str, Tree], variants: int, findings: Findings) -> int:
    if "repeat" not in tree:
        return 1
    try:
        repeat = whole(1, known.MAX_REPEAT)(tree.pop("repeat"))
    except ValueError as error:
        findings.value(("repeat",), str(error))
        return 1
    if repeat * variants > known.MAX_RUNS:
        words = f"{variants} variants x {repeat} repetitions are more than {known.MAX_RUNS} runs: write fewer"
        findings.value(("repeat",), words)
    return repeat
